"""What a node is made of: tags for raw files, files that parameters name, code of functions and of dataset classes."""

from functools import partial

import pytest
from kedro.io import DataCatalog
from kedro.pipeline import Node, Pipeline

from real_cloned.core.installed_weights import OF_FAMILY, InstalledWeights
from real_cloned.incremental.catalog_state import CatalogState
from real_cloned.incremental.ledger import Ledger
from real_cloned.incremental.state import READS_RAW_FILES, WRITES_RAW_FILES, PipelineState

from .conftest import touch


def copy(first, second=None):
    return first


@pytest.fixture
def state_of(tmp_path, monkeypatch):
    """A function that returns the state of a node, whose catalog has `first`, `same` of one file, and `other`."""
    monkeypatch.setattr("real_cloned.incremental.state._parameter_types", dict)
    monkeypatch.setattr("kedro.framework.project.PACKAGE_NAME", "real_cloned")
    (tmp_path / "music").mkdir()
    (tmp_path / "music" / "song.mp3").write_text("sound")
    (tmp_path / "splits.csv").write_text("track")

    def state(node, corpus=None, by_content=False):
        files = {"first": "first", "same": "first", "other": "other"}
        config = {
            name: {"type": "real_cloned.datasets.TextDataset", "filepath": str(tmp_path / f"{file}.txt")}
            for name, file in files.items()
        }
        catalog = DataCatalog.from_config(config)
        catalog["params:corpus"] = corpus or {"root": str(tmp_path / "music"), "splits": str(tmp_path / "splits.csv")}
        catalog_state = CatalogState(Pipeline([node]), catalog, Ledger(tmp_path / "ledger.json"))
        return PipelineState(catalog, catalog_state, by_content=by_content).node_state(node)

    return state


def node(inputs="params:corpus", outputs="other", **options):
    return Node(copy, inputs, outputs, name="copy", **options)


def test_a_node_reads_and_writes_the_root_folder_of_its_parameters_only_by_its_tags(state_of, tmp_path):
    root = str(tmp_path / "music")
    reader, writer, neither = (state_of(node(tags=tags)) for tags in (READS_RAW_FILES, WRITES_RAW_FILES, None))
    assert (reader.reads_folders, reader.writes_folders) == ((root,), ())
    assert (writer.reads_folders, writer.writes_folders) == ((), (root,))
    assert (neither.reads_folders, neither.writes_folders) == ((), ())
    assert root not in neither.own_fingerprint["files"]
    assert writer.own_fingerprint["files"][root] == "exists"


def test_files_that_parameters_name_count_for_every_node(state_of, tmp_path):
    before = state_of(node()).own_fingerprint["files"]
    touch(tmp_path / "splits.csv")
    after = state_of(node()).own_fingerprint["files"]
    assert before.keys() == after.keys() == {str(tmp_path / "splits.csv")} and before != after


@pytest.mark.parametrize(
    ("weights", "counts"), [("auto", True), ("installed", True), ("other.pt", False), (None, False)]
)
def test_weights_in_an_installed_package_count_where_a_parameter_takes_them(state_of, monkeypatch, weights, counts):
    monkeypatch.setitem(OF_FAMILY, "campplus", InstalledWeights("torch", "1.0", "torch/version.py"))
    files = state_of(node(), {"family": "campplus", "weights": weights}).own_fingerprint["files"]
    assert ("torch/version.py" in files) == counts
    monkeypatch.setitem(OF_FAMILY, "campplus", InstalledWeights("torch", "1.0", "torch/functional.py"))
    others = state_of(node(), {"family": "campplus", "weights": weights}).own_fingerprint["files"]
    assert (list(files.values()) != list(others.values())) == counts


def test_the_classes_of_datasets_are_code_of_the_nodes_that_use_them(state_of):
    assert "datasets/tables.py" in state_of(node()).own_fingerprint["code"]


def test_a_node_that_reads_and_writes_one_file_keeps_both_names(state_of):
    assert state_of(node(inputs="same", outputs="first")).inputs == ("same",)


def test_the_arguments_of_a_partial_function_count(state_of):
    bound = [
        state_of(Node(partial(copy, second=value), "other", "first", name="copy")).own_fingerprint["wiring"]["bound"]
        for value in (1, 2)
    ]
    assert bound[0] != bound[1]


def test_what_every_track_is_made_from_holds_neither_a_corpus_nor_its_files_but_code_and_other_parameters(
    state_of, tmp_path
):
    root = str(tmp_path / "music")
    corpora = [{"root": root, "splits": str(tmp_path / "splits.csv"), "share": share} for share in (0.1, 0.2)]
    reader = node(tags=READS_RAW_FILES)
    first, second = (state_of(reader, corpus).shared_fingerprint for corpus in corpora)
    touch(tmp_path / "music" / "song.mp3")
    touch(tmp_path / "splits.csv")
    assert first == second == state_of(reader, corpora[0]).shared_fingerprint
    assert first["code"] and first["files"] == first["parameters"] == {}
    settings = [{"weights": str(tmp_path / "splits.csv"), "rate": rate} for rate in (1, 2)]
    others = [state_of(node(), setting).shared_fingerprint for setting in settings]
    touch(tmp_path / "splits.csv")
    others.append(state_of(node(), settings[0]).shared_fingerprint)
    assert others[0] != others[1] and others[0]["parameters"] == others[2]["parameters"] and others[0] != others[2]
