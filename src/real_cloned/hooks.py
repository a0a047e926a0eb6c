"""What a run says to the person who started it: one clear message when it fails, a short summary when it ends."""

from typing import IO, Any

import click
from kedro.framework.cli.utils import KedroCliError
from kedro.framework.hooks import hook_impl
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline

from real_cloned.errors import RealClonedError
from real_cloned.reporting.findings import top1_table

MOST_SINGERS = 20
"""A list of more singers would push the summary off the screen; it stands in the report's folder."""


class PlainError(KedroCliError):
    """A failure of which the user sees the message, and nothing else."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the message to the standard error stream."""
        click.secho(f"\nThe run stopped: {self.message}", fg="red", err=True, file=file)


class PlainErrors:
    """Turns the errors that a user can put right into one message without a traceback."""

    @hook_impl
    def on_pipeline_error(self, error: Exception) -> None:
        """Raise the message alone where `error` was caused by a RealClonedError."""
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, RealClonedError):
            cause = cause.__cause__ or cause.__context__
        if cause is not None:
            raise PlainError(str(cause)) from error


STAGE_TABLES = {"ingest_summary": "Ingest", "filter_summary": "Vocal filter", "separation_summary": "Separation"}


class Summary:
    """Prints the table of each stage as it ends, then where the report lies, and the study's question in one table."""

    @hook_impl
    def after_node_run(self, outputs: dict[str, Any]) -> None:
        """Print the table that a stage ends with."""
        for name in STAGE_TABLES.keys() & outputs.keys():
            table = outputs[name].to_string(index=False, float_format="%.2f", max_colwidth=60)
            print(f"\n{STAGE_TABLES[name]}\n{table}\n")

    @hook_impl
    def after_pipeline_run(self, pipeline: Pipeline, catalog: DataCatalog) -> None:
        """Print the summary when the run has made the report."""
        if "report" not in pipeline.outputs():
            return
        table, singers = top1_table(catalog.load("accuracies")), catalog.load("singers")
        if 0 < len(singers) <= MOST_SINGERS:
            print(f"\nTest tracks named right, in percent of runs\n{singers.to_string(index=False)}")
        text = "no corpus was probed" if table.empty else table.to_string()
        print(f"\nTop-1 accuracy in percent, mean of all runs\n{text}\n\nReport: {_location(catalog.get('report'))}")


def _location(dataset: Any) -> str:
    return str(dataset._describe().get("filepath", dataset))
