"""What a run says to the person who started it: one clear message when it fails, a short summary when it ends."""

import logging
from typing import Any

from kedro.framework.cli.utils import KedroCliError
from kedro.framework.hooks import hook_impl
from kedro.io import DataCatalog, DatasetError
from kedro.pipeline import Pipeline

from real_cloned.errors import RealClonedError

logger = logging.getLogger(__name__)


class PlainErrors:
    """Turns the errors that a user can put right into one message without a traceback."""

    @hook_impl
    def on_pipeline_error(self, error: Exception) -> None:
        """Raise the message alone where `error` was caused by a RealClonedError."""
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, RealClonedError):
            cause = cause.__cause__ or cause.__context__
        if cause is not None:
            raise KedroCliError(str(cause)) from error


class Summary:
    """Prints where the report lies, and the study's question in one small table."""

    @hook_impl
    def after_pipeline_run(self, pipeline: Pipeline, catalog: DataCatalog) -> None:
        """Print the summary when the run has made the report."""
        if "report" not in pipeline.outputs():
            return
        try:
            table = catalog.load("accuracies")
        except DatasetError:
            return
        print(f"\n{_top1(table)}\n\nReport: {_path(catalog.get('report'))}")


def _top1(accuracies: Any) -> str:
    """Top-1 accuracy in percent by variant on closed and cloned, at the largest class count of each."""
    shown = accuracies[accuracies["corpus"].isin(["closed", "cloned"])]
    largest = shown[shown["n_singers"] == shown.groupby("corpus")["n_singers"].transform("max")]
    table = largest.pivot_table(index="variant", columns="corpus", values="top1_mean", sort=False)
    counts = largest.groupby("corpus")["n_singers"].first().to_dict()
    heads = {corpus: f"{corpus} ({counts[corpus]} singers)" for corpus in table.columns}
    return "Top-1 accuracy in percent\n" + table.rename(columns=heads).round(1).to_string(index_names=False)


def _path(dataset: Any) -> Any:
    return getattr(dataset, "_filepath", dataset)
