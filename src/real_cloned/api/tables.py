"""The tables that a study leaves, read without Kedro."""

from pathlib import Path

import pandas as pd

from real_cloned.core.errors import RealClonedError
from real_cloned.core.files import AnyPath, local_copy, resolve_path
from real_cloned.schemas.report import TEXT_COLUMNS, csv_options

FOLDERS = ("08_reporting", "07_model_output")
"""Where tables of all variants and corpora lie, in the folder of a project's data."""


def load_table(name: str, data: str | Path = "data") -> pd.DataFrame:
    """Return a table of the report, or of the results of all probes (docs/tables.md lists them).

    Args:
        name: Of its file without the suffix, such as `accuracies`, `predictions` or `figure1_closed_cloned`.
        data: Where the project keeps its data: `data` for the demo, `data/own` for `--env=own`.

    Raises:
        RealClonedError: There is no such table.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import mkdtemp
        >>> folder = Path(mkdtemp())
        >>> (folder / "08_reporting").mkdir()
        >>> _ = (folder / "08_reporting" / "accuracies.csv").write_text("variant,top1_mean\\nvocal,82.0\\n")
        >>> load_table("accuracies", folder)["top1_mean"].tolist()
        [82.0]
    """
    files = {
        file.stem: file
        for folder in reversed(FOLDERS)
        for file in _files(resolve_path(str(data)) / folder)
        if file.suffix == ".parquet" or (file.suffix == ".csv" and file.stem in TEXT_COLUMNS)
    }
    if name not in files:
        raise RealClonedError(
            f"there is no table `{name}` in {data}; there are {', '.join(sorted(files)) or 'none'}: "
            "run `kedro run` first"
        )
    if files[name].suffix == ".parquet":
        return pd.read_parquet(local_copy(files[name]))
    table: pd.DataFrame = pd.read_csv(local_copy(files[name]), **csv_options(str(files[name])))
    return table


def _files(folder: AnyPath) -> list[AnyPath]:
    found: list[AnyPath] = [*folder.glob("*")]
    return sorted(found, key=str)
