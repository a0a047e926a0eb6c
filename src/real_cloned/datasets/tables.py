"""Kedro's own datasets for tables, figures and text, with files that are written atomically."""

from errno import EACCES
from pathlib import Path, PurePosixPath
from typing import Any

from fsspec import AbstractFileSystem
from kedro.io import DatasetError
from kedro_datasets import matplotlib, pandas, text
from kedro_datasets._typing import TablePreview
from pandas import DataFrame
from pyarrow.parquet import ParquetFile

from real_cloned.core.errors import OS_ERROR_HINTS, RealClonedError
from real_cloned.core.files import atomic_write
from real_cloned.schemas.report import check_types, csv_options


class AtomicWriteMixin:
    """Makes a dataset of one file write to a file beside it, which is renamed once it is complete.

    On a remote file system it writes in a transaction of fsspec's.

    It is no dataset itself, because Kedro would then take its constructor for that of the datasets that use it.
    """

    _filepath: PurePosixPath
    _protocol: str
    _fs: AbstractFileSystem
    _partial: Path | None = None

    def load(self) -> Any:
        """Return what is in the file.

        Raises:
            RealClonedError: If the file is missing, damaged, or cannot be read; with its name and what to do.
        """
        try:
            return super().load()  # type: ignore[misc]
        except DatasetError as error:
            raise RealClonedError(self._load_error(error.__cause__ or error)) from error

    def save(self, data: Any) -> None:
        """Write the file; if that fails, the old file stays as it was.

        Args:
            data: What the dataset holds.

        Raises:
            RealClonedError: If the file cannot be written; with its name and what to do.
        """
        self._partial = None  # what a failed save left
        is_local = self._protocol == "file"
        unfinished = atomic_write(Path(super()._get_save_path())) if is_local else self._fs.transaction  # type: ignore[misc]
        with unfinished as partial:
            self._partial = partial if is_local else None
            try:
                super().save(data)  # type: ignore[misc]
            except DatasetError as error:
                raise error.__cause__ or error from None
        self._partial = None

    def _get_save_path(self) -> PurePosixPath:
        return PurePosixPath(self._partial) if self._partial else super()._get_save_path()  # type: ignore[misc,no-any-return]

    def _load_error(self, error: BaseException) -> str:
        if isinstance(error, FileNotFoundError):
            return f"{self._filepath} is not there: run the stage that makes it again"
        if isinstance(error, PermissionError):
            return f"{self._filepath} cannot be read: {OS_ERROR_HINTS[EACCES]}, and run again"
        return f"{self._filepath} is damaged ({error}): delete it and run again"


class ParquetDataset(AtomicWriteMixin, pandas.ParquetDataset):
    """`kedro_datasets.pandas.ParquetDataset`, written atomically; arguments as there.

    Example:
        In YAML:

        ```yaml
        closed.tracks:
          type: real_cloned.datasets.ParquetDataset
          filepath: data/03_primary/closed/tracks.parquet
        ```

        In Python:

        >>> from tempfile import mkdtemp
        >>> import pandas as pd
        >>> dataset = ParquetDataset(filepath=f"{mkdtemp()}/tracks.parquet")
        >>> dataset.save(pd.DataFrame({"track_id": ["a", "b"]}))
        >>> dataset.load().shape
        (2, 1)
    """

    def preview(self, nrows: int = 20) -> TablePreview:
        """Return the first rows for Kedro-Viz, every value as text.

        Args:
            nrows: How many rows.
        """
        with self._fs.open(str(self._filepath), "rb") as file:
            batch = next(ParquetFile(file).iter_batches(batch_size=nrows), None)
        rows = self.load().head(0) if batch is None else batch.to_pandas()
        preview: TablePreview = rows.astype(str).to_dict(orient="split")
        return preview


