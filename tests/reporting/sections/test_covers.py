"""The section on version identification: with results, with none, and with a method that nobody knows."""

import pandas as pd

from real_cloned.reporting.sections.base import ReportData
from real_cloned.reporting.sections.covers import MAX_ROWS, cover_rows, draw_cover_map, mark_rows, section
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.covers import CoverMap, CoverVoices
from tests.reporting.fabricated import parameters

RESULTS = pd.DataFrame(
    [["qmax", 80, 90, 0.5, 3.25, 0.625, 0.9], ["mine", 80, 90, 0.25, 9.0, 0.125, 0.5]],
    columns=["method", "n_queries", "n_candidates", "mean_average_precision", "mean_rank_1", "top1", "top10"],
)

MARK = "possible cover or clone"
VOICES = pd.DataFrame(
    [
        ["cloned", "c1", True, True, "r1", True, 0.9, True, "Ada", "Bo", MARK],
        ["cloned", "c2", True, True, "r1", True, 0.9, True, "Ada", "Ada", None],
        ["cloned", "c3", True, True, "r2", False, 0.2, False, "Bo", "Ada", None],
        ["cloned", "c4", True, False, "r2", False, 0.3, False, "Bo", "Cleo", None],
        ["closed", "t1", False, False, "r2", False, 0.8, True, "Bo", "Cleo", MARK],
        ["closed", "t2", False, False, "r2", False, 0.3, False, "Bo", "Cleo", None],
    ],
    columns=[
        *("corpus", "track_id", "is_clone", "has_reference", "nearest_id", "is_right", "similarity", "is_known"),
        *("known_singers", "named", "mark"),
    ],
).assign(method="encoder", threshold=0.7)


def test_methods_have_their_labels_and_shares_are_in_percent() -> None:
    rows = cover_rows(RESULTS)
    assert rows["label"].tolist() == ["Qmax", "mine"]
    assert rows["top1"].tolist() == [62.5, 12.5]
    text = str(section(ReportData(parameters(), {"cover_results": RESULTS})).tables)
    assert "0.500" in text
    assert "62.5" in text


def test_without_results_the_table_has_no_rows() -> None:
    (table,) = section(ReportData(parameters(), {})).tables
    assert table.rows == []


def test_the_map_has_a_colour_per_work_and_says_when_it_is_empty() -> None:
    points = pd.DataFrame({"work_id": ["a", "a", "b"], "performance_id": ["1", "2", "3"], "x": [0.0, 1, 2], "y": 0.0})
    (axes,) = draw_cover_map(points).axes
    assert [len(one.get_offsets()) for one in axes.collections] == [2, 1]
    (empty,) = draw_cover_map(empty_table(CoverMap)).axes
    assert not empty.collections


def test_precision_and_recall_of_the_mark_are_those_counted_by_hand() -> None:
    (row,) = mark_rows(CoverVoices.validate(VOICES)).to_dict("records")
    assert (row["n_clones"], row["n_of_reference"], row["n_right"], row["n_marked_clones"]) == (4, 3, 2, 1)
    assert (row["n_real"], row["n_marked_real"]) == (2, 1)
    assert (row["precision"], row["share_of_clones"]) == (0.5, 4 / 6)
    assert (row["recall"], row["recall_of_reference"]) == (0.25, 1 / 3)
    assert row["label"] == "Retrieval encoder"


def test_the_mark_is_the_strongest_word_on_the_page_and_marked_tracks_come_first() -> None:
    _, _, tracks = section(ReportData(parameters(), {"cover_voices": VOICES})).tables
    readings = [row[-1].text for row in tracks.rows]
    assert readings == [MARK, MARK, "–", "work not known", "work not known", "work not known"]


def test_only_the_first_of_many_tracks_are_shown_and_the_caption_says_so() -> None:
    many = pd.concat([VOICES] * (MAX_ROWS // 6 + 1), ignore_index=True)
    *_, tracks = section(ReportData(parameters(), {"cover_voices": many})).tables
    assert len(tracks.rows) == MAX_ROWS
    assert f"{MAX_ROWS} of {len(many)} are shown" in tracks.caption


def test_without_marks_precision_is_a_dash_and_without_voices_there_is_no_table() -> None:
    _, marks, _ = section(ReportData(parameters(), {"cover_voices": VOICES.assign(mark=None)})).tables
    assert [cell.text for cell in marks.rows[0]][-4:] == ["–", "66.7", "0.0", "0.0"]
    assert len(section(ReportData(parameters(), {"cover_voices": VOICES[:0]})).tables) == 1
