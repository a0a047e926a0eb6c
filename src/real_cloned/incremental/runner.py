"""Kedro's sequential runner and its session, which run only the nodes that are not up to date.

The record of an output is removed from the ledger before its node runs, and written after the output is stored:
wherever a run is stopped in between, the next one makes the output again.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from inspect import signature
from pathlib import Path
from typing import Any

from kedro.framework.context import KedroContext
from kedro.framework.project import pipelines
from kedro.framework.session import KedroSession
from kedro.io import CatalogProtocol
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node
from kedro.runner import AbstractRunner, SequentialRunner
from kedro.runner.task import Task
from pluggy import PluginManager

from real_cloned.core.runtime import return_freed_memory
from real_cloned.incremental.fingerprint import digest, snapshot
from real_cloned.incremental.ledger import OutputRecord
from real_cloned.incremental.plan import RunPlan, in_memory_content, rerun_text
from real_cloned.incremental.state import NodeState
from real_cloned.incremental.upstream import stale_upstream
from real_cloned.pipelines.selection import Selection


class IncrementalSession(KedroSession):
    """A KedroSession that runs only what is not up to date; runners other than the sequential one are left alone.

    A project's settings name it as `SESSION_CLASS`.
    """

    _selection: Selection | None = None

    def run(
        self,
        pipeline_name: str | None = None,
        pipeline_names: list[str] | None = None,
        tags: Iterable[str] | None = None,
        runner: AbstractRunner | None = None,
        node_names: Iterable[str] | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """Run as KedroSession does, and return what it returns.

        Args:
            pipeline_name: As in KedroSession.
            pipeline_names: As in KedroSession.
            tags: As in KedroSession.
            runner: As in KedroSession; by default, and in place of a SequentialRunner, an IncrementalRunner.
            node_names: As in KedroSession; these nodes run even if they are up to date.
            *args: As in KedroSession.
            **kwargs: As in KedroSession.
        """
        call = signature(super().run).bind(pipeline_name, pipeline_names, tags, runner, node_names, *args, **kwargs)
        names = pipeline_names or ([pipeline_name] if pipeline_name else [])
        self._selection = Selection.from_arguments(names, call.arguments)
        forced = tuple(node_names or ())
        if runner is None or type(runner) is SequentialRunner:
            is_async = getattr(runner, "_is_async", False)  # where `kedro run --async` leaves it
            project_path = Path(self.store["project_path"])
            runner = IncrementalRunner(forced, project_path, is_async, lambda: pipelines["__default__"])
        else:
            print(f"{type(runner).__name__} runs all nodes: only the sequential runner knows which are up to date")
        outputs: dict[str, Any] = super().run(pipeline_name, pipeline_names, tags, runner, forced, *args, **kwargs)
        return outputs

    def load_context(self) -> KedroContext:
        """Return the context, after a check that what a run is asked for is there: Kedro itself would not say it well.

        Raises:
            RealClonedError: The run asks for a pipeline, node, tag, namespace or dataset that there is not.
        """
        context = super().load_context()
        if self._selection is not None:
            self._selection.select(pipelines)
        return context


class IncrementalRunner(SequentialRunner):
    """Kedro's SequentialRunner, which leaves out the nodes whose stored outputs are what they would make.

    Args:
        forced: Names of nodes that run even if they are up to date.
        project_path: The folder that the ledger's path starts from.
        is_async: As in SequentialRunner.
        whole: Returns all nodes of the project, of which a run may be asked for a part; by default there are no others.
    """

    def __init__(
        self,
        forced: Iterable[str] = (),
        project_path: Path = Path(),
        is_async: bool = False,
        whole: Callable[[], Pipeline] = lambda: Pipeline([]),
    ):
        super().__init__(is_async=is_async)
        self._forced, self._project_path, self._whole = frozenset(forced), project_path, whole

    def __str__(self) -> str:
        """Return what Kedro-Viz looks for: it shows only the runs of what calls itself a sequential runner."""
        return f"<{type(self).__name__}, a kedro.runner.sequential_runner.SequentialRunner object>"

    def run(
        self,
        pipeline: Pipeline,
        catalog: CatalogProtocol,
        hook_manager: PluginManager | None = None,
        run_id: str | None = None,
        only_missing_outputs: bool = False,
    ) -> dict[str, Any]:
        """Run what is not up to date, and return the outputs of the whole pipeline, as Kedro's runners do.

        Args:
            pipeline: The pipeline.
            catalog: Its catalog, with the parameters of the group `incremental`.
            hook_manager: As in SequentialRunner.
            run_id: As in SequentialRunner.
            only_missing_outputs: Choose nodes by Kedro's own rule, which looks only at whether outputs exist.

        Raises:
            RealClonedError: If a parameter of `incremental` is wrong, or a file cannot be read.
        """
        follows_plan = not only_missing_outputs
        with snapshot():
            plan = RunPlan(pipeline, catalog, self._forced, self._project_path)
            self._progress = _Progress(plan, follows_plan=follows_plan)
            whole = self._whole() if follows_plan else Pipeline([])
            warnings = stale_upstream(pipeline, whole, catalog, self._project_path)
        if only_missing_outputs:
            super().run(pipeline, catalog, hook_manager, run_id, only_missing_outputs)
        else:
            print("\n".join([*warnings, str(plan)]))
            if plan.reasons:
                super().run(pipeline.filter(node_names=list(plan.reasons)), catalog, hook_manager, run_id)
        return {name: catalog[name] for name in pipeline.outputs()}

    def _run(
        self,
        pipeline: Pipeline,
        catalog: CatalogProtocol,
        hook_manager: PluginManager | None = None,
        run_id: str | None = None,
    ) -> None:
        """Run the nodes in the plan's order, each decided on again with what the nodes before it have made."""
        nodes = self._progress.in_order(pipeline.nodes)
        n_uses = Counter(name for node in nodes for name in node.inputs)
        for number, node in enumerate(nodes, start=1):
            runs = self._progress.start(node)
            self._logger.info("%d of %d: %s%s", number, len(nodes), node.name, "" if runs else ": is up to date")
            if runs:
                return_freed_memory()  # that of the plan, which looks at all files, and of the node before
                Task(node, catalog, self._is_async, hook_manager, run_id).execute()
                self._progress.finish(node)
            n_uses.subtract(node.inputs)
            for name in _unused_datasets(node, n_uses, pipeline):
                catalog.release(name)


