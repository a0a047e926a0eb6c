"""UltraStar notes of a text made here: beats, gaps, relative lines, and what counts as sung."""

import pytest

from benchmarks.ultrastar import read_notes, sung_share

TEXT = """#TITLE:Made here
#BPM:{bpm}
#GAP:{gap}
{more}: 0 4 12 La
* 8 2 14  la
- 12
F 20 4 0 hey
E
"""


def text(bpm="150", gap="0", more=""):
    return TEXT.format(bpm=bpm, gap=gap, more=more)


def spans(notes):
    return [pytest.approx(span) for span in map(tuple, notes)]


def test_a_beat_is_a_quarter_of_one_at_the_given_tempo_and_golden_and_freestyle_notes_are_sung():
    assert read_notes(text()) == spans([(0.0, 0.4), (0.8, 1.0), (2.0, 2.4)])


def test_the_gap_is_in_milliseconds_and_decimal_commas_are_read():
    assert read_notes(text(bpm="300,0", gap="1500,5")) == spans([(1.5005, 1.7005), (1.9005, 2.0005), (2.5005, 2.7005)])


def test_lines_of_a_relative_file_count_from_the_line_break_before_them():
    relative = text(more="#RELATIVE:YES\n").replace("- 12", "- 12 12")
    assert read_notes(relative) == spans([(0.0, 0.4), (0.8, 1.0), (3.2, 3.6)])


def test_line_ends_of_windows_change_nothing():
    assert read_notes(text().replace("\n", "\r\n")) == read_notes(text())


def test_a_text_without_a_tempo_is_refused():
    with pytest.raises(ValueError, match="no #BPM"):
        read_notes(": 0 4 12 La")


def test_the_sung_share_of_a_window_is_what_notes_cover_of_it_once():
    notes = read_notes(text(more=": 0 2 9 Ah\n"))
    assert sung_share(notes, 1.0, 4) == pytest.approx([0.6, 0.0, 0.4, 0.0])


def test_notes_before_the_recording_or_after_its_last_window_are_left_out():
    assert sung_share(read_notes(text(gap="-200")), 1.0, 2) == pytest.approx([0.4, 0.2], abs=0.011)
