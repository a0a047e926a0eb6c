"""Rejected files by corpus, stage and reason."""

from real_cloned.reporting.page import render_page
from real_cloned.reporting.sections.rejected_files import rejected_files_table
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
