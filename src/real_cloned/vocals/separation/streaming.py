"""Streams of audio: separated by a Demucs model, regrouped and resampled, in constant memory.

A stream is an iterable of consecutive blocks (n_channels, n), of any n each. Chunks are what goes through the model:
they overlap and are crossfaded as in `demucs.apply.apply_model`. Results are those of the whole signal.
"""

import math
from collections.abc import Iterable, Iterator
from typing import Any

import torch
from demucs.apply import TensorChunk, tensor_chunk
from demucs.htdemucs import HTDemucs
from demucs.utils import center_trim
from torch import Tensor
from torch.nn import functional
from torchaudio.transforms import Resample

from real_cloned.core.runtime import wants_bfloat16
from real_cloned.parameters.separation import SeparationParameters

MIN_DURATION_S = 0.5
"""Shorter mixtures are padded with silence: the filters of some models are longer than such a mixture."""


def separate_stream(
    model: Any, blocks: Iterable[Tensor], parameters: SeparationParameters, device: str = "cpu"
) -> Iterator[Tensor]:
    """Yield the vocals of a mixture, of the same total length: those of `apply_model(..., shifts=0)`.

    The level is not normalised here. Demucs divides a track by its standard deviation, but every Demucs model then
    normalises each chunk itself; the first division only decides at which level the model's epsilon of 1e-5 begins to
    matter. In units of one 16-bit step it never does, so that the rest of the track need not be known.

    Args:
        model: A Demucs model or bag of models on `device`, for evaluation, with `vocals` among its sources.
        blocks: (audio_channels, n) float32 each, at the model's rate, in units of one 16-bit step.
        parameters: chunk_s, overlap, batch_size and precision are read.
        device: `cpu` or `cuda`.

    Yields:
        Blocks of vocals, (audio_channels, n) float32 each.
    """
    stream = _ChunkedStream(model, parameters, device)
    for block in regroup(blocks, stream.stride):
        yield from stream.push(block)
    yield from stream.flush()


def chunk_samples(model: Any, chunk_s: float | None) -> int:
    """Return the length of a chunk in samples: `chunk_s`, which for an HTDemucs is at most its segment.

    Args:
        model: A Demucs model or bag of models.
        chunk_s: Length of a chunk, in seconds; None: the models' own segment, the shortest of them.
    """
    members = getattr(model, "models", [model])
    # A transformer knows no longer sequences than those it was trained on; convolutions take any length.
    limits_s = [member.segment for member in members if chunk_s is None or isinstance(member, HTDemucs)]
    return int(model.samplerate * min([*limits_s, chunk_s or float("inf")]))


