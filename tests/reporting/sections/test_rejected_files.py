"""Rejected files by corpus, stage and reason."""

import pandas as pd

from real_cloned.reporting.page import render_page
from real_cloned.reporting.sections.base import ReportData
from real_cloned.reporting.sections.rejected_files import rejected_files_table, section
from real_cloned.reporting.stage_tables import rejected_tracks_table
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.corpora import Rejected
from tests.reporting.fabricated import parameters, rejected


def test_rejected_files_are_counted_by_corpus_stage_and_reason() -> None:
    table = rejected_files_table({"fma": rejected({"silent": 1}), "train": rejected({"silent": 1, "short": 2})})
    assert table.values.tolist() == [
        ["train", "ingest", "short", 2],
        ["train", "ingest", "silent", 1],
        ["fma", "ingest", "silent", 1],
    ]
    assert rejected_files_table({"fma": empty_table(Rejected)}).empty


def test_rare_reasons_are_left_out_when_there_are_very_many() -> None:
    many = rejected_files_table({"train": rejected({f"reason {k}": 1 + (k == 59) for k in range(60)})})
    page = render_page(parameters(), {}, {"rejected_files": many})
    assert "The 40 most frequent reasons of 60 are shown." in page and "reason 59" in page


def test_tracks_that_could_not_be_separated_are_counted_with_the_others():
    index = pd.DataFrame({"track_id": ["a", "b", "b", "c"], "stem": ["vocals", "vocals", "accompaniment", "vocals"]})
    index = index.assign(n_samples=[9, 0, 0, 0], reason=[None, "crashed: twice", "crashed: twice", "failed: Error (x)"])
    rows = rejected_tracks_table({"fma": index, "train": index[:1].drop(columns="reason")})
    assert rows.values.tolist() == [
        ["fma", "b", "separation", "crashed: twice"],
        ["fma", "c", "separation", "failed: Error (x)"],
    ]
    files = rejected_files_table({"fma": rejected({"silent": 3}), "train": rejected({"short": 2})})
    for before, total in ((files, 7), (pd.DataFrame(), 2)):
        shown = section(ReportData(parameters(), {"rejected_files": before, "rejected_by_separation": rows}))
        assert shown.text.startswith(f"{total} files or tracks")
        assert "crashed" in str(shown.tables[0])
        assert "separation" in str(shown.tables[0])
    names, n_failed = ["vocal.closed.embeddings", "vocal.fma.stem_embeddings", "mixture.fma.embeddings"], [0, 1, 2]
    embeddings = pd.DataFrame({"dataset": names, "failed_tracks": n_failed})
    tables = {"rejected_files": files, "rejected_by_separation": rows, "embeddings": embeddings}
    shown = section(ReportData(parameters(), tables))
    assert shown.text.startswith("10 files or tracks")
    assert "failed: vocal (stem embeddings)" in str(shown.tables[0])
    assert "failed: mixture (embeddings)" in str(shown.tables[0])
    earlier = {**tables, "embeddings": embeddings[["dataset"]]}  # of a version that counted no failures
    assert section(ReportData(parameters(), earlier)).text.startswith("7 files or tracks")
    assert "0 files" in section(ReportData(parameters(), {"rejected_by_separation": rows[:0]})).text
