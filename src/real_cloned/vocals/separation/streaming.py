"""A stream through a Demucs model: chunks that overlap, crossfaded as `demucs.apply.apply_model` does it.

Audio as a stream of consecutive pieces: regrouped, and resampled as if it were whole.
"""

import math
from collections.abc import Iterable, Iterator
from typing import Any

import torch
from demucs.apply import TensorChunk, apply_model
from torch import Tensor
from torch.nn import functional
from torchaudio.transforms import Resample

from real_cloned.parameters.separation import SeparationParameters

SHORTEST_S = 0.5
"""Shorter mixtures are filled up with silence: the filters of some models are longer than they are."""


def separated(
    model: Any, pieces: Iterable[Tensor], parameters: SeparationParameters, device: str = "cpu"
) -> Iterator[Tensor]:
    """Yield the vocals of a mixture, piece by piece and as long as it: those of `apply_model(..., shifts=0)`.

    model : a Demucs model or bag of models on `device`, with `vocals` among its sources
    pieces : (audio_channels, n) float32 each, of any n, at the model's rate, in units of one 16-bit step
    parameters : chunk_s, overlap and batch_size are read

    No level is set here. Demucs divides a track by its deviation, but every Demucs model then normalises each chunk
    itself, and all that the first division decides is how near to silence its guard of 1e-5 begins to count. In units
    of one step it never does: nothing need be known of the rest of the track, and no piece differs in level from the
    next.
    """
    stream = _ChunkedStream(model, parameters, device)
    for piece in regrouped(pieces, stream.stride):
        yield from stream.took(piece)
    yield from stream.ended()


def chunk_samples(model: Any, chunk_s: float | None) -> int:
    """Return the length of a chunk in samples: `chunk_s` seconds, or the model's, or a bag's shortest, segment."""
    segments_s = [one.segment for one in getattr(model, "models", [model])]
    return int(model.samplerate * min([*segments_s, chunk_s or float("inf")]))


