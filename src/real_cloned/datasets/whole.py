"""Kedro's own datasets for tables, figures and text, whose files are there whole or not at all."""

from errno import EACCES
from pathlib import Path, PurePosixPath
from typing import Any

from kedro.io import DatasetError
from kedro_datasets import matplotlib, pandas, text

from real_cloned.core.errors import RealClonedError
from real_cloned.core.files import OS_ERROR_HINTS, atomic_write


class WrittenWhole:
    """To be mixed into a dataset of one local file: it is written beside its name and then renamed.

    It is no dataset itself: Kedro would then take its constructor for that of the datasets that it is mixed into. What
    cannot be read or written raises RealClonedError, which names the file and the way out.
    """

    _filepath: PurePosixPath
    _partial: Path | None = None

    def load(self) -> Any:
        """Read the file."""
        try:
            return super().load()  # type: ignore[misc]
        except DatasetError as error:
            raise RealClonedError(self._unreadable(error.__cause__ or error)) from error

    def save(self, data: Any) -> None:
        """Write the file, all of it or nothing."""
        self._partial = None  # what a failed save left
        with atomic_write(Path(super()._get_save_path())) as self._partial:  # type: ignore[misc]
            try:
                super().save(data)  # type: ignore[misc]
            except DatasetError as error:
                raise error.__cause__ or error from None
        self._partial = None

    def _get_save_path(self) -> PurePosixPath:
        return PurePosixPath(self._partial) if self._partial else super()._get_save_path()  # type: ignore[misc,no-any-return]

    def _unreadable(self, error: BaseException) -> str:
        if isinstance(error, FileNotFoundError):
            return f"{self._filepath} is not there: run the stage that makes it again"
        if isinstance(error, PermissionError):
            return f"{self._filepath} cannot be read: {OS_ERROR_HINTS[EACCES]}, and run again"
        return f"{self._filepath} is damaged ({error}): delete it and run again"


class ParquetDataset(WrittenWhole, pandas.ParquetDataset):
    """`pandas.ParquetDataset`, written whole.

    YAML: `type: real_cloned.datasets.ParquetDataset`, `filepath`.
    Python: `ParquetDataset(filepath="tracks.parquet").load()`.
    """


class CSVDataset(WrittenWhole, pandas.CSVDataset):
    """`pandas.CSVDataset`, written whole.

    YAML: `type: real_cloned.datasets.CSVDataset`, `filepath`.
    Python: `CSVDataset(filepath="table.csv").load()`.
    """


class MatplotlibDataset(WrittenWhole, matplotlib.MatplotlibDataset):
    """`matplotlib.MatplotlibDataset` of one figure, written whole.

    YAML: `type: real_cloned.datasets.MatplotlibDataset`, `filepath`.
    Python: `MatplotlibDataset(filepath="figure.png").save(figure)`.
    """


class TextDataset(WrittenWhole, text.TextDataset):
    """`text.TextDataset`, written whole.

    YAML: `type: real_cloned.datasets.TextDataset`, `filepath`.
    Python: `TextDataset(filepath="report.html").load()`.
    """
