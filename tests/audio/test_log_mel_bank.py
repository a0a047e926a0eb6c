"""Log-mels that are kept: those of the segments, in half precision and for less room."""

import numpy as np
import pytest
import torch

from real_cloned.audio import log_mel_bank
from real_cloned.audio.log_mel_bank import LogMelBank, log_mel_bytes
from real_cloned.audio.logmel import LogMel
from real_cloned.audio.segment_bank import SegmentBank
from tests.tiny import LOG_MEL, RATE

CPU = torch.device("cpu")


@pytest.fixture
def bank(tmp_path):
    """Two clips of 1 s of noise, and seven rows of 0.4 s, one of which goes on after the end of its clip."""
    samples = np.random.default_rng(0).integers(-9000, 9000, (2 * RATE, 2), np.int16)
    (tmp_path / "a.i16").write_bytes(samples.tobytes())
    clips = np.array([[0, 0, RATE], [0, RATE, RATE]])
    offsets = np.array([0, 100, 2000, 3000, 0, 50, 700])
    return SegmentBank([tmp_path / "a.i16"], clips, np.array([0, 0, 0, 0, 1, 1, 1]), offsets, (1600, 2))


@pytest.mark.parametrize("n_at_once", [3, 128])
def test_rows_have_the_log_mels_of_their_segments_to_half_precision(bank, n_at_once, monkeypatch):
    monkeypatch.setattr(log_mel_bank, "N_AT_ONCE", n_at_once)
    rows = np.array([6, 3, 0, 3])
    kept = LogMelBank(bank, LOG_MEL, CPU).gather(rows)
    log_mels = LogMel(LOG_MEL)(bank.gather(rows).transpose(1, 2))
    assert (kept.dtype, kept.shape) == (torch.float16, (4, 2, 16, 16))
    torch.testing.assert_close(kept.float(), log_mels, rtol=2**-11, atol=1e-6)


def test_its_size_is_known_before_it_is_made(bank):
    kept = LogMelBank(bank, LOG_MEL, CPU).gather(np.arange(len(bank)))
    assert log_mel_bytes(bank, LOG_MEL) == kept.numel() * kept.element_size()
