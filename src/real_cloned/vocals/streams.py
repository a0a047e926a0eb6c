"""Audio as a stream of consecutive pieces: regrouped, and resampled as if it were whole."""

import math
from collections.abc import Iterable, Iterator

import torch
from torch import Tensor
from torch.nn import functional
from torchaudio.transforms import Resample


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