class _Progress:
    """What is in each dataset during a run, and the ledger's entries for it.

    Args:
        plan: The plan of the run.
        follows_plan: False if Kedro chose the nodes, which then all run.
    """

    def __init__(self, plan: RunPlan, *, follows_plan: bool):
        self._plan, self._follows_plan = plan, follows_plan
        self._contents: dict[str, str | None] = dict(plan.stored.external)
        self._nodes = {node.name: node for node in plan.nodes}
        for node in plan.nodes:
            if not follows_plan or node.name not in plan.reasons:
                self._keep_outputs(node)

    def in_order(self, nodes: Iterable[Node]) -> list[Node]:
        """Return nodes in the order of the plan."""
        by_name = {node.name: node for node in nodes}
        return [by_name[node.name] for node in self._plan.nodes if node.name in by_name]

    def start(self, kedro_node: Node) -> bool:
        """Invalidate the outputs of a node that runs, or return False if they turn out to be up to date."""
        node = self._nodes[kedro_node.name] = self._plan.pipeline_state.node_state(kedro_node)
        runs = not self._follows_plan or self._must_run(node)
        if runs:
            self._invalidate(node)
        else:
            self._keep_outputs(node)
        return runs

    def finish(self, kedro_node: Node) -> None:
        """Record a node's outputs, now that they are stored."""
        node = self._nodes[kedro_node.name]
        if node.writes_folders:
            node = self._plan.pipeline_state.node_state(kedro_node)
        fingerprint, catalog_state = node.fingerprint(self._contents), self._plan.catalog_state
        in_memory = in_memory_content(fingerprint)
        records = {
            name: OutputRecord(
                fingerprint, catalog_state.file_state(name) or "", catalog_state.content_hash(name) or in_memory
            )
            for name in self._stored_outputs(node)
        }
        known = {name: record.content_hash for name, record in records.items()}
        self._contents |= {name: known.get(name, in_memory) for name in node.outputs}
        self._plan.ledger.record(records)

    def _invalidate(self, node: NodeState) -> None:
        """Remove the outputs' records; discard unfinished work on them, unless it was work on the very same outputs.

        What outputs keep of tracks that were made from the same is taken up, whatever else has changed.
        """
        ledger, outputs = self._plan.ledger, self._stored_outputs(node)
        work_id = node.work_id(node.fingerprint(self._contents))
        records = {name: ledger.get(name) for name in outputs}
        known = {
            node.work_id(record.fingerprint) if record else ledger.started_work(name)
            for name, record in records.items()
        }
        is_forced_again = self._plan.forced.reason(node) is not None and all(records.values())
        catalog_state, made_from = self._plan.catalog_state, digest(node.shared_fingerprint)
        if known != {work_id} or is_forced_again:
            catalog_state.discard_partial_work([*node.inputs, *node.outputs], forced=is_forced_again)
        catalog_state.take_up(node.outputs, made_from, by_content=self._plan.by_content)
        ledger.invalidate(outputs, work_id)

    def _must_run(self, node: NodeState) -> bool:
        if self._plan.reasons[node.name].certain or len(self._stored_outputs(node)) < len(node.outputs):
            return True
        return rerun_text(node, self._plan.stored, self._contents) is not None

    def _keep_outputs(self, node: NodeState) -> None:
        """Note what is in the outputs of a node that does not run: what was made, or else what is there now."""
        contents = {name: self._plan.catalog_state.known_content(name) for name in self._stored_outputs(node)}
        if len(contents) < len(node.outputs) and all(name in self._contents for name in node.inputs):
            in_memory = in_memory_content(node.fingerprint(self._contents))
            contents = dict.fromkeys(node.outputs, in_memory) | contents
        self._contents |= contents

    def _stored_outputs(self, node: NodeState) -> list[str]:
        return [name for name in node.outputs if self._plan.catalog_state.is_stored(name)]


def _unused_datasets(node: Node, n_uses: Counter[str], pipeline: Pipeline) -> set[str]:
    """Return a node's datasets that no later node needs and that the run does not hand back."""
    inputs = {name for name in node.inputs if name not in pipeline.inputs()}
    outputs = {name for name in node.outputs if name not in pipeline.outputs()}
    return {name for name in inputs | outputs if n_uses[name] < 1}
