"""The page of answers: what it says, what it never says, and that it loads nothing but the recordings."""

import re

import pandas as pd
import pytest

from real_cloned.reporting.identification_page import SENTENCES, render_identifications
from real_cloned.reporting.stage_tables import identification_text
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.identification import VERDICTS, CloneRanks, Identifications, Recordings, Stretches

CONFIG = {"encoder": "mfcc", "separator": None, "scoring": {"false_accept_rate": 0.05}}
SINGERS = pd.DataFrame({"singer_id": ["Ann", "Ben"], "n_tracks": [2, 3], "n_albums": [1, 1], "sung_s": [20.0, 30.0]})


def row(track_id, verdict, singer_id=None):
    heard = verdict in VERDICTS[:3]
    return {
        "track_id": track_id,
        "verdict": verdict,
        "singer_id": singer_id,
        "probability": 0.97 if heard else None,
        "score": 3.0 if heard else None,
        "threshold": 2.0,
        "share": 0.8 if heard else 0.0,
        "duration_s": 100.0,
        "top5_ids": '["Ann", "Ben"]' if heard else None,
        "top5_probabilities": "[0.97, 0.004]" if heard else None,
        "reason": None if heard else "because",
    }


@pytest.fixture
def identifications():
    rows = [row(f"{verdict}.mp3", verdict, "Ann" if verdict == "singer" else None) for verdict in VERDICTS]
    return Identifications.validate(pd.DataFrame(rows))


@pytest.fixture
def tables():
    recordings = [{"track_id": f"{one}.mp3", "path": f"/music/{one} & <b>.mp3", "singer_ids": None} for one in VERDICTS]
    stretches = [
        {"track_id": "singer.mp3", "start_s": 0.0, "end_s": 40.0, "singer_id": "Ann", "probability": 0.9},
        {"track_id": "singer.mp3", "start_s": 50.0, "end_s": 70.0, "singer_id": None, "probability": 0.6},
    ]
    clones = [{"track_id": "a", "target_ids": "Ann", "source_id": "Ben", "target_rank": 2.0, "source_rank": 1.0}]
    return {
        "recordings": Recordings.validate(pd.DataFrame(recordings).assign(clone_source_id=None)),
        "stretches": Stretches.validate(pd.DataFrame(stretches)),
        "clone_ranks": CloneRanks.validate(pd.DataFrame(clones).assign(n_singers=2)),
    }


def test_each_verdict_has_its_sentence_and_each_stretch_its_place(identifications, tables):
    page = render_identifications(identifications, tables, SINGERS, CONFIG)
    assert all(SENTENCES[verdict].format(singer="Ann") in page for verdict in VERDICTS)
    places = re.findall(r'style="left:([\d.]+)%;width:([\d.]+)%"', page)
    assert [tuple(map(float, place)) for place in places] == [(0.0, 40.0), (50.0, 20.0)]
    assert "0:50–1:10  not enrolled (60 %)" in page
    assert "97 %" in page and "&lt; 1 %" in page


def test_the_page_links_to_recordings_but_loads_nothing_from_the_network(identifications, tables):
    page = render_identifications(identifications, tables, SINGERS, CONFIG)
    assert 'src="file:///music/singer%20%26%20%3Cb%3E.mp3"' in page
    assert page.count("<audio") == len(VERDICTS) - 1  # none for the file that cannot be read
    assert "default-src 'none'" in page and "media-src file:" in page
    assert not re.findall(r"https?://", page)


def test_the_page_asks_for_caution_and_calls_nothing_a_fake(identifications, tables):
    page = render_identifications(identifications, tables, SINGERS, CONFIG).lower()
    assert "an indication for a person to weigh, not a truth" in page
    assert not re.search(r"deep-?fake|\bfake\b|\bai-generated\b", page)


def test_names_are_escaped(tables):
    evil = pd.DataFrame([row("<script>1</script>", "singer", "<i>Ann</i>")])
    page = render_identifications(evil, tables, SINGERS, CONFIG)
    assert "<script>1" not in page and "<i>Ann" not in page


def test_no_recordings_are_a_page_too():
    tables = {"recordings": Recordings, "stretches": Stretches, "clone_ranks": CloneRanks}
    empty = {name: empty_table(model) for name, model in tables.items()}
    page = render_identifications(empty_table(Identifications), empty, SINGERS, CONFIG)
    assert "no data" in page and "Clones whose" not in page


def test_a_run_prints_verdicts_and_the_ranks_of_clones(identifications, tables):
    text = identification_text(identifications, tables["clone_ranks"])
    assert text.startswith("Who is singing? An indication for a person to weigh, not a truth")
    assert "first: the target in 0, the source in 1 of 1 clones; median rank 2 and 1" in text
    many = pd.concat([identifications] * 20, ignore_index=True)
    assert "and 70 more, see identifications.csv: 20 singer, 20 not enrolled" in identification_text(
        many, empty_table(CloneRanks)
    )
