"""A trained encoder, from weights to the embeddings of a recording.

An encoder hears segments of a few seconds at its own sample rate, as mixtures, as separated vocals, or with the band
turned down, according to its variant. `SingerEncoder` does what the stages ingest, separation and embed do, for one
recording, without Kedro.
"""

from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torchaudio.functional import resample

from real_cloned.artifacts.weights import Weights, content_hash, read_weights
from real_cloned.audio.decode import decode
from real_cloned.audio.packets import float_problem
from real_cloned.audio.resampling import is_opposite_phase
from real_cloned.audio.segment_reader import turn_down_accompaniment
from real_cloned.core.errors import RealClonedError
from real_cloned.core.files import resolve_path
from real_cloned.encoders import registry
from real_cloned.encoders.long_segments import spaced_offsets
from real_cloned.encoders.published import untrained_weights
from real_cloned.parameters.auto_separator import resolve_separator
from real_cloned.parameters.base import TURNED_DOWN
from real_cloned.parameters.ingest import AudioParameters
from real_cloned.parameters.separation import SeparationParameters
from real_cloned.parameters.variants import CampplusParameters, Ge2eParameters, UntrainedVariant
from real_cloned.vocals.separation.separators import NetworkSeparator, load_network

BATCH_SIZE = 4
"""Segments at once: on a CPU, CAM++ takes two thirds of the time per segment that it takes with 64."""

PUBLISHED: Mapping[str, UntrainedVariant] = {
    "speaker": CampplusParameters(
        name="speaker", inference_stem="turned_down", accompaniment_gain=0.35, max_segment_s=10.0, weights="installed"
    ),
    "ge2e": Ge2eParameters(name="ge2e", inference_stem="vocals", max_segment_s=10.0, weights="installed"),
}
"""Variants that need no study: their weights come with packages (docs/weights.md). As in conf/base."""
PUBLISHED_AUDIO = AudioParameters(sample_rate_hz=16000, n_channels=1, segment_s=6.0)
"""What these are given; they average channels anyway."""

Audio = str | Path | NDArray[Any]
"""Path of a recording in any format that FFmpeg decodes, or samples."""


