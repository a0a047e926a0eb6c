"""The notebooks read the tables from the catalog; here, those of the small study."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
TINY_COVERS = {
    "demo": {"duration_s": [4, 4]},
    "cover_demo": {
        "n_works": {"train": 3, "validation": 2, "benchmark": 2},
        "n_noise": 0,
        "n_score_works": 2,
        "duration_s": 4,
    },
    "cover_profiles": {"duration_s": 4.0, "n_frames": 60},
    "siamese": {"pairs_per_batch": 4, "n_validation_pairs": 4, "steps_per_epoch": 2, "max_epochs": 2},
    "cover_encoder": {"works_per_batch": 3, "n_validation_works": 3, "steps_per_epoch": 2, "max_epochs": 2},
    "cover_evaluation": {"qmax_frames": 20, "n_jobs": 1},
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "draws"), [("01_the_study", True), ("02_your_own_singers", False), ("03_clones", True)]
)
def test_the_notebook_runs_from_top_to_bottom(name, draws, study):
    assert has_figure(execute(name, study)) == draws


@pytest.mark.slow
def test_the_pipeline_covers_and_its_notebook_run_from_top_to_bottom_and_the_report_takes_the_table(new_study):
    study = new_study("demo", TINY_COVERS)
    study.run("covers")
    assert len(study.load("cover_results")) == 6
    assert not study.load("cover_results")["mean_average_precision"].isna().any()
    assert (study.data / "08_reporting/cover_map.png").is_file()
    assert study.load("cover_voices").empty  # the study itself was not run
    assert has_figure(execute("04_covers", study))


def execute(name, study):
    """Return a notebook, executed on the data of a study."""
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    assert "%load_ext kedro.ipython" in notebook.cells[1].source
    notebook.cells[1].source += f"\n%reload_kedro --conf-source={study.conf}"
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(NOTEBOOKS)}}).execute()
    return notebook


def has_figure(notebook):
    """Return whether an output of a notebook is a figure."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return any("image/png" in output.get("data", {}) for output in outputs)


def test_notebooks_are_kept_without_output():
    notebooks = [nbformat.read(path, as_version=4) for path in sorted(NOTEBOOKS.glob("*.ipynb"))]
    assert len(notebooks) == 4
    cells = [cell for notebook in notebooks for cell in notebook.cells]
    assert not [cell for cell in cells if cell.get("outputs") or cell.get("execution_count")]