class CSVDataset(AtomicWriteMixin, pandas.CSVDataset):
    """`kedro_datasets.pandas.CSVDataset`, written atomically and read with types; other arguments as there.

    Which columns hold text is looked up in `schemas.report.TEXT_COLUMNS`, by the name of the file.

    Args:
        filepath: Of the file.
        **options: Arguments of Kedro's class.

    Raises:
        RealClonedError: No table of this name is known.

    Example:
        In YAML:

        ```yaml
        singers:
          type: real_cloned.datasets.CSVDataset
          filepath: data/08_reporting/singers.csv
        ```

        In Python:

        >>> from tempfile import mkdtemp
        >>> import pandas as pd
        >>> dataset = CSVDataset(filepath=f"{mkdtemp()}/singers.csv", save_args={"index": False})
        >>> dataset.save(pd.DataFrame({"singer_id": ["001", "nan"], "vocal": [80.0, None]}))
        >>> dataset.load().values.tolist()
        [['001', 80.0], ['nan', nan]]
    """

    def __init__(self, *, filepath: str, **options: Any):
        load_args = {**(options.pop("load_args", None) or {}), **csv_options(filepath)}
        super().__init__(filepath=filepath, load_args=load_args, **options)

    def load(self) -> DataFrame:
        """Return the table.

        Raises:
            RealClonedError: If the file is missing, damaged, or cannot be read; with its name and what to do.
        """
        table: DataFrame = super().load()
        check_types(table, self._filepath)
        return table

    def save(self, data: DataFrame) -> None:
        """Write the table; if that fails, the old file stays as it was.

        Args:
            data: The table.

        Raises:
            RealClonedError: If a column holds text that is not known to, or the file cannot be written.
        """
        check_types(data, self._filepath)
        super().save(data)


class OptionalTableMixin:
    """A table that need not be there, as one that another pipeline makes; an empty table stands for it.

    Args:
        columns: Columns of the empty table, which one that is there must have too.
        **options: Arguments of the dataset.
    """

    def __init__(self, *, columns: list[str], **options: Any):
        super().__init__(**options)
        self._columns = columns

    def load(self) -> DataFrame:
        """Return the table; an empty one where there is no file.

        Raises:
            RealClonedError: If the file is damaged, cannot be read or lacks a column; with its name and what to do.
        """
        if not self.exists():  # type: ignore[attr-defined]
            return DataFrame(columns=self._columns)
        table: DataFrame = super().load()  # type: ignore[misc]
        missing = [column for column in self._columns if column not in table]
        if missing:
            file = self._filepath  # type: ignore[attr-defined]
            raise RealClonedError(f"{file} lacks the columns {', '.join(missing)}: delete it, or make it again")
        return table


class OptionalCSVDataset(OptionalTableMixin, CSVDataset):
    """A CSV file that need not be there; arguments as `OptionalTableMixin` and `CSVDataset`.

    Example:
        In YAML:

        ```yaml
        pretraining_seeds:
          type: real_cloned.datasets.OptionalCSVDataset
          columns: [variant, seed, top1]
          filepath: data/07_model_output/pretraining_seeds.csv
        ```

        In Python:

        >>> dataset = OptionalCSVDataset(columns=["variant", "top1"], filepath="pretraining_seeds.csv")
        >>> list(dataset.load()), len(dataset.load())
        (['variant', 'top1'], 0)
    """


class OptionalParquetDataset(OptionalTableMixin, ParquetDataset):
    """A Parquet file that need not be there; arguments as `OptionalTableMixin` and `ParquetDataset`.

    Example:
        In YAML:

        ```yaml
        covers.predictions:
          type: real_cloned.datasets.OptionalParquetDataset
          columns: [variant, track_id]
          filepath: data/08_reporting/predictions.parquet
        ```

        In Python:

        >>> dataset = OptionalParquetDataset(columns=["variant", "track_id"], filepath="predictions.parquet")
        >>> list(dataset.load()), len(dataset.load())
        (['variant', 'track_id'], 0)
    """


class MatplotlibDataset(AtomicWriteMixin, matplotlib.MatplotlibDataset):
    """`kedro_datasets.matplotlib.MatplotlibDataset` of one figure, written atomically; arguments as there.

    Example:
        In YAML:

        ```yaml
        figure1:
          type: real_cloned.datasets.MatplotlibDataset
          filepath: data/08_reporting/figure1.png
        ```

        In Python:

        >>> from tempfile import mkdtemp
        >>> from matplotlib.figure import Figure
        >>> dataset = MatplotlibDataset(filepath=f"{mkdtemp()}/figure.png")
        >>> dataset.save(Figure())
        >>> dataset.exists()
        True
    """


class TextDataset(AtomicWriteMixin, text.TextDataset):
    """`kedro_datasets.text.TextDataset`, written atomically; arguments as there.

    Example:
        In YAML:

        ```yaml
        report:
          type: real_cloned.datasets.TextDataset
          filepath: data/08_reporting/report.html
        ```

        In Python:

        >>> from tempfile import mkdtemp
        >>> dataset = TextDataset(filepath=f"{mkdtemp()}/report.html")
        >>> dataset.save("<html></html>")
        >>> dataset.load()
        '<html></html>'
    """
