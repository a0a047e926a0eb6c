"""Decoding of a corpus: on all cores into a shard store, with the checks that decide which tracks are usable.

The metadata of each file is stored in the index of the shard store, so that tracks and rejected files can be listed
from the store alone, without decoding again.
"""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from real_cloned.audio.decode import AudioBlocks, UnreadableAudio
from real_cloned.audio.shard_writer import ShardWriter
from real_cloned.audio.store_plan import StorePlan
from real_cloned.core.files import AnyPath
from real_cloned.corpora.readers.base import FOUND_COLUMNS, UsableAndRejected, corpus_root, rejected_rows
from real_cloned.parameters.ingest import AudioParameters, CorpusParameters
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.corpora import Rejected, Tracks

SILENCE_PEAK = 32768 * 10 ** (-60 / 20)
"""-60 dB full scale in units of int16; a track whose peak is lower is silent."""

TOLERANCE_S, TOLERANCE_SHARE = 0.5, 0.01
"""A file may be shorter than its header says by this much plus this share, since encoders count padding differently."""

CLIP_METADATA: dict[str, Any] = {
    "duration_s": 0.0, "sample_rate_hz": 0, "n_channels": 0, "content_sha256": "", "reason": None
}  # fmt: skip
"""Columns of the store's index, with their values for a file that cannot be decoded: decoded length in seconds, the
file's own sample rate in hertz and channel count, the hash of the decoded samples, and why it is rejected (or null)."""


def decode_tracks(found: pd.DataFrame, corpus: CorpusParameters, audio: AudioParameters) -> StorePlan:
    """Return the plan of a store with one clip of stem `mixture` per track, in the order of the tracks.

    Rejected files give clips without samples. The plan of a corpus without tracks is empty.

    Args:
        found: The tracks to decode (`schemas.corpora.FoundTracks`).
        corpus: The corpus; its root is read.
        audio: Sample rate and channels of the store, and the length of a segment.

    Raises:
        RealClonedError: The root of the corpus cannot be read.
    """
    if found.empty:
        return StorePlan([])
    root = corpus_root(corpus)
    tracks = zip(found["track_id"], found["path"], strict=True)
    tasks = [DecodeTrack(track_id, root / path, audio) for track_id, path in tracks]
    return StorePlan(tasks, f"decode {corpus.name}", n_jobs=-1)


@dataclass(frozen=True)
class DecodeTrack:
    """The task that decodes one file into a clip, piece by piece, so that memory does not grow with its length.

    Attributes:
        track_id: Id of the track, and of the clip.
        file: Path of the audio file.
        audio: Sample rate and channels of the store, and the length of a segment.
    """

    track_id: str
    file: AnyPath
    audio: AudioParameters

    def __call__(self, shard: ShardWriter) -> None:
        """Decode the file; a file that is rejected leaves a clip without samples.

        Args:
            shard: Where the clip is written.
        """
        clip = shard.clip(self.track_id, "mixture")
        blocks = AudioBlocks(self.file, self.audio.sample_rate_hz, self.audio.n_channels)
        peak, reason = 0, None
        try:
            for block in blocks:
                clip.append(block)
                peak = max(peak, int(block.max(initial=0)), -int(block.min(initial=0)))
        except UnreadableAudio as error:
            reason = str(error)
        duration_s = clip.n_samples / self.audio.sample_rate_hz
        reason = reason or self._rejection(duration_s, peak, blocks.header_duration_s)
        clip.metadata.update(
            duration_s=duration_s,
            sample_rate_hz=blocks.source_sample_rate_hz,
            n_channels=blocks.source_n_channels,
            reason=reason,
        )
        if reason is not None:
            clip.discard()

    def _rejection(self, duration_s: float, peak: int, header_duration_s: float | None) -> str | None:
        if header_duration_s is not None and duration_s < header_duration_s * (1 - TOLERANCE_SHARE) - TOLERANCE_S:
            return f"truncated: {duration_s:.2f} s of the {header_duration_s:.2f} s that its header says"
        if duration_s < self.audio.segment_s:
            return f"shorter than one segment: {duration_s:.2f} s of {self.audio.segment_s:g} s"
        return "silent: it stays below -60 dB" if peak < SILENCE_PEAK else None


def describe_tracks(found: pd.DataFrame, index: pd.DataFrame) -> UsableAndRejected:
    """List the tracks that were decoded and those that were rejected.

    Of tracks that are bit-identical after decoding the first stays; the reason for the others names it.

    Args:
        found: The tracks that were to be decoded (`schemas.corpora.FoundTracks`).
        index: Index of the store that their clips were written to, with the columns of CLIP_METADATA.

    Returns:
        The decoded tracks (`schemas.corpora.Tracks`) and the others (`schemas.corpora.Rejected`).
    """
    if found.empty:
        return empty_table(Tracks), empty_table(Rejected)
    mixtures = index.loc[index["stem"] == "mixture", ["track_id", *CLIP_METADATA]]
    clips = found.merge(mixtures, on="track_id", how="left", validate="one_to_one").astype({"reason": object})
    decoded = clips[clips["reason"].isna()]
    originals = decoded.groupby("content_sha256")["track_id"].transform("first")
    copies = originals[originals != decoded["track_id"]]
    clips.loc[copies.index, "reason"] = "copy: bit-identical after decoding to " + copies.astype(object)
    usable = clips["reason"].isna()
    tracks = clips.loc[usable, [*FOUND_COLUMNS, *(name for name in CLIP_METADATA if name != "reason")]]
    return tracks.reset_index(drop=True), rejected_rows(clips[~usable], clips.loc[~usable, "reason"].tolist())
