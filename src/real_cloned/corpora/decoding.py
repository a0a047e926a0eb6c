"""Decoding of a corpus: on all cores into a shard store, with the checks that decide which tracks are usable.

The metadata of each file is stored in the index of the shard store, so that tracks and rejected files can be listed
from the store alone, without decoding again.
"""

import logging
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from real_cloned.audio.clip_task import ClipTask
from real_cloned.audio.decode import AudioBlocks
from real_cloned.audio.packets import UnreadableAudio
from real_cloned.audio.shard_writer import ClipWriter, ShardWriter
from real_cloned.audio.store_plan import StorePlan
from real_cloned.core.files import AnyPath
from real_cloned.core.lazy_list import LazyList
from real_cloned.corpora.names import share_a_singer
from real_cloned.corpora.readers.base import (
    FOUND_COLUMNS,
    TWO_SINGERS,
    UsableAndRejected,
    corpus_root,
    rejected_rows,
)
from real_cloned.parameters.base import text_of
from real_cloned.parameters.ingest import AudioParameters, CorpusParameters
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.corpora import Rejected, Tracks

MAX_LOGGED = 20

logger = logging.getLogger(__name__)

SILENCE_PEAK = 32768 * 10 ** (-60 / 20)
"""-60 dB full scale in units of int16; a track whose peak is lower is silent."""

TOLERANCE_S, TOLERANCE_SHARE = 0.5, 0.01
"""A file may be shorter than its header says by this much plus this share, since encoders count padding differently."""

CLIP_METADATA: dict[str, Any] = {
    "duration_s": 0.0, "sample_rate_hz": 0, "n_channels": 0, "is_opposite_phase": False, "content_sha256": "",
    "reason": None,
}  # fmt: skip
"""Columns of the store's index, with their values for a file that cannot be decoded: decoded length in seconds, the
file's own sample rate in hertz and channel count, whether only its first channel is used as the second is its opposite,
the hash of the decoded samples, and why it is rejected (or null)."""

TRACK_COLUMNS = ["duration_s", "sample_rate_hz", "n_channels", "content_sha256"]
"""Those of CLIP_METADATA that the table of tracks has."""


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

    def task(track_id: str, path: str) -> DecodeTrack:
        return DecodeTrack(track_id, root / path, audio)

    tasks = LazyList(task, found["track_id"].array, found["path"].array)
    return StorePlan(tasks, f"decode {corpus.name}", n_jobs=-1, name=corpus.name)


@dataclass(frozen=True)
class DecodeTrack(ClipTask):
    """The task that decodes one file into a clip, piece by piece, so that memory does not grow with its length.

    Attributes:
        track_id: Id of the track, and of the clip.
        file: Path of the audio file.
        audio: Sample rate and channels of the store, and the length of a segment.
    """

    track_id: str
    file: AnyPath
    audio: AudioParameters

    @property
    def identity(self) -> str:
        """The parameters; FFmpeg guesses some formats by the suffix."""
        return f"{text_of(self.audio)} {self.file.suffix.lower()}"

    @property
    def source(self) -> AnyPath:
        """The audio file."""
        return self.file

    @property
    def rejected(self) -> dict[str, Any]:
        """What is known of a file with which the decoder fails or dies."""
        return {name: value for name, value in CLIP_METADATA.items() if name != "content_sha256"}

    def __call__(self, shard: ShardWriter) -> None:
        """Decode the file; a file that is rejected leaves a clip without samples.

        Args:
            shard: What writes the clip.
        """
        clip = shard.clip(self.track_id, "mixture")
        blocks, peak, reason = self._decode(clip)
        is_opposite_phase = blocks.is_opposite_phase
        if is_opposite_phase:
            clip.restart()
            blocks, peak, reason = self._decode(clip, first_channel_only=True)
        duration_s = clip.n_samples / self.audio.sample_rate_hz
        reason = reason or self._rejection(duration_s, peak, blocks.header_duration_s)
        clip.metadata.update(
            duration_s=duration_s,
            sample_rate_hz=blocks.source_sample_rate_hz,
            n_channels=blocks.source_n_channels,
            is_opposite_phase=is_opposite_phase,
            reason=reason,
        )
        if reason is not None:
            clip.discard()

    def _decode(self, clip: ClipWriter, *, first_channel_only: bool = False) -> tuple[AudioBlocks, int, str | None]:
        """Write the file into the clip; return its blocks, its peak, and why it cannot be read."""
        settings = (self.audio.sample_rate_hz, self.audio.n_channels)
        blocks, peak = AudioBlocks(self.file, *settings, first_channel_only=first_channel_only), 0
        try:
            for block in blocks:
                clip.append(block)
                peak = max(peak, int(block.max(initial=0)), -int(block.min(initial=0)))
        except UnreadableAudio as error:
            return blocks, peak, str(error)
        return blocks, peak, None

    def _rejection(self, duration_s: float, peak: int, header_duration_s: float | None) -> str | None:
        if header_duration_s is not None and duration_s < header_duration_s * (1 - TOLERANCE_SHARE) - TOLERANCE_S:
            return f"truncated: {duration_s:.2f} s of the {header_duration_s:.2f} s that its header says"
        if duration_s < self.audio.segment_s:
            return f"shorter than one segment: {duration_s:.2f} s of {self.audio.segment_s:g} s"
        return "silent: it stays below -60 dB" if peak < SILENCE_PEAK else None


def describe_tracks(found: pd.DataFrame, index: pd.DataFrame) -> UsableAndRejected:
    """List the tracks that were decoded and those that were rejected.

    Of tracks that are bit-identical after decoding the first stays, and the reason for the others names it. If they are
    credited to different singers, none of them is used: nobody knows who of them sings. Tracks of which only one
    channel is used are logged.

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
    copies = decoded[decoded.duplicated("content_sha256", keep=False)]
    for _, group in copies.groupby("content_sha256"):
        clips.loc[group.index, "reason"] = _copy_reasons(group.to_dict("records"))
    usable = clips["reason"].isna()
    opposite = clips.loc[usable & clips["is_opposite_phase"].astype(bool), "path"]
    if not opposite.empty:
        logger.warning(
            "the two channels of %d tracks are in opposite phase, and only the first is used: %s",
            *(len(opposite), ", ".join(opposite[:MAX_LOGGED])),
        )
    tracks = clips.loc[usable, [*FOUND_COLUMNS, *TRACK_COLUMNS]]
    return tracks.reset_index(drop=True), rejected_rows(clips[~usable], clips.loc[~usable, "reason"].tolist())


def _copy_reasons(copies: list[dict[Hashable, Any]]) -> list[str | None]:
    """Return why each of several tracks with the same samples is rejected; None for the one that stays, if any does."""
    others = [next((copy for copy in copies if not share_a_singer(copy, track)), None) for track in copies]
    first = next((track["track_id"] for track, other in zip(copies, others, strict=True) if other is None), None)
    text = "bit-identical after decoding to {}"
    reasons: list[str | None] = []
    for track, other in zip(copies, others, strict=True):
        if other is not None:
            credits = f"by {other['singer_name']}, and here by {track['singer_name']}"
            reasons.append(f"{TWO_SINGERS}: {text.format(other['track_id'])} {credits}")
        else:
            reasons.append(None if track["track_id"] == first else f"copy: {text.format(first)}")
    return reasons
