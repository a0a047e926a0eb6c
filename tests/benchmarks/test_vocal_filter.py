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
