"""From windows to segments and to kept tracks, with a detector that reads its answer from the samples."""

import numpy as np
import pytest
import torch

from real_cloned.schemas import Rejected, Segments
from real_cloned.vocals import segments as module
from real_cloned.vocals.detector import save_detector
from real_cloned.vocals.segments import find_vocal_segments, window_probabilities
from tests.tiny import AUDIO, CORPUS, RATE, VOCAL_FILTER, but

SEGMENT = but(AUDIO, segment_s=2.0)  # of two windows


def reader_of_logits(windows):
    """A detector to which a window of samples of 1000 x means a logit of x."""
    return windows.float().mean(dim=(1, 2)) / 1000


def track(*probabilities, rest_s=0.0):
    """Samples (1, n) of one window per probability, and `rest_s` seconds more."""
    logits = [np.log(p / (1 - p)) for p in probabilities]
    return np.repeat([*logits, 9], [RATE] * len(logits) + [round(rest_s * RATE)]).round(3)[None] * 1000


@pytest.fixture
def find(make_store, monkeypatch):
    """Find the segments of {track: samples}."""

    def run(tracks, **settings):
        monkeypatch.setattr(module, "load_detector", lambda weights: reader_of_logits)
        audio = make_store({(track_id, "mixture"): samples for track_id, samples in tracks.items()})
        found, rejected = find_vocal_segments(audio, None, but(CORPUS, **settings), SEGMENT, VOCAL_FILTER)
        return Segments.validate(found), Rejected.validate(rejected)

    return run


def rows(found):
    return [(row.track_id, row.offset_s, round(row.vocal_probability, 2)) for row in found.itertuples()]


def test_windows_lie_side_by_side_and_what_is_left_is_not_looked_at():
    samples = track(0.2, 0.7, 0.9, rest_s=0.99).astype(np.int16)
    assert window_probabilities(reader_of_logits, samples, RATE) == pytest.approx([0.2, 0.7, 0.9], abs=1e-3)


def test_windows_keep_their_channels_apart_and_their_samples_in_order():
    seen = []

    def record(windows):
        seen.append(windows)
        return torch.zeros(len(windows))

    samples = np.arange(2 * 3 * 7, dtype=np.int16).reshape(2, 21)
    window_probabilities(record, samples, 5)
    expected = [samples[:, start : start + 5] for start in (0, 5, 10, 15)]
    assert torch.equal(torch.cat(seen), torch.from_numpy(np.stack(expected)))


def test_long_tracks_are_heard_in_parts_that_make_a_whole():
    samples = np.random.default_rng(0).integers(-3000, 3000, (1, 150 * 10)).astype(np.int16)
    expected = 1 / (1 + np.exp(-samples.reshape(150, 10).mean(axis=1) / 1000))
    np.testing.assert_allclose(window_probabilities(reader_of_logits, samples, 10), expected, rtol=1e-4)


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
        [track_id, "vocal_filter", "too little singing"] for track_id in ("sparse", "silent")
    ]


def test_a_corpus_without_tracks_gives_two_empty_tables(find):
    found, rejected = find({})
    assert found.empty
    assert rejected.empty


@pytest.mark.filterwarnings("error")
def test_a_track_shorter_than_a_window_is_rejected_without_a_warning(detector, make_store):
    audio = make_store({("short", "mixture"): track(rest_s=0.7)})
    weights = save_detector(detector, VOCAL_FILTER, RATE)
    found, rejected = find_vocal_segments(audio, weights, CORPUS, SEGMENT, VOCAL_FILTER)
    assert Segments.validate(found).empty
    assert rejected["track_id"].tolist() == ["short"]


def test_tracks_that_could_not_be_decoded_are_neither_found_nor_rejected_again(find):
    found, rejected = find({"broken": np.zeros((1, 0)), "sung": track(0.9, 0.9)})
    assert found["track_id"].tolist() == ["sung"]
    assert rejected.empty
