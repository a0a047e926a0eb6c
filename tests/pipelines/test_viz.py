"""What `kedro viz` shows at first: seven stages in a column, and what passes between them."""

import json

import pandas as pd
import pytest
from kedro_viz.api.rest.responses.pipelines import get_pipeline_response
from kedro_viz.data_access import data_access_manager
from kedro_viz.server import load_and_populate_data

from real_cloned.datasets import ParquetDataset
from tests.pipelines.study import ROOT, STAGES

FITS_A_LAPTOP = 41
"""Elements that can still be read at 1280 × 800."""
HANDED_OVER = {"corpora", "segments", "stems", "weights", "embeddings"}
"""One dataset per stage, whatever the number of variants and corpora."""


@pytest.fixture(scope="module")
def graph():
    data_access_manager.reset_fields()
    load_and_populate_data(ROOT)
    return get_pipeline_response("__default__").model_dump(mode="json")


@pytest.fixture(scope="module")
def first_view(graph):
    """Type and name of what is not inside a stage; parameters are hidden until asked for."""
    nodes = {node["id"]: node for node in graph["nodes"]}
    children = [nodes[child["id"]] for child in graph["modular_pipelines"]["__root__"]["children"]]
    return [(node["type"], node["name"]) for node in children if node["type"] != "parameters"]


def test_the_seven_stages_are_collapsed_and_no_node_stands_outside_them(first_view):
    assert {name for kind, name in first_view if kind == "modularPipeline"} == set(STAGES)
    assert [name for kind, name in first_view if kind == "task"] == []


def test_the_first_view_fits_a_laptop(first_view):
    assert {name for _, name in first_view} >= HANDED_OVER
    assert len(first_view) <= FITS_A_LAPTOP


def test_the_stages_are_layers_in_the_order_of_the_paper(graph):
    assert set(graph["layers"]) == {*STAGES, "covers"}  # Kedro-Viz lists the layers of all pipelines
    assert [layer for layer in graph["layers"] if layer != "covers"] == STAGES


def test_a_stage_opens_on_its_variants_and_corpora(graph):
    inside = {name: {child["id"] for child in box["children"]} for name, box in graph["modular_pipelines"].items()}
    assert {"pretrain.vocal", "pretrain.mashup"} <= inside["pretrain"]
    assert {"probe.vocal.closed", "probe.vocal.cloned"} <= inside["probe.vocal"]
    assert {"ingest.closed", "ingest.fma"} <= inside["ingest"]


def test_viz_shows_the_variants_of_the_environment_that_is_asked_for():
    data_access_manager.reset_fields()
    load_and_populate_data(ROOT, env="own")
    names = {node.name for node in get_pipeline_response("__default__").nodes}
    assert "pretrain.mfcc" in names
    assert "pretrain.vocal" not in names  # trained for one's own recordings only where that is asked for


def test_a_table_is_previewed_as_json(tmp_path):
    dataset = ParquetDataset(filepath=str(tmp_path / "predictions.parquet"))
    dataset.save(pd.DataFrame({"track_id": ["a", "b", "c"], "votes": [[0.5, 0.5], [1.0], []]}))
    preview = dataset.preview(nrows=2)
    assert json.loads(json.dumps(preview))["data"] == [["a", "[0.5 0.5]"], ["b", "[1.]"]]
