"""Which loaded is loaded, which weights are refused, and how windows go through the detector."""

import numpy as np
import pytest
import torch
from torch import nn

from real_cloned.artifacts.weights import write_weights
from real_cloned.core.errors import RealClonedError
from real_cloned.vocals.detection import detectors as module
from real_cloned.vocals.detection.detectors import (
    SHIPPED_DETECTOR,
    EnergyActivityDetector,
    NeuralActivityDetector,
    load_activity_detector,
    read_detector,
)
from real_cloned.vocals.detection.model import detector_weights
from tests.tiny import DETECTOR, RATE, VOCAL_FILTER, but


class Recorder(nn.Module):
    """A detector that keeps the windows that it is given."""

    def __init__(self):
        super().__init__()
        self.weight, self.seen, self.tf32 = nn.Parameter(torch.zeros(1)), [], []

    def forward(self, windows):
        self.seen.append(windows)
        self.tf32.append(torch.backends.cudnn.allow_tf32)
        return torch.zeros(len(windows))


def test_windows_lie_side_by_side_and_what_is_left_is_not_heard(reader_of_logits):
    samples = np.repeat([-1386, 847, 2197, 9000], [50, 50, 50, 49]).astype(np.int16)[None]
    heard = NeuralActivityDetector(reader_of_logits).probabilities("t", samples, 50)
    assert heard == pytest.approx([0.2, 0.7, 0.9], abs=1e-3)


def test_windows_keep_their_channels_apart_and_their_samples_in_order():
    recorder = Recorder()
    samples = np.arange(2 * 3 * 7, dtype=np.int16).reshape(2, 21)
    NeuralActivityDetector(recorder).probabilities("t", samples, 5)
    expected = [samples[:, start : start + 5] for start in (0, 5, 10, 15)]
    assert torch.equal(torch.cat(recorder.seen), torch.from_numpy(np.stack(expected)))


def test_many_windows_are_heard_in_parts_that_make_a_whole(reader_of_logits):
    samples = np.random.default_rng(0).integers(-3000, 3000, (1, 150 * 10)).astype(np.int16)
    expected = 1 / (1 + np.exp(-samples.reshape(150, 10).mean(axis=1) / 1000))
    np.testing.assert_allclose(
        NeuralActivityDetector(reader_of_logits).probabilities("t", samples, 10), expected, rtol=1e-4
    )


def test_nothing_is_heard_in_less_than_a_window(reader_of_logits):
    assert NeuralActivityDetector(reader_of_logits).probabilities("t", np.zeros((1, 49), np.int16), 50).shape == (0,)


def test_the_network_and_its_windows_are_moved_to_the_device_in_larger_batches_there():
    recorder, windows = Recorder(), np.zeros((300, 1, 4), np.int16)
    detector = NeuralActivityDetector(recorder, torch.device("meta"))
    assert detector.window_probabilities(windows).shape == (300,)
    assert recorder.weight.device.type == "meta"
    assert [(batch.device.type, len(batch)) for batch in recorder.seen] == [("meta", 256), ("meta", 44)]


def test_convolutions_have_all_bits_of_float32_while_windows_are_scored_and_only_then():
    recorder, before = Recorder(), torch.backends.cudnn.allow_tf32
    NeuralActivityDetector(recorder).window_probabilities(np.zeros((1, 1, 4), np.int16))
    assert recorder.tf32 == [False]
    assert torch.backends.cudnn.allow_tf32 is before is True


@pytest.mark.parametrize(("has_gpu", "device"), [(True, "cuda"), (False, "cpu")])
def test_the_detector_is_loaded_on_the_gpu_where_there_is_one(detector, make_store, monkeypatch, has_gpu, device):
    chosen = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: has_gpu)
    monkeypatch.setattr(module, "read_detector", lambda _: detector)
    monkeypatch.setattr(module, "NeuralActivityDetector", lambda _, device: chosen.append(device.type))
    load_activity_detector(VOCAL_FILTER, make_store({("t", "mixture"): np.ones((1, 9))}))
    assert chosen == [device]


def test_the_shipped_detector_loads_and_is_small():
    detector = read_detector("shipped")
    assert detector.sample_rate_hz == 16000
    assert not detector.training
    assert SHIPPED_DETECTOR.stat().st_size < 2 * 2**20


