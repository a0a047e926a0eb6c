"""The notebook reads the tables from the catalog; here, those of the small study."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "01_the_study.ipynb"


@pytest.mark.slow
def test_the_notebook_runs_from_top_to_bottom(study):
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert "%load_ext kedro.ipython" in notebook.cells[1].source
    notebook.cells[1].source += f"\n%reload_kedro --conf-source={study.conf}"
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(NOTEBOOK.parent)}}).execute()
    assert any(
        output.output_type == "execute_result" and "image/png" in output.data
        for cell in notebook.cells
        for output in cell.get("outputs", [])
    )
