"""The tables that a run prints."""

import pandas as pd
import pytest

from real_cloned.reporting.stage_tables import filter_table, ingest_table, separation_table, top1_table
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.corpora import Rejected, Segments, Splits, Tracks

NOTHING = {
    "tracks": empty_table(Tracks),
    "splits": empty_table(Splits),
    "segments": empty_table(Segments),
    "rejected": empty_table(Rejected),
}


def tracks(*singers, duration_s=1800.0):
    rows = [{"track_id": f"t{n}", "singer_ids": list(ids), "duration_s": duration_s} for n, ids in enumerate(singers)]
    return pd.DataFrame(rows)


def rejected(*reasons, stage="ingest"):
    return pd.DataFrame(
        {"track_id": None, "path": [f"{n}.mp3" for n in range(len(reasons))], "stage": stage, "reason": reasons}
    )


def test_ingest_counts_what_was_found_and_names_each_kind_of_reason_once():
    bad = rejected("silent: it stays below -60 dB", "copy: bit-identical to a", "copy: bit-identical to b", "empty")
    table = ingest_table(
        {"closed": tracks("a", "ab", "c"), "fma": NOTHING["tracks"]},
        {"closed": bad, "fma": NOTHING["rejected"]},
        {"closed": 2, "fma": 0},
    )
    assert table.to_dict("records") == [
        {
            "corpus": "closed",
            "found": 7,
            "kept": 3,
            "rejected": 4,
            "reasons": "copy 2; silent 1; empty 1",
            "near_duplicates": 2,
            "singers": 3,
            "hours": 1.5,
        }
    ]


def test_a_corpus_of_which_everything_was_left_out_is_shown():
    table = ingest_table({"mtg": NOTHING["tracks"]}, {"mtg": rejected("empty")}, {"mtg": "not fingerprinted"})
    assert table[["found", "kept", "singers"]].values.tolist() == [[1, 0, 0]]


def test_the_filter_counts_its_own_rejections_and_the_segments_of_used_tracks():
    bad = pd.concat([rejected("empty"), rejected("too little singing: 3% of its windows", stage="vocal_filter")])
    tables = {
        "tracks": tracks("a", "b", "c"),
        "splits": pd.DataFrame({"track_id": ["t0", "t1"], "role": "train"}),
        "segments": pd.DataFrame({"track_id": ["t0", "t0", "t1", "t2"], "offset_s": 0.0, "vocal_probability": 1.0}),
        "rejected": bad,
    }
    columns = [{"closed": tables[name], "fma": NOTHING[name]} for name in NOTHING]
    assert filter_table(*columns).to_dict("records") == [
        {
            **{"corpus": "closed", "tracks": 3, "used": 2, "rejected": 1, "reasons": "too little singing 1"},
            **{"singers": 2, "segments": 3, "hours": 1.0},
        }
    ]


def test_separation_gives_hours_by_stem_and_who_separated():
    index = pd.DataFrame(
        {"track_id": ["a", "a", "b"], "stem": ["vocals", "accompaniment", "vocals"], "n_samples": 3600}
    ).assign(separator="spleeter")
    table = separation_table({"closed": index, "fma": index[:0]}, {"closed": 2, "fma": 2})
    assert table.to_dict("records") == [
        {
            **{"corpus": "closed", "separator": "spleeter", "tracks": 2},
            **{"vocals_hours": pytest.approx(1.0), "accompaniment_hours": pytest.approx(0.5)},
        }
    ]


def test_where_no_corpus_is_there_the_tables_have_no_rows():
    none = {name: {"fma": table} for name, table in NOTHING.items()}
    assert ingest_table(none["tracks"], none["rejected"], {"fma": 0}).empty
    assert filter_table(*none.values()).empty


def test_the_summary_shows_closed_and_cloned_at_their_largest_class_counts():
    table = pd.DataFrame(
        [
            ("vocal", "closed", 10, 90.0),
            ("vocal", "closed", 40, 80.04),
            ("vocal", "cloned", 20, 30.0),
            ("vocal", "fma", 9, 1.0),
        ],
        columns=["variant", "corpus", "n_singers", "top1_mean"],
    )
    assert top1_table(table).to_dict() == {
        "closed (40 singers)": {"vocal": 80.0},
        "cloned (20 singers)": {"vocal": 30.0},
    }
