"""Hooks: one clear message when a run fails, a summary when it ends, checks of parameters, and the run lock."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

import click
from kedro.framework.cli.utils import KedroCliError
from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.framework.project import pipelines
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline

from real_cloned.core.errors import RealClonedError, storage_message, system_message
from real_cloned.core.executor import use_executor
from real_cloned.core.files import AnyPath, resolve_in
from real_cloned.core.run_lock import RunLock
from real_cloned.core.runtime import use_deterministic_algorithms
from real_cloned.parameters.checks import validate_parameters
from real_cloned.parameters.groups import find_model_faults
from real_cloned.parameters.session import ExecutorParameters
from real_cloned.pipelines.configuration import FAULTS_HEADING
from real_cloned.reporting.sections.training import missing_packages
from real_cloned.reporting.stage_tables import identification_text, top1_table

MAX_PRINTED_SINGERS = 20
"""A list of more singers would push the summary off the screen; it stands in the report's folder."""


class PlainError(KedroCliError):
    """A failure of which the user sees the message, and nothing else."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the message to the standard error stream."""
        click.secho(f"\nThe run stopped: {self.message}", fg="red", err=True, file=file)


class ErrorMessageHook:
    """Turns the errors that a user can put right into one message without a traceback."""

    @hook_impl
    def on_pipeline_error(self, error: Exception) -> None:
        """Raise the message alone where `error` was caused by a RealClonedError, or by what the system refused."""
        message = user_message(error)
        if message is not None:
            raise PlainError(message) from error


def user_message(error: BaseException) -> str | None:
    """Return what a user can do about an error; None if it is a fault of the program."""
    causes = list(_causes(error))
    messages = [str(cause) for cause in causes if isinstance(cause, RealClonedError)]
    messages += filter(None, (system_message(cause) for cause in causes if isinstance(cause, OSError)))
    messages += filter(None, map(storage_message, causes))
    return messages[0] if messages else None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


class ParameterCheckHook:
    """Stops a run before any work where parameters lack a name, hold an unknown one, or do not fit each other."""

    @hook_impl
    def after_catalog_created(self, parameters: dict[str, Any]) -> None:
        """Raise one message with all faults: `kedro status` and notebooks say them too."""
        self._stop(validate_parameters(parameters["parameters"], node_parameters()))

    @hook_impl(tryfirst=True)
    def before_pipeline_run(self, pipeline: Pipeline, catalog: DataCatalog) -> None:
        """Raise one message with the parameters that the nodes to run lack."""
        needed = sorted(name for name in pipeline.inputs() if name.startswith("params:") and name not in catalog)
        self._stop([f"`{name.removeprefix('params:')}` is missing" for name in needed])

    def _stop(self, faults: list[str]) -> None:
        if faults:
            raise PlainError("\n".join([FAULTS_HEADING, *(f"- {fault}" for fault in faults)]))


def node_parameters() -> frozenset[str]:
    """Return the names of all parameters that nodes ask for, such as `audio` and `pretrain.vocal`."""
    inputs = {name for pipeline in pipelines.values() for name in pipeline.inputs()}
    return frozenset(name.removeprefix("params:") for name in inputs if name.startswith("params:"))


class DeterminismHook:
    """Keeps torch to algorithms that give the same numbers each time, where the parameter `deterministic` wants it."""

    @hook_impl
    def after_catalog_created(self, parameters: dict[str, Any]) -> None:
        """Switch it on before anything asks what runs: what was made without it is then made anew."""
        wanted = parameters["parameters"].get("deterministic", False)
        if not isinstance(wanted, bool):
            raise PlainError(f"deterministic: must be true or false, got {wanted!r}")
        if wanted:
            use_deterministic_algorithms()