def test_a_detector_of_ones_own_is_loaded_from_its_path(detector, tmp_path, make_store):
    path = tmp_path / "mine.safetensors"
    write_weights(path, detector_weights(detector, DETECTOR, RATE))
    loaded = load_activity_detector(
        but(VOCAL_FILTER, detector=str(path)), make_store({("t", "mixture"): np.ones((1, 9))})
    )
    assert isinstance(loaded, NeuralActivityDetector)
    assert loaded.detector.sample_rate_hz == RATE


def test_audio_at_another_sample_rate_is_refused_with_both_rates(make_store):
    with pytest.raises(RealClonedError, match="16000 Hz.* is 4000"):
        load_activity_detector(VOCAL_FILTER, make_store({("t", "mixture"): np.ones((1, 9))}))


def test_the_method_energy_loads_a_separator(make_store):
    loaded = load_activity_detector(but(VOCAL_FILTER, method="energy"), make_store({("t", "mixture"): np.ones((1, 9))}))
    assert isinstance(loaded, EnergyActivityDetector)


@pytest.mark.parametrize("name", ["detector.pt", "detector.pkl", "detector"])
def test_nothing_but_safetensors_is_read_as_weights(tmp_path, name):
    (tmp_path / name).write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    with pytest.raises(RealClonedError, match="give `shipped` or the path of a .safetensors file"):
        read_detector(str(tmp_path / name))


def test_a_missing_file_and_one_that_holds_no_weights_are_named(tmp_path):
    with pytest.raises(RealClonedError, match="nowhere.safetensors, and there is no such file"):
        read_detector(str(tmp_path / "nowhere.safetensors"))
    (tmp_path / "text.safetensors").write_text("not weights")
    with pytest.raises(RealClonedError, match="text.safetensors holds no weights"):
        read_detector(str(tmp_path / "text.safetensors"))


class Scaled:
    """A separator that finds `gains`, one per window of RATE samples, of the mixture to be vocals."""

    def __init__(self, *gains):
        self.gains, self.heard = np.repeat(gains, RATE), []

    def vocals(self, track_id, mixture):
        self.heard.append((track_id, mixture.shape))
        return (mixture * self.gains[: mixture.shape[1]]).astype(np.int16)


def noise(n_windows, n_channels=1):
    return np.random.default_rng(0).integers(-9000, 9000, (n_channels, n_windows * RATE)).astype(np.int16)


@pytest.mark.parametrize("n_channels", [1, 2])
def test_the_probability_is_a_logistic_of_the_level_below_the_mixture(n_channels):
    loaded = EnergyActivityDetector(Scaled(10 ** (-12 / 20), 10 ** (-9 / 20), 10 ** (-15 / 20)), -12.0, 3.0)
    heard = loaded.probabilities("t", noise(3, n_channels), RATE)
    assert heard == pytest.approx([1 / 2, 1 / (1 + np.exp(-1)), 1 / (1 + np.exp(1))], abs=2e-3)


def test_silence_holds_no_singing():
    heard = EnergyActivityDetector(Scaled(1, 1), -12.0, 2.0).probabilities("t", np.zeros((1, 2 * RATE), np.int16), RATE)
    assert heard.tolist() == [0, 0]


def test_vocals_that_are_not_there_have_a_probability_of_nearly_none():
    heard = EnergyActivityDetector(Scaled(0), -12.0, 2.0).probabilities("t", noise(1), RATE)
    assert 0 <= heard[0] < 1e-3


def test_the_separator_is_given_whole_windows_and_the_track_they_are_of():
    separator = Scaled(1, 1, 1)
    heard = EnergyActivityDetector(separator, -12.0, 2.0).probabilities("t", noise(3)[:, :-1], RATE)
    assert heard.shape == (2,)
    assert separator.heard == [("t", (1, 2 * RATE))]


def test_nothing_is_separated_for_less_than_a_window():
    separator = Scaled(1)
    assert EnergyActivityDetector(separator, -12.0, 2.0).probabilities("t", noise(1)[:, :-1], RATE).shape == (0,)
    assert separator.heard == []
