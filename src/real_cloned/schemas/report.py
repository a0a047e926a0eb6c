"""Which columns of the CSV tables hold text. A CSV file does not say it, and pandas would guess.

A guess turns the singer `001` into 1, `1e5` into 100000.0, and `nan`, `None`, `NA` and `null` into missing values. So
what reads a table of the study as CSV asks here, and so does what writes one: columns that are not named hold numbers
or booleans.
"""

from pathlib import PurePath
from typing import Any

import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from real_cloned.core.errors import RealClonedError

TEXT_COLUMNS: dict[str, tuple[str, ...]] = {
    "accuracies": ("variant", "corpus"),
    "album_split": ("variant", "corpus"),
    "baselines": ("variant", "corpus", "method"),
    "calibration": ("variant", "corpus"),
    "clone_calibration": ("variant", "corpus", "clone_method", "fitted_to"),
    "clone_ranks": ("track_id", "target_ids", "source_id"),
    "comparisons": ("corpus", "variant", "other", "question"),
    "context": ("variant", "accompaniment"),
    "cover_map": ("work_id", "performance_id"),
    "cover_results": ("method",),
    "cover_voices": ("corpus", "track_id", "nearest_id", "known_singers", "named", "mark", "method"),
    "cross_synthesis": ("variant", "clone_method"),
    "embeddings": ("dataset",),
    "enrolled_singers": ("singer_id",),
    "figure1_closed_cloned": ("variant", "corpus"),
    "figure2_genres": ("genre",),
    "figure3_training_tracks": ("bucket",),
    "figure4_similarity": ("variant", "reference"),
    "filter_summary": ("corpus", "reasons"),
    "identifications": ("track_id", "verdict", "singer_id", "top5_ids", "top5_probabilities", "reason"),
    "ingest_summary": ("corpus", "reasons", "near_duplicates"),
    "languages": ("language",),
    "not_enrolled": ("variant",),
    "pretraining_seeds": ("variant", "corpus"),
    "rejected_by_separation": ("corpus", "track_id", "stage", "reason"),
    "rejected_files": ("corpus", "stage", "reason"),
    "reliability": ("variant", "corpus", "scaling"),
    "retrieval": ("variant", "queries"),
    "separation_summary": ("corpus", "separator"),
    "singer_map": ("variant", "singer_id"),
    "singers": ("singer_id",),
    "stem_comparison": ("variant", "stem"),
    "table1_datasets": ("corpus",),
    "table2_open_datasets": ("corpus", "model"),
    "table3_prior_work": ("method", "dataset"),
    "test_tracks": ("track_id", "singer_id", "variant", "named"),
    "training_history": ("variant", "missing"),
    "verification": ("variant", "trials"),
}
"""By the name of the file without its suffix."""


def csv_options(file: str | PurePath) -> dict[str, Any]:
    """Return the options with which `pandas.read_csv` reads a table of the study: text stays as it was written.

    Args:
        file: Its path; the name is looked up in TEXT_COLUMNS.

    Raises:
        RealClonedError: There is no such name.

    Example:
        >>> from io import StringIO
        >>> pd.read_csv(StringIO("singer_id,vocal\\n001,80.0\\nNone,\\n"), **csv_options("singers.csv")).values.tolist()
        [['001', 80.0], ['None', nan]]
    """
    text = _text_columns(file)
    return {"dtype": dict.fromkeys(text, "str"), "keep_default_na": False, "na_values": [""]}


def check_types(table: pd.DataFrame, file: str | PurePath) -> None:
    """Check that every column of a table that is not named in TEXT_COLUMNS holds numbers or booleans.

    Args:
        table: The table, before it is written or after it was read.
        file: Its path.

    Raises:
        RealClonedError: There is no such name, or another column holds text.
    """
    text = _text_columns(file)
    for name, column in table.items():
        known = column.dropna().infer_objects()
        if name not in text and len(known) and not (is_numeric_dtype(known) or is_bool_dtype(known)):
            raise RealClonedError(
                f"{file}: the column {name} holds {known.iloc[0]!r}, which is no number; if it is one of text, it has "
                "to be named in real_cloned.schemas.report.TEXT_COLUMNS"
            )


def _text_columns(file: str | PurePath) -> tuple[str, ...]:
    stem = PurePath(file).stem
    if stem not in TEXT_COLUMNS:
        raise RealClonedError(
            f"{file}: real_cloned.schemas.report.TEXT_COLUMNS has no table {stem}, so nobody knows which of its "
            "columns are text"
        )
    return TEXT_COLUMNS[stem]
