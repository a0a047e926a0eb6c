"""From probabilities of windows to segments and to kept tracks."""

import numpy as np
import pandas as pd
import pytest

from real_cloned.artifacts.embeddings import Embeddings
from real_cloned.core.errors import RealClonedError
from real_cloned.schemas.corpora import Rejected, Segments
from real_cloned.vocals.detection.segments import select_segments
from tests.tiny import AUDIO, CORPUS, VOCAL_FILTER, but

SEGMENT = but(AUDIO, segment_s=2.0)  # of two windows


def scores(tracks):
    """Return the scores of {track: probabilities}."""
    owners = [name for name, probabilities in tracks.items() for _ in probabilities]
    index = pd.DataFrame({"track_id": pd.Series(owners, dtype="str"), "row": range(len(owners))})
    values = [one for probabilities in tracks.values() for one in probabilities]
    return Embeddings(index, np.array(values, np.float32).reshape(-1, 1))


NOTHING, NO_TRACKS = scores({}), pd.DataFrame({"track_id": []})


def find(tracks, without=(), **settings):
    """Find the segments of {track: probabilities}."""
    described = pd.DataFrame({"track_id": [name for name in tracks if name not in without]})
    found, rejected = select_segments(scores(tracks), described, but(CORPUS, **settings), SEGMENT, VOCAL_FILTER)
    return Segments.validate(found), Rejected.validate(rejected)


def rows(found):
    return [(row.track_id, row.offset_s, round(row.vocal_probability, 2)) for row in found.itertuples()]


def test_a_segment_is_kept_when_all_its_windows_hold_singing_and_is_as_probable_as_the_least():
    found, rejected = find({"t": [0.9, 0.6, 0.9, 0.4, 0.7, 0.8]})
    assert rows(found) == [("t", 0.0, 0.6), ("t", 4.0, 0.7)]
    assert rejected.empty


def test_a_probability_at_the_threshold_is_singing():
    found, _ = find({"t": [0.5, 0.5]})
    assert rows(found) == [("t", 0.0, 0.5)]


def test_a_segment_that_would_end_after_the_track_is_none():
    found, _ = find({"t": [0.9, 0.9, 0.9]})
    assert rows(found) == [("t", 0.0, 0.9)]


@pytest.mark.parametrize(("share", "kept"), [(0.75, True), (0.76, False)])
def test_a_track_is_kept_from_its_share_of_singing_on(share, kept):
    found, rejected = find({"t": [0.9, 0.9, 0.9, 0.1]}, min_vocal_share=share)
    assert len(found) == (1 if kept else 0)
    assert rejected["track_id"].tolist() == ([] if kept else ["t"])


def test_a_track_without_a_whole_segment_of_singing_is_rejected_with_its_reason():
    found, rejected = find({"sparse": [0.9, 0.1, 0.1, 0.9], "sung": [0.9, 0.9], "silent": [0.1, 0.1]})
    assert found["track_id"].unique().tolist() == ["sung"]
    assert rejected[["track_id", "stage", "reason"]].values.tolist() == [
        ["sparse", "vocal_filter", "too little singing: 50% of its windows"],
        ["silent", "vocal_filter", "too little singing: 0% of its windows"],
    ]


def test_a_corpus_without_tracks_gives_two_empty_tables():
    found, rejected = find({})
    assert found.empty
    assert rejected.empty


@pytest.mark.filterwarnings("error")
def test_a_track_shorter_than_a_window_is_rejected_without_a_warning():
    found, rejected = find({"short": []})
    assert found.empty
    assert rejected["track_id"].tolist() == ["short"]


def test_tracks_that_were_left_out_before_are_neither_found_nor_rejected_again():
    tracks = {"broken": [], "sung": [0.9, 0.9], "copy of it": [0.9, 0.9]}
    found, rejected = find(tracks, without=["broken", "copy of it"])
    assert found["track_id"].tolist() == ["sung"]
    assert rejected.empty


@pytest.mark.parametrize(("segment_s", "window_s"), [(6.0, 0.1), (0.6, 0.2), (4.8, 1.6), (6.0, 6.0)])
def test_a_whole_number_of_windows_is_accepted_however_its_lengths_are_rounded(segment_s, window_s):
    segment, detection = but(AUDIO, segment_s=segment_s), but(VOCAL_FILTER, window_s=window_s)
    found, _ = select_segments(NOTHING, NO_TRACKS, CORPUS, segment, detection)
    assert found.empty


@pytest.mark.parametrize("window_s", [4.0, 5.9, 60.0])
def test_a_segment_of_one_and_a_bit_or_of_less_than_one_window_is_refused(window_s):
    segment, detection = but(AUDIO, segment_s=6.0), but(VOCAL_FILTER, window_s=window_s)
    with pytest.raises(RealClonedError, match="must be a multiple"):
        select_segments(NOTHING, NO_TRACKS, CORPUS, segment, detection)


def test_a_segment_of_one_and_a_half_windows_is_refused_with_both_lengths():
    with pytest.raises(RealClonedError, match=r"\(1.5\) must be a multiple of vocal_filter.window_s \(1\)"):
        select_segments(NOTHING, NO_TRACKS, CORPUS, but(AUDIO, segment_s=1.5), VOCAL_FILTER)


def slowly(tracks, min_vocal_share):
    """Find the segments of two windows track by track: the reference."""
    found = []
    for name, probabilities in tracks.items():
        pairs = [min(probabilities[n : n + 2]) for n in range(0, len(probabilities) - 1, 2)]
        share = sum(one >= 0.5 for one in probabilities) / max(1, len(probabilities))
        kept = [(name, 2.0 * number, round(least, 2)) for number, least in enumerate(pairs) if least >= 0.5]
        found += kept if share >= min_vocal_share else []
    return found


def test_tracks_are_filtered_together_as_each_is_alone():
    draw = np.random.default_rng(0)
    tracks = {f"t{n}": (draw.integers(0, 101, draw.integers(0, 9)) / 100).tolist() for n in draw.permutation(60)}
    found, rejected = find(tracks, min_vocal_share=0.5)
    assert rows(found) == slowly(tracks, min_vocal_share=0.5)
    assert rejected["track_id"].tolist() == [name for name in tracks if name not in set(found["track_id"])]


def test_no_table_is_made_for_each_track(monkeypatch):
    made = []
    init = pd.DataFrame.__init__
    monkeypatch.setattr(
        pd.DataFrame, "__init__", lambda self, *args, **kwargs: made.append(init(self, *args, **kwargs))
    )
    numbers = []
    for count in (10, 100):
        made.clear()
        find({f"t{number}": [0.9, 0.9, 0.1] for number in range(count)})
        numbers.append(len(made))
    assert numbers[0] == numbers[1]
