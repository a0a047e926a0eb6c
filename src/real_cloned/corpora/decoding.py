"""The audio of a corpus: decoded on all cores straight into the shard store, judged, and described.

A clip's metadata are columns of the shard store's index, so that tracks and rejected files can be told from the store
alone, without decoding again.
"""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from real_cloned.audio.decode import AudioBlocks, UnreadableAudio
from real_cloned.audio.shard_writer import ShardWriter
from real_cloned.audio.store_plan import StorePlan
from real_cloned.core.files import AnyPath
from real_cloned.corpora.readers.base import FOUND_COLUMNS, Reading, corpus_root, rejected_rows
from real_cloned.parameters.ingest import AudioParameters, CorpusParameters
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.corpora import Rejected, Tracks

SILENCE_PEAK = 32768 * 10 ** (-60 / 20)
"""Peak of -60 dB full scale, in units of int16: what stays below is silent."""

TRUNCATED_S, TRUNCATED_SHARE = 0.5, 0.01
"""A file may be shorter than its header says by this much and this share: encoders' padding is counted differently."""

FACTS: dict[str, Any] = {
    "duration_s": 0.0, "sample_rate_hz": 0, "n_channels": 0, "content_sha256": "", "reason": None
}  # fmt: skip
"""What a clip tells of its file: decoded length in seconds, the file's own sample rate in hertz and channel count, the
hash of the decoded samples, and why it is rejected, if it is. These values where it could not be decoded."""


def decode_tracks(found: pd.DataFrame, corpus: CorpusParameters, audio: AudioParameters) -> StorePlan:
    """Return the plan of a store with one clip of stem `mixture` per track of `found` (FoundTracks), in its order.

    Rejected files leave clips without samples. Nothing is started for a corpus without tracks.
    """
    if found.empty:
        return StorePlan([])
    root = corpus_root(corpus)
    tracks = zip(found["track_id"], found["path"], strict=True)
    tasks = [DecodeTrack(track_id, root / path, audio) for track_id, path in tracks]
    return StorePlan(tasks, f"decode {corpus.name}", n_jobs=-1)


@dataclass(frozen=True)
class DecodeTrack:
    """The task of one file's clip; memory holds a second of it at a time."""

    track_id: str
    file: AnyPath
    audio: AudioParameters

    def __call__(self, shard: ShardWriter) -> None:
        """Decode the file into `shard`."""
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
        reason = reason or self._fault(duration_s, peak, blocks.header_duration_s)
        clip.metadata.update(
            duration_s=duration_s,
            sample_rate_hz=blocks.source_sample_rate_hz,
            n_channels=blocks.source_n_channels,
            reason=reason,
        )
        if reason is not None:
            clip.discard()

    def _fault(self, duration_s: float, peak: int, header_duration_s: float | None) -> str | None:
        if header_duration_s is not None and duration_s < header_duration_s * (1 - TRUNCATED_SHARE) - TRUNCATED_S:
            return f"truncated: {duration_s:.2f} s of the {header_duration_s:.2f} s that its header says"
        if duration_s < self.audio.segment_s:
            return f"shorter than one segment: {duration_s:.2f} s of {self.audio.segment_s:g} s"
        return "silent: it stays below -60 dB" if peak < SILENCE_PEAK else None


def describe_tracks(found: pd.DataFrame, index: pd.DataFrame) -> Reading:
    """Return (tracks, rejected): what was decoded as Tracks, and what was not as Rejected.

    Of tracks that are bit-identical after decoding the first stays; the reason for the others names it.

    found : FoundTracks
    index : the index of the store that the clips of `found` were written to
    """
    if found.empty:
        return empty_table(Tracks), empty_table(Rejected)
    mixtures = index.loc[index["stem"] == "mixture", ["track_id", *FACTS]]
    both = found.merge(mixtures, on="track_id", how="left", validate="one_to_one").astype({"reason": object})
    decoded = both[both["reason"].isna()]
    originals = decoded.groupby("content_sha256")["track_id"].transform("first")
    copies = originals[originals != decoded["track_id"]]
    both.loc[copies.index, "reason"] = "copy: bit-identical after decoding to " + copies.astype(object)
    usable = both["reason"].isna()
    tracks = both.loc[usable, [*FOUND_COLUMNS, *(name for name in FACTS if name != "reason")]]
    return tracks.reset_index(drop=True), rejected_rows(both[~usable], both.loc[~usable, "reason"].tolist())