class ExecutorHook:
    """Lets a run work on what the parameter group `executor` names: tasks of tracks, and trainings of pairs."""

    def __init__(self) -> None:
        self._parameters = ExecutorParameters()
        self._in_use = ExitStack()

    @hook_impl
    def after_catalog_created(self, parameters: dict[str, Any]) -> None:
        """Read the group."""
        group = parameters["parameters"].get("executor", {})
        faults = find_model_faults("executor", ExecutorParameters, group)
        if faults:
            raise PlainError("\n".join([FAULTS_HEADING, *(f"- {fault}" for fault in faults)]))
        self._parameters = ExecutorParameters.model_validate(group)

    @hook_impl(trylast=True)
    def before_pipeline_run(self) -> None:
        """Connect to the cluster if the work goes there, or stop with a message."""
        self._in_use.close()  # a run of this process that was interrupted in a notebook has left it open
        try:
            self._in_use.enter_context(use_executor(self._parameters))
            if self._parameters.backend == "ray":
                self._train_on_ray()
        except RealClonedError as error:
            raise PlainError(str(error)) from error

    def _train_on_ray(self) -> None:
        from real_cloned.training.ray_training import RayTraining, use_ray  # Lightning takes seconds to import

        use_ray(RayTraining(max_failures=self._parameters.retries))
        self._in_use.callback(use_ray, None)

    @hook_impl
    def after_pipeline_run(self) -> None:
        """Leave the cluster."""
        self._in_use.close()

    @hook_impl(tryfirst=True)
    def on_pipeline_error(self) -> None:
        """Leave the cluster before another hook ends the run with a message."""
        self._in_use.close()


class RunLockHook:
    """Keeps a second run out of the data folder of an environment while a first one is at work there.

    Only runs take the lock: Kedro-Viz, notebooks and commands that only read do not.
    """

    def __init__(self) -> None:
        self._folder: AnyPath = Path()
        self._lock: RunLock | None = None

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Remember where the environment's data lie."""
        data = context.config_loader["globals"].get("data")
        if not isinstance(data, str):
            raise PlainError(f"globals (conf/*/globals): `data` must be the folder for what a run makes, got {data!r}")
        try:
            self._folder = resolve_in(context.project_path, data)
        except (ImportError, ValueError) as error:
            raise PlainError(
                f"globals (conf/*/globals, REAL_CLONED_DATA): `data` is {data!r}, and its file system is unknown here "
                f'({error}); for S3: pip install "real_cloned[cluster]"'
            ) from error

    @hook_impl(tryfirst=True)
    def before_pipeline_run(self) -> None:
        """Take the lock, or stop with a message that names who has it."""
        self._release()  # a run of this process that was interrupted in a notebook still has it
        lock = RunLock(self._folder)
        try:
            lock.acquire()
        except RealClonedError as error:
            raise PlainError(str(error)) from error
        self._lock = lock

    @hook_impl
    def after_pipeline_run(self) -> None:
        """Give the lock back."""
        self._release()

    @hook_impl(tryfirst=True)
    def on_pipeline_error(self) -> None:
        """Give the lock back before another hook ends the run with a message."""
        self._release()

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.release()
        self._lock = None


STAGE_TABLES = {
    "corpora@summary": "Ingest",
    "segments@summary": "Vocal filter",
    "stems@summary": "Separation",
    "cover_results": "Covers",
}


class SummaryHook:
    """Prints the table of each stage as it ends, then where the report lies, and the study's question in one table."""

    @hook_impl
    def after_node_run(self, outputs: dict[str, Any]) -> None:
        """Print the table that a stage ends with, and who is singing."""
        if "identifications" in outputs:
            print(f"\n{identification_text(outputs['identifications'], outputs['clone_ranks'])}\n")
        for name in STAGE_TABLES.keys() & outputs.keys():
            table = outputs[name].to_string(index=False, float_format="%.2f", max_colwidth=60)
            print(f"\n{STAGE_TABLES[name]}\n{table}\n")

    @hook_impl
    def after_pipeline_run(self, pipeline: Pipeline, catalog: DataCatalog) -> None:
        """Print the summary when the run has made the report."""
        if "report" not in pipeline.outputs():
            return
        table, singers = top1_table(catalog.load("accuracies")), catalog.load("singers")
        if 0 < len(singers) <= MAX_PRINTED_SINGERS:
            print(f"\nTest tracks named right, in percent of runs\n{singers.to_string(index=False)}")
        elsewhere = "neither closed nor cloned singers were probed; table2_open_datasets.csv has FMA and MTG-Jamendo"
        text = elsewhere if table.empty else table.to_string()
        print(f"\nTop-1 accuracy in percent, mean of all runs\n{text}\n")
        for line in missing_packages(catalog.load("weights@history")):
            print(f"{line}\n")
        print(f"Report: {_location(catalog.get('report'))}")


def _location(dataset: Any) -> str:
    described = dataset._describe()
    address = f"{described['protocol']}://" if described.get("protocol", "file") != "file" else ""
    return f"{address}{described.get('filepath', dataset)}"
