"""The audio of a corpus: decoded on all cores, judged, and described.

What a clip's facts say of its file travels with the shard store's index, so that tracks and rejected files can be told
from the store alone, without decoding again.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, cpu_count, delayed
from numpy.typing import NDArray
from tqdm import tqdm

from real_cloned.audio.decode import UnreadableAudio, decode
from real_cloned.audio.store import Clip
from real_cloned.corpora.listing import FOUND_COLUMNS, REJECTED_COLUMNS, Reading, corpus_root
from real_cloned.parameters import AudioParameters, CorpusParameters
from real_cloned.schemas import Rejected, Tracks, empty

SILENCE_PEAK = 32768 * 10 ** (-60 / 20)
"""Peak of -60 dB full scale, in units of int16: what stays below is silent."""

FACTS = {"duration_s": 0.0, "sample_rate_hz": 0, "n_channels": 0, "content_sha256": "", "reason": None}
"""What a clip tells of its file; these values where it could not be decoded."""


def decode_tracks(found: pd.DataFrame, corpus: CorpusParameters, audio: AudioParameters) -> "Decoding":
    """Return the clips of `found` (FoundTracks), in its order; decoding begins when they are iterated over."""
    return Decoding(found, corpus, audio)


@dataclass(frozen=True, eq=False)
class Decoding:
    """One clip of stem `mixture` per found track, decoded anew, in parallel, at each iteration.

    A clip's facts are those of FACTS: the decoded length in seconds, the file's own sample rate in hertz and channel
    count, the hash of the decoded samples, and why it is rejected, if it is. Rejected clips hold no samples.
    """

    found: pd.DataFrame
    corpus: CorpusParameters
    audio: AudioParameters

    def __iter__(self) -> Iterator[Clip]:
        """Decode all files; a progress bar carries the corpus' name. Nothing is started for a corpus without tracks."""
        if self.found.empty:
            return
        root = corpus_root(self.corpus)
        tracks = zip(self.found["track_id"], self.found["path"], strict=True)
        tasks = (delayed(decode_clip)(track_id, root / path, self.audio) for track_id, path in tracks)
        clips = Parallel(n_jobs=min(len(self.found), cpu_count()), return_as="generator")(tasks)
        yield from tqdm(clips, desc=self.corpus.name, total=len(self.found), unit="track", disable=None)


def decode_clip(track_id: str, path: Path, audio: AudioParameters) -> Clip:
    """Return the clip of one file: (n_channels, n_samples) int16, or (n_channels, 0) and the reason in its facts."""
    try:
        decoded = decode(path, audio.sample_rate_hz, audio.n_channels)
    except UnreadableAudio as error:
        return Clip(track_id, "mixture", _no_samples(audio), {**FACTS, "reason": str(error)})
    samples, reason = decoded.samples, _reason(decoded.samples, audio)
    facts = {
        "duration_s": samples.shape[1] / audio.sample_rate_hz,
        "sample_rate_hz": decoded.source_sample_rate_hz,
        "n_channels": decoded.source_n_channels,
        "content_sha256": hashlib.sha256(samples.astype("<i2").tobytes()).hexdigest(),
        "reason": reason,
    }
    return Clip(track_id, "mixture", samples if reason is None else _no_samples(audio), facts)


def _no_samples(audio: AudioParameters) -> NDArray[np.int16]:
    return np.zeros((audio.n_channels, 0), np.int16)


def _reason(samples: NDArray[np.int16], audio: AudioParameters) -> str | None:
    if samples.shape[1] < audio.segment_samples:
        return f"shorter than one segment: {samples.shape[1] / audio.sample_rate_hz:.2f} s of {audio.segment_s:g} s"
    if max(samples.max(), -int(samples.min())) < SILENCE_PEAK:
        return "silent: it stays below -60 dB"
    return None


def describe_tracks(found: pd.DataFrame, index: pd.DataFrame) -> Reading:
    """Return (tracks, rejected): what was decoded as Tracks, and what was not as Rejected.

    found : FoundTracks
    index : the index of the store that the clips of `found` were written to
    """
    if found.empty:
        return empty(Tracks), empty(Rejected)
    mixtures = index.loc[index["stem"] == "mixture", ["track_id", *FACTS]]
    both = found.merge(mixtures, on="track_id", how="left", validate="one_to_one")
    usable = both["reason"].isna()
    tracks = both.loc[usable, [*FOUND_COLUMNS, *(name for name in FACTS if name != "reason")]]
    rejected = both[~usable].assign(stage="ingest")[REJECTED_COLUMNS]
    return tracks.reset_index(drop=True), rejected.reset_index(drop=True)
