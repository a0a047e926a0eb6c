"""Separation of a corpus: the plan of a shard store with the vocals, and the accompaniment, of every used track."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import torch

from real_cloned.audio.clip_task import ClipTask
from real_cloned.audio.decode import AudioBlocks
from real_cloned.audio.packets import UnreadableAudio
from real_cloned.audio.shard_store import ShardStore
from real_cloned.audio.shard_writer import ClipWriter, ShardWriter
from real_cloned.audio.store_plan import StorePlan
from real_cloned.core.errors import RealClonedError
from real_cloned.core.files import AnyPath, resolve_path
from real_cloned.core.lazy_list import LazyList
from real_cloned.parameters.base import text_of
from real_cloned.parameters.ingest import CorpusParameters
from real_cloned.parameters.separation import SeparationParameters
from real_cloned.vocals.separation.separators import Samples, Separator, load_separator

BLOCK_S = 10.0
STUDIO_CHANNELS = 2
"""Original files are separated in stereo; a mono store gets the mean of both channels."""


def separate_tracks(
    tracks: pd.DataFrame,
    audio: ShardStore,
    truth: ShardStore,
    parameters: SeparationParameters,
    corpus: CorpusParameters,
) -> StorePlan:
    """Return the plan of a store with the vocals of every used track, in the order of `tracks`.

    The accompaniment, which is the mixture minus the vocals, is kept for the tracks that `parameters.accompaniment`
    selects. The store's index says which separator made each clip. No separator is loaded for a corpus without tracks.

    Args:
        tracks: track_id, path and role of the used tracks.
        audio: Their mixtures.
        truth: The demo's ground truth, for the separator `reference`.
        parameters: The separator and its settings.
        corpus: Its name, and the folder of its files.

    Raises:
        RealClonedError: When the separator cannot be loaded.
    """
    if tracks.empty or corpus.root is None:
        return StorePlan([])
    separator = load_separator(parameters, truth, audio.sample_rate_hz)
    roles_with_accompaniment = {"none": (), "test": ("test",), "all": tuple(tracks["role"].unique())}[
        parameters.accompaniment
    ]
    root = resolve_path(corpus.root)
    opposite_phase = _tracks_in_opposite_phase(audio)

    def task(track_id: str, path: str, role: str, *hashes: str) -> SeparateTrack:
        return SeparateTrack(
            track_id,
            root / path,
            role in roles_with_accompaniment,
            track_id in opposite_phase,
            " ".join(map(str, hashes)),
            parameters,
            audio,
            separator,
        )

    made_from = [audio.content_hashes(tracks["track_id"], "mixture")]
    if parameters.separator == "reference":
        made_from.append(truth.content_hashes(tracks["track_id"], "vocals"))
    tasks = LazyList(task, *(tracks[column].array for column in ("track_id", "path", "role")), *made_from)
    n_jobs = 1 if torch.cuda.is_available() else parameters.n_jobs
    return StorePlan(tasks, f"separate {corpus.name} ({parameters.separator})", n_jobs, corpus.name)


@dataclass(frozen=True)
class SeparateTrack(ClipTask):
    """The task of one track's stems, of any length; memory holds a few of the separator's chunks.

    Vocals that were separated before are kept, and their accompaniment is then made without the separator: another role
    of a track separates nothing.

    Attributes:
        track_id: Identifier of the track.
        file: The original file, read where the separator works at another sample rate than the store.
        keeps_accompaniment: Whether the accompaniment is written too.
        first_channel_only: Whether the second channel of the file is left out, as it was when the mixture was stored.
        content: Hashes of the samples of the mixture, and of the true vocals for the separator `reference`.
        parameters: The separator and its settings.
        audio: Store of the mixtures.
        separator: The loaded separator.
    """

    track_id: str
    file: AnyPath
    keeps_accompaniment: bool
    first_channel_only: bool
    content: str
    parameters: SeparationParameters
    audio: ShardStore = field(repr=False)
    separator: Separator = field(repr=False)

    @property
    def identity(self) -> str:
        """The mixture, the parameters, and how the file is read where it is."""
        file = f"{self.file.suffix.lower()} {self.first_channel_only}" if self.source is not None else ""
        return f"{self.content} {text_of(self.parameters)} {file}"

    @property
    def source(self) -> AnyPath | None:
        """The original file, where it is read."""
        return self.file if self.separator.sample_rate_hz != self.audio.sample_rate_hz else None

    @property
    def stems(self) -> Sequence[str]:
        """The stems that are kept."""
        return ("vocals", "accompaniment") if self.keeps_accompaniment else ("vocals",)

    @property
    def rejected(self) -> dict[str, str]:
        """What is known of a track with which the separator fails or dies."""
        return {"separator": self.parameters.separator}

    def __call__(self, shard: ShardWriter) -> None:
        """Separate the track and write its stems.

        Args:
            shard: What writes the stems.

        Raises:
            RealClonedError: When the original file is needed and can no longer be read.
        """
        kept = shard.earlier("vocals")
        clips = [shard.clip(self.track_id, stem) for stem in self.stems]
        for clip in clips:
            clip.metadata["separator"] = self.parameters.separator
        if kept is not None:
            n_block = round(BLOCK_S * self.audio.sample_rate_hz)
            for start in range(0, kept.shape[1], n_block):
                self._write(kept[:, start : start + n_block], *clips)
            return
        try:
            for vocals in self.separator.stream(self.track_id, self._mixture()):
                self._write(vocals, *clips)
        except UnreadableAudio as error:
            raise RealClonedError(
                f"{self.file} could be decoded when it was ingested, but now, to be separated at another sample rate, "
                f"it cannot ({error}); put it back, or run the ingest stage again"
            ) from error
        missing = self._n_samples - clips[0].n_samples
        self._write(np.zeros((self.audio.n_channels, missing), np.int16), *clips)

    @property
    def _n_samples(self) -> int:
        return round(self.audio.duration_s(self.track_id, "mixture") * self.audio.sample_rate_hz)

    def _mixture(self) -> Iterator[Samples]:
        """Yield the mixture at the separator's rate: from the store, or from the file where the rates differ."""
        if self.separator.sample_rate_hz != self.audio.sample_rate_hz:
            yield from AudioBlocks(
                self.file,
                self.separator.sample_rate_hz,
                STUDIO_CHANNELS,
                first_channel_only=self.first_channel_only,
            )
            return
        for offset_s in np.arange(0.0, self.audio.duration_s(self.track_id, "mixture"), BLOCK_S):
            yield self._read_mixture(
                round(offset_s * self.audio.sample_rate_hz), round(BLOCK_S * self.audio.sample_rate_hz)
            )

    def _write(self, vocals: Samples, clip: ClipWriter, rest: ClipWriter | None = None) -> None:
        """Write vocals, and the rest of the mixture; two decoders may differ by a few samples at the end."""
        if len(vocals) != self.audio.n_channels:
            vocals = vocals.mean(axis=0, keepdims=True).round().astype(np.int16)
        start = clip.n_samples
        vocals = vocals[:, : self._n_samples - start]
        clip.append(vocals)
        if rest is not None:
            accompaniment = self._read_mixture(start, vocals.shape[1]).astype(np.int32) - vocals
            rest.append(accompaniment.clip(-32768, 32767).astype(np.int16))

    def _read_mixture(self, start: int, n_samples: int) -> Samples:
        """Return (n_channels, n) int16 of the stored mixture, n at most `n_samples`."""
        n_samples = min(n_samples, self._n_samples - start)
        rate = self.audio.sample_rate_hz
        return self.audio.read(self.track_id, "mixture", start / rate, n_samples / rate)


def _tracks_in_opposite_phase(audio: ShardStore) -> set[str]:
    """Return the tracks whose channels cancel each other, as the index of decoded mixtures says."""
    index = audio.index
    if "is_opposite_phase" not in index:
        return set()
    return set(index.loc[index["is_opposite_phase"].astype(bool), "track_id"])
