"""Singers and genres whose names look like something else, from the manifest to the page and to what is printed."""

import html
import re

import numpy as np
import pandas as pd
import pytest
from kedro.framework.project import pipelines
from kedro.runner import SequentialRunner

from real_cloned.api.tables import load_table
from real_cloned.corpora.readers.manifest import read_manifest
from real_cloned.datasets import CSVDataset
from real_cloned.hooks import SummaryHook
from real_cloned.parameters.ingest import CorpusParameters
from real_cloned.reporting.sections.training import training_history_table
from real_cloned.schemas import corpora, results
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.report import TEXT_COLUMNS
from tests.pipelines.study import ONE_ENCODER, Study
from tests.reporting.fabricated import history, prediction, splits, table_of

NAMES = ["nan", "None", "NA", "null", "001", "1e5", "True", "-inf", "N/A", "#N/A", "007.0"]
EMPTY = {
    "confidences": results.Confidences,
    "baseline_predictions": results.Baselines,
    "album_predictions": results.Predictions,
    "track_predictions": results.Predictions,
    "remix_predictions": results.RemixPredictions,
    "similarities": results.Similarities,
    "clone_similarities": results.CloneSimilarities,
    "verification": results.Verification,
    "retrieval": results.Retrieval,
    "stem_comparison": results.StemComparison,
}


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """The report on a manifest with a singer and a genre of each name, of whom every second track is named right."""
    folder = tmp_path_factory.mktemp("own")
    rows = [f"{number}.mp3,{name},{name}" for number, name in enumerate(NAMES)]
    (folder / "manifest.csv").write_text("\n".join(["path,singer_id,genre", *rows]))
    for number in range(len(NAMES)):
        (folder / f"{number}.mp3").touch()
    study = Study(folder, "demo", ONE_ENCODER)
    fill(study, read_manifest(CorpusParameters(name="closed", root=str(folder), split="probe"))[0])
    catalog = study.session().load_context().catalog
    SequentialRunner().run(pipelines["report"], catalog)
    return study


def fill(study, found):
    """Save what the report reads, through the files of the catalog: the tracks found, and what was said of them."""
    catalog = study.session().load_context().catalog
    measures = {"duration_s": 9.0, "sample_rate_hz": 16000, "n_channels": 1, "content_sha256": "0" * 64}
    catalog.save("closed.tracks", found.assign(**measures))
    tracks = catalog.load("closed.tracks")
    catalog.save("closed.splits", splits(tracks, "test"))
    for corpus in ("train", "validation", "cloned", "fma", "mtg"):
        catalog.save(f"{corpus}.tracks", empty_table(corpora.Tracks))
        catalog.save(f"{corpus}.splits", empty_table(corpora.Splits))
    rows = [
        prediction(
            track_id=track["track_id"], true_ids=[track["singer_id"]], genre=track["genre"], language=track["genre"],
            run=run, n_singers=len(tracks), is_top1=bool(number % 2),
        )
        for number, track in enumerate(tracks.to_dict("records"))
        for run in range(2)
    ]  # fmt: skip
    catalog.save("predictions", table_of(rows))
    for name, schema in EMPTY.items():
        catalog.save(name, empty_table(schema))
    embeddings = np.random.default_rng(0).normal(size=(len(tracks), 4)).tolist()
    averages = pd.DataFrame({"variant": "vocal", "singer_id": tracks["singer_id"], "n_tracks": 1, "n_segments": 1})
    catalog.save("singer_averages", averages.assign(embedding=embeddings))
    catalog.save("weights@history", training_history_table({"vocal": history((3.0, 2.5))}))
    catalog.save("rejected_files", pd.DataFrame(columns=["corpus", "stage", "reason", "n"]))
    catalog.save("embeddings@summary", pd.DataFrame(columns=["dataset", "failed_tracks"]))
    catalog.save("rejected_by_separation", pd.DataFrame(columns=["corpus", "track_id", "stage", "reason"]))


@pytest.mark.parametrize("name", NAMES)
def test_a_singer_stands_on_the_page_as_the_manifest_has_it(own, name):
    page = (own.data / "08_reporting" / "report.html").read_text()
    for anchor in ("singers", "singer_map", "figure2", "languages"):
        section = re.search(rf'<section id="{anchor}".*?</section>', page, re.DOTALL)
        cells = [html.unescape(cell) for cell in re.findall(r"<td[^>]*>([^<]*)</td>", section.group())]
        assert name in cells, anchor


def test_tables_read_by_the_catalog_and_without_kedro_hold_every_name(own):
    for read in (own.load, lambda name: load_table(name, own.data)):
        assert sorted(read("singers")["singer_id"]) == sorted(NAMES)
        assert sorted(read("languages")["language"]) == sorted(NAMES)


def test_the_table_that_is_printed_has_every_name(own, capsys):
    SummaryHook().after_pipeline_run(pipelines["report"], own.session().load_context().catalog)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert {words[0] for words in lines if words} >= set(NAMES)


def test_every_csv_file_of_the_catalog_is_read_with_types(own):
    catalog = own.session().load_context().catalog
    whole = sum(pipelines.values(), pipelines["__default__"])
    datasets = [catalog.get(name) for name in whole.datasets() if not name.startswith("params:")]
    tables = [dataset for dataset in datasets if str(getattr(dataset, "_filepath", "")).endswith(".csv")]
    assert all(isinstance(dataset, CSVDataset) for dataset in tables)
    assert {dataset._filepath.stem for dataset in tables} == set(TEXT_COLUMNS)