class SingerEncoder:
    """An encoder of singing voices that embeds recordings.

    Args:
        weights: Of an encoder of any family.
        separator: As `separation.*.separator`, except `reference`: `small` for the one that ships with the package, a
            Demucs model by name or path, `spleeter`, or `auto`. It is used where the encoder hears vocals or
            `turned_down`; None: recordings are vocals already.

    Attributes:
        name: Of the variant.
        stem: What the encoder takes: `mixture`, `vocals` or `turned_down`.
        separator: Name of the one that is used; None where the encoder takes mixtures, or recordings are vocals.
        content_hash: Of the weights and their configuration.
        audio: Sample rate in hertz, number of channels, and length of a segment in seconds.
        embedding_size: How many numbers an embedding has.
    """

    def __init__(self, weights: Weights, separator: str | None = "small"):
        self.network = registry.load_encoder(weights)
        self.embedding_size = registry.embedding_size(weights)
        self.audio = AudioParameters.model_validate(weights.config["audio"])
        self.name: str = weights.config["pretrain"]["name"]
        self.stem: str = weights.config["pretrain"]["inference_stem"]
        self._longest_s: float | None = weights.config["pretrain"].get("max_segment_s")
        self._gain: float = weights.config["pretrain"].get("accompaniment_gain", 0.0)
        self.content_hash = content_hash(weights)
        is_separated = separator is not None and self.stem in ("vocals", TURNED_DOWN)
        self.separator = resolve_separator(str(separator)) if is_separated else None
        self.weights = weights

    def embed(self, audio: Audio, sample_rate_hz: int | None = None) -> NDArray[np.float32]:
        """Return the embeddings of consecutive segments, shape (n_segments, embedding_size).

        Where the encoder takes longer segments than `audio` says, as few as cover the recording are evenly spaced.

        Args:
            audio: A recording. Samples are (n_samples,) or (n_channels, n_samples), int16 or float in [-1, 1].
            sample_rate_hz: Of samples, in hertz; a file has its own.

        Raises:
            RealClonedError: The recording cannot be decoded, or is shorter than one segment.
            ValueError: Samples have another shape, type or scale, or no sample rate.
        """
        samples = self.take_stem(self.decode(audio, sample_rate_hz))
        if samples.shape[1] < self.audio.segment_samples:
            raise RealClonedError(
                f"the recording has {samples.shape[1] / self.audio.sample_rate_hz:.2f} s, and `{self.name}` hears "
                f"segments of {self.audio.segment_s:g} s: give a longer one"
            )
        return self._embed_stretch(samples, 0.0, samples.shape[1] / self.audio.sample_rate_hz)[2]

    def embed_stretches(
        self, samples: NDArray[np.int16], stretches: Iterable[tuple[float, float]]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float32]]:
        """Return offsets and durations in seconds, and embeddings, of segments that cover stretches of a recording.

        Args:
            samples: The stem that the encoder takes. Shape: (n_channels, n_samples), int16.
            stretches: Start and end in seconds; those that are shorter than a segment are passed over.

        Returns:
            Shapes (n_segments,), (n_segments,) and (n_segments, embedding_size).
        """
        parts = [
            self._embed_stretch(samples, start_s, end_s)
            for start_s, end_s in stretches
            if end_s - start_s >= self.min_segment_s - 1e-6
        ]
        empty = (np.zeros(0), np.zeros(0), np.zeros((0, self.embedding_size), np.float32))
        offsets_s, durations_s, embeddings = zip(empty, *parts, strict=True)
        return np.concatenate(offsets_s), np.concatenate(durations_s), np.concatenate(embeddings)

    @property
    def min_segment_s(self) -> float:
        """Seconds of the shortest segment that is embedded: half of a usual one where the encoder takes any length."""
        return self.audio.segment_s if self._longest_s is None else self.audio.segment_s / 2

    def take_stem(self, samples: NDArray[np.int16]) -> NDArray[np.int16]:
        """Return what the encoder takes of a recording: the recording itself, or what a separator makes of it.

        Args:
            samples: Shape: (n_channels, n_samples), int16, at the encoder's sample rate.
        """
        if self.separator is None:
            return samples
        vocals = self._vocal_separator.vocals("", samples)
        return turn_down_accompaniment(samples, vocals, self._gain) if self.stem == TURNED_DOWN else vocals

    def _embed_stretch(
        self, samples: NDArray[np.int16], start_s: float, end_s: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float32]]:
        rate, first = self.audio.sample_rate_hz, round(start_s * self.audio.sample_rate_hz)
        n_samples = min(round(end_s * rate), samples.shape[1]) - first
        if self._longest_s is None:
            length = self.audio.segment_samples
            starts = np.arange(n_samples // length) * length
        else:
            length = min(n_samples, round(self._longest_s * rate))
            starts = (spaced_offsets(n_samples / rate, self._longest_s) * rate).round().astype(int)
        segments = np.stack([samples[:, first + start : first + start + length] for start in starts])
        durations_s = np.full(len(starts), length / rate)
        return (first + starts) / rate, durations_s, self._embed(torch.from_numpy(segments))

    @torch.inference_mode()
    def _embed(self, segments: Tensor) -> NDArray[np.float32]:
        """Return (n_segments, embedding_size) of int16 (n_segments, n_channels, n_samples)."""
        batches = [self.network(batch.contiguous()).float() for batch in segments.split(BATCH_SIZE)]
        return np.asarray(torch.cat(batches).numpy())

    def decode(self, audio: Audio, sample_rate_hz: int | None = None) -> NDArray[np.int16]:
        """Return a recording at the encoder's sample rate. Shape: (n_channels, n_samples).

        Args:
            audio: As `embed` takes it.
            sample_rate_hz: Of samples, in hertz; a file has its own.

        Raises:
            RealClonedError: The recording cannot be decoded.
            ValueError: Samples have another shape, type or scale, or no sample rate.
        """
        if isinstance(audio, str | Path):
            return decode(audio, self.audio.sample_rate_hz, self.audio.n_channels).samples
        if sample_rate_hz is None:
            raise ValueError("sample_rate_hz: samples need their sample rate in hertz")
        if audio.ndim not in (1, 2) or (audio.ndim == 2 and audio.shape[0] > 2):
            raise ValueError(f"audio: expected (n_samples,) or (1 or 2, n_samples), got {audio.shape}")
        if audio.dtype != np.int16 and not np.issubdtype(audio.dtype, np.floating):
            raise ValueError(f"audio: expected int16 or floating point samples, got {audio.dtype}")
        if audio.dtype != np.int16 and (problem := float_problem(audio)) is not None:
            raise ValueError(f"audio: {problem}")
        scale = 1.0 if audio.dtype == np.int16 else 32768.0
        waveform = torch.from_numpy(np.atleast_2d(audio).astype(np.float32)) * scale  # (n_channels, n_samples)
        if len(waveform) == 2 and is_opposite_phase((waveform @ waveform.T).numpy()):
            waveform = waveform[:1]  # as of files
        waveform = resample(waveform, sample_rate_hz, self.audio.sample_rate_hz)
        n_channels = self.audio.n_channels
        waveform = waveform.mean(dim=0, keepdim=True) if n_channels == 1 else waveform.expand(n_channels, -1)
        return np.asarray(waveform.round().clamp(-32768, 32767).to(torch.int16).numpy())

    @cached_property
    def _vocal_separator(self) -> NetworkSeparator:
        parameters = SeparationParameters(separator=str(self.separator), accompaniment="none")
        return load_network(parameters, self.audio.sample_rate_hz)


def load_encoder(source: str | Path, data: str | Path = "data", separator: str | None = "small") -> SingerEncoder:
    """Return the encoder of a variant of a project that has run, the one in a file, or a published one.

    Args:
        source: Name of a variant, such as `vocal`, or the path of a .safetensors file that `pretrain` wrote. `speaker`
            and `ge2e` need no project, but their packages.
        data: Where the project keeps its data, here or at an address such as `s3://bucket/data`: `data` for the demo,
            `data/own` for `--env=own`.
        separator: As `SingerEncoder` takes it.

    Raises:
        RealClonedError: There are no such weights, or they are not those of an encoder.
    """
    path = resolve_path(str(source))
    if path.suffix != ".safetensors":
        path = resolve_path(str(data)) / "06_models" / str(source) / "weights.safetensors"
    if not path.is_file() and str(source) in PUBLISHED:
        return SingerEncoder(untrained_weights(PUBLISHED[str(source)], PUBLISHED_AUDIO), separator)
    if not path.is_file():
        known = sorted(file.parent.name for file in resolve_path(str(data)).glob("06_models/*/weights.safetensors"))
        raise RealClonedError(
            f"there are no weights at {path}; {data} has those of {', '.join(known) or 'no variant'}: "
            "train it with `kedro run --pipelines=pretrain`, or name a .safetensors file"
        )
    return SingerEncoder(read_weights(path), separator)


def embed(encoder: SingerEncoder, audio: Audio, sample_rate_hz: int | None = None) -> NDArray[np.float32]:
    """Return the embeddings of consecutive segments of a recording, shape (n_segments, embedding_size).

    Args:
        encoder: As `load_encoder` returns it.
        audio: As `SingerEncoder.embed` takes it.
        sample_rate_hz: Of samples, in hertz; a file has its own.

    Raises:
        RealClonedError: The recording cannot be decoded, or is shorter than one segment.
        ValueError: Samples have another shape, type or scale, or no sample rate.

    Example:
        >>> import numpy as np
        >>> from real_cloned.encoders.baselines.mfcc import mfcc_weights
        >>> from real_cloned.parameters.ingest import AudioParameters
        >>> from real_cloned.parameters.variants import MfccParameters
        >>> audio = AudioParameters(sample_rate_hz=16000, n_channels=1, segment_s=2.0)
        >>> weights = mfcc_weights(MfccParameters(name="mfcc", inference_stem="vocals"), audio)
        >>> encoder = SingerEncoder(weights, separator=None)
        >>> embed(encoder, np.random.default_rng(0).uniform(-0.1, 0.1, 5 * 22050), sample_rate_hz=22050).shape
        (2, 80)
    """
    return encoder.embed(audio, sample_rate_hz)