class _ChunkedStream:
    """Overlap-add state: fewer than `batch_size` chunks of mixture, half a chunk of context, one chunk of vocals."""

    def __init__(self, model: Any, parameters: SeparationParameters, device: str):
        self.model, self.device = model, device
        self.use_bfloat16 = wants_bfloat16(parameters.precision)
        self.batch_size = parameters.batch_size or (8 if device == "cuda" else 1)
        self.chunk = chunk_samples(model, parameters.chunk_s)
        self.stride = int((1 - parameters.overlap) * self.chunk)
        rising = torch.arange(1, self.chunk // 2 + 1)
        falling = torch.arange(self.chunk - self.chunk // 2, 0, -1)
        self.weight = torch.cat([rising, falling]) / falling[0]
        self.buffer = torch.zeros(model.audio_channels, 0)
        self.n_context = 0  # processed samples at the start of `buffer`: left context of the last chunk
        self.sums = torch.zeros(model.audio_channels + 1, self.chunk)  # of weighted vocals, and of weights

    def push(self, block: Tensor) -> Iterator[Tensor]:
        """Add a block of the mixture, and yield the vocals that no later chunk changes."""
        self.buffer = torch.cat([self.buffer, block], dim=1)
        while self._n_ready() >= self.batch_size:
            yield from self._separate_chunks(self.batch_size)

    def flush(self) -> Iterator[Tensor]:
        """Yield the rest. The last chunk is omitted where the one before it reaches the end."""
        if (n_ready := self._n_ready()) > 0:
            yield from self._separate_chunks(n_ready)
        n_left = self.buffer.shape[1] - self.n_context
        if n_left > self.chunk - self.stride or (n_left and not self.n_context):
            self._add(self._separate_last(n_left))
        if n_left:
            yield self._pop(n_left)

    def _n_ready(self) -> int:
        return (self.buffer.shape[1] - self.n_context - self.chunk) // self.stride + 1

    def _separate_chunks(self, count: int) -> Iterator[Tensor]:
        chunks = self.buffer[:, self.n_context :].unfold(1, self.chunk, self.stride)[
            :, :count
        ]  # (channels, count, chunk)
        for vocals in self._vocals(chunks.transpose(0, 1)):
            self._add(vocals)
            yield self._pop(self.stride)
        done = self.n_context + count * self.stride
        self.n_context = min(done, self.chunk // 2)
        self.buffer = self.buffer[:, done - self.n_context :]

    def _separate_last(self, n_left: int) -> Tensor:
        min_samples = round(MIN_DURATION_S * self.model.samplerate)
        mixture = functional.pad(self.buffer, (0, max(0, min_samples - self.buffer.shape[1])))
        return self._vocals(TensorChunk(mixture[None], self.n_context))[0, :, :n_left]

    @torch.inference_mode()
    def _vocals(self, chunks: Tensor | TensorChunk) -> Tensor:
        """Return the vocals of chunks, both (count, channels, n), as `apply_model(..., shifts=0, split=False)` does.

        `apply_model` itself moves the model to the device at each call, and while a model is moved no other thread can
        use it (its LSTM has no weights then).
        """
        mixture, source = tensor_chunk(chunks), self.model.sources.index("vocals")
        members = getattr(self.model, "models", [self.model])
        weights = [member[source] for member in getattr(self.model, "weights", [{source: 1.0}])]
        vocals: Any = 0.0
        for member, weight in zip(members, weights, strict=True):
            length = member.valid_length(mixture.length) if hasattr(member, "valid_length") else mixture.length
            with torch.autocast(self.device, torch.bfloat16, enabled=self.use_bfloat16):
                sources = member(mixture.padded(length).to(self.device))
            vocals = vocals + weight * center_trim(sources, mixture.length)[:, source]
        return (vocals / sum(weights)).float().cpu()  # type: ignore[no-any-return]

    def _add(self, vocals: Tensor) -> None:
        weight = self.weight[: vocals.shape[1]]
        self.sums[:-1, : len(weight)] += weight * vocals
        self.sums[-1, : len(weight)] += weight

    def _pop(self, count: int) -> Tensor:
        finished = self.sums[:-1, :count] / self.sums[-1, :count]
        self.sums = functional.pad(self.sums[:, count:], (0, count))
        return finished


def regroup(blocks: Iterable[Tensor], min_samples: int) -> Iterator[Tensor]:
    """Yield the same samples in larger blocks.

    Args:
        blocks: (n_channels, n) each.
        min_samples: Least length of a block; the last one holds what is left.

    Example:
        >>> [block.shape[1] for block in regroup(torch.zeros(1, 10).split(2, dim=1), min_samples=3)]
        [4, 4, 2]
    """
    pending: list[Tensor] = []
    count = 0
    for block in blocks:
        pending.append(block)
        count += block.shape[1]
        if count >= min_samples:
            yield torch.cat(pending, dim=1)
            pending, count = [], 0
    if count:
        yield torch.cat(pending, dim=1)


def resample_stream(blocks: Iterable[Tensor], rate_hz: int, new_rate_hz: int, block_s: float = 1.0) -> Iterator[Tensor]:
    """Yield a stream at another sample rate: the samples of torchaudio's `resample` of the whole signal.

    At most `block_s` seconds and one block are in memory.

    Args:
        blocks: (n_channels, n) float32 each.
        rate_hz: Sample rate of `blocks`, in hertz.
        new_rate_hz: Sample rate of the result, in hertz.
        block_s: Least duration that is resampled at once, in seconds.

    Yields:
        Blocks (n_channels, n) float32, in total round(n_samples * new_rate_hz / rate_hz) samples; sample i is at
        i / new_rate_hz seconds.
    """
    if rate_hz == new_rate_hz:
        yield from blocks
        return
    common = math.gcd(rate_hz, new_rate_hz)
    frame, new_frame = (
        rate_hz // common,
        new_rate_hz // common,
    )  # samples of the shortest duration that is a whole number of samples at both rates
    transform = Resample(rate_hz, new_rate_hz)
    margin = math.ceil(transform.width / frame)  # frames on either side that the filter covers
    buffer, n_in, n_out = torch.empty(0), 0, 0
    for block in regroup(blocks, max(frame, round(block_s * rate_hz))):
        buffer = torch.cat([buffer, block], dim=1) if n_in else functional.pad(block, (margin * frame, 0))
        n_in += block.shape[1]
        if (n_frames := buffer.shape[1] // frame - 2 * margin) > 0:
            yield _resample_inner(transform, buffer, margin, n_frames, frame, new_frame)
            buffer, n_out = buffer[:, n_frames * frame :], n_out + n_frames * new_frame
    if n_in:
        n_left = round(n_in * new_rate_hz / rate_hz) - n_out
        n_frames = math.ceil(n_left / new_frame)
        end = functional.pad(buffer, (0, max(0, (n_frames + 2 * margin) * frame - buffer.shape[1])))
        yield _resample_inner(transform, end, margin, n_frames, frame, new_frame)[:, :n_left]


def _resample_inner(
    transform: Resample, buffer: Tensor, margin: int, n_frames: int, frame: int, new_frame: int
) -> Tensor:
    """Return `n_frames` resampled frames after the first `margin` frames of `buffer`."""
    samples: Tensor = transform(buffer[:, : (n_frames + 2 * margin) * frame])
    return samples[:, margin * new_frame : (margin + n_frames) * new_frame]
