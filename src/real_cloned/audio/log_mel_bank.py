"""Log-mel spectrograms of all segments of a bank, computed once and kept on a device in half precision.

Where each segment is heard as it is, they take the place of its samples: at the paper's sizes a third of their room,
and no step of a training computes them again. Half precision has 11 significant bits, of which bfloat16 keeps 8.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from real_cloned.audio.logmel import LogMel
from real_cloned.audio.segment_bank import SegmentBank
from real_cloned.core.prefetch import prefetch
from real_cloned.parameters.pretrain import LogMelParameters

N_AT_ONCE = 128
"""Segments whose log-mels are computed together."""


class LogMelBank:
    """The log-mels of all rows of a bank, in the memory of one device.

    Args:
        bank: The bank whose segments are heard.
        parameters: Of the log-mel.
        device: Usually a GPU.
    """

    def __init__(self, bank: SegmentBank, parameters: LogMelParameters, device: torch.device):
        self.device, log_mel = device, LogMel(parameters).to(device)
        self._log_mels = torch.empty(log_mel_shape(bank, parameters), dtype=torch.float16, device=device)
        blocks = np.split(np.arange(len(bank)), range(N_AT_ONCE, len(bank), N_AT_ONCE))
        waveforms = prefetch(bank.gather(rows, pinned=device.type == "cuda") for rows in blocks)
        for rows, segments in zip(blocks, waveforms, strict=True):
            there = segments.to(device, non_blocking=True).transpose(1, 2)  # (n_rows, n_channels, n_samples)
            self._log_mels[int(rows[0]) : int(rows[-1]) + 1] = log_mel(there)

    def gather(self, rows: NDArray[np.int64], *, pinned: bool = False) -> Tensor:
        """Return the log-mels of the given rows.

        Args:
            rows: (n_rows,) int64, in any order, also several times the same.
            pinned: Ignored; the result is on the device.

        Returns:
            (n_rows, n_channels, n_mels, n_frames) float16 on the device.
        """
        return self._log_mels[torch.from_numpy(rows).to(self.device, non_blocking=True)]


def log_mel_shape(bank: SegmentBank, parameters: LogMelParameters) -> tuple[int, int, int, int]:
    """Return (n_rows, n_channels, n_mels, n_frames) of the log-mels of all rows of a bank.

    Args:
        bank: The bank whose segments are heard.
        parameters: Of the log-mel.
    """
    return len(bank), bank.n_channels, parameters.n_mels, bank.n_samples // parameters.hop_length


def log_mel_bytes(bank: SegmentBank, parameters: LogMelParameters) -> int:
    """Return how many bytes a `LogMelBank` takes.

    Args:
        bank: The bank whose segments are heard.
        parameters: Of the log-mel.
    """
    return 2 * int(np.prod(log_mel_shape(bank, parameters)))