class _ChunkedStream:
    """What waits between two pieces: under `batch_size` chunks of mixture, half a chunk before it, one of vocals."""

    def __init__(self, model: Any, parameters: SeparationParameters, device: str):
        self.model, self.device = model, device
        self.batch_size = parameters.batch_size or (8 if device == "cuda" else 1)
        self.chunk = chunk_samples(model, parameters.chunk_s)
        self.stride = int((1 - parameters.overlap) * self.chunk)
        rising = torch.arange(1, self.chunk // 2 + 1)
        falling = torch.arange(self.chunk - self.chunk // 2, 0, -1)
        self.weight = torch.cat([rising, falling]) / falling[0]
        self.held = torch.zeros(model.audio_channels, 0)
        self.n_past = 0  # samples of `held` whose chunks are done: left context of the last chunk
        self.sums = torch.zeros(model.audio_channels + 1, self.chunk)  # of weighted vocals, and of weights

    def took(self, piece: Tensor) -> Iterator[Tensor]:
        """Yield what has become certain with this piece."""
        self.held = torch.cat([self.held, piece], dim=1)
        while self._n_ready() >= self.batch_size:
            yield from self._whole_chunks(self.batch_size)

    def ended(self) -> Iterator[Tensor]:
        """Yield the rest. The last chunk is left out where the one before it reaches the end."""
        if (n_ready := self._n_ready()) > 0:
            yield from self._whole_chunks(n_ready)
        left = self.held.shape[1] - self.n_past
        if left > self.chunk - self.stride or (left and not self.n_past):
            self._add(self._last(left))
        if left:
            yield self._finished(left)

    def _n_ready(self) -> int:
        return (self.held.shape[1] - self.n_past - self.chunk) // self.stride + 1

    def _whole_chunks(self, count: int) -> Iterator[Tensor]:
        chunks = self.held[:, self.n_past :].unfold(1, self.chunk, self.stride)[:, :count]  # (channels, count, chunk)
        for vocals in self._vocals(chunks.transpose(0, 1)):
            self._add(vocals)
            yield self._finished(self.stride)
        done = self.n_past + count * self.stride
        self.n_past = min(done, self.chunk // 2)
        self.held = self.held[:, done - self.n_past :]

    def _last(self, left: int) -> Tensor:
        shortest = round(SHORTEST_S * self.model.samplerate)
        held = functional.pad(self.held, (0, max(0, shortest - self.held.shape[1])))
        return self._vocals(TensorChunk(held[None], self.n_past))[0, :, :left]

    @torch.inference_mode()
    def _vocals(self, chunks: Tensor | TensorChunk) -> Tensor:
        """Return (count, channels, n) for (count, channels, n)."""
        sources = apply_model(self.model, chunks, shifts=0, split=False, device=self.device)
        return sources[:, self.model.sources.index("vocals")].cpu()  # type: ignore[no-any-return]

    def _add(self, vocals: Tensor) -> None:
        weight = self.weight[: vocals.shape[1]]
        self.sums[:-1, : len(weight)] += weight * vocals
        self.sums[-1, : len(weight)] += weight

    def _finished(self, count: int) -> Tensor:
        finished = self.sums[:-1, :count] / self.sums[-1, :count]
        self.sums = functional.pad(self.sums[:, count:], (0, count))
        return finished


def regrouped(pieces: Iterable[Tensor], least: int) -> Iterator[Tensor]:
    """Yield the same samples in pieces of at least `least` samples; the last one holds what is left.

    pieces : (n_channels, n) each, of any n
    """
    waiting: list[Tensor] = []
    count = 0
    for piece in pieces:
        waiting.append(piece)
        count += piece.shape[1]
        if count >= least:
            yield torch.cat(waiting, dim=1)
            waiting, count = [], 0
    if count:
        yield torch.cat(waiting, dim=1)


def resampled(pieces: Iterable[Tensor], rate_hz: int, new_rate_hz: int, block_s: float = 1.0) -> Iterator[Tensor]:
    """Yield the stream at another rate: the same samples as from torchaudio's `resample` of the whole, cut to length.

    pieces : (n_channels, n) float32 each, at `rate_hz`. In all, round(n_samples * new_rate_hz / rate_hz) samples come
    out, sample i of which lies at i / new_rate_hz seconds. At most `block_s` seconds and one piece wait inside.
    """
    if rate_hz == new_rate_hz:
        yield from pieces
        return
    common = math.gcd(rate_hz, new_rate_hz)
    frame, new_frame = rate_hz // common, new_rate_hz // common  # samples of the shortest stretch whole at both rates
    transform = Resample(rate_hz, new_rate_hz)
    margin = math.ceil(transform.width / frame)  # frames on either side that the filter sees
    held, n_in, n_out = torch.empty(0), 0, 0
    for piece in regrouped(pieces, max(frame, round(block_s * rate_hz))):
        held = torch.cat([held, piece], dim=1) if n_in else functional.pad(piece, (margin * frame, 0))
        n_in += piece.shape[1]
        if (whole := held.shape[1] // frame - 2 * margin) > 0:
            yield _inner(transform, held, margin, whole, frame, new_frame)
            held, n_out = held[:, whole * frame :], n_out + whole * new_frame
    if n_in:
        left = round(n_in * new_rate_hz / rate_hz) - n_out
        whole = math.ceil(left / new_frame)
        end = functional.pad(held, (0, max(0, (whole + 2 * margin) * frame - held.shape[1])))
        yield _inner(transform, end, margin, whole, frame, new_frame)[:, :left]


def _inner(transform: Resample, held: Tensor, margin: int, whole: int, frame: int, new_frame: int) -> Tensor:
    """Return `whole` resampled frames that follow the first `margin` frames of `held`."""
    samples: Tensor = transform(held[:, : (whole + 2 * margin) * frame])
    return samples[:, margin * new_frame : (margin + whole) * new_frame]
