"""A runner that runs what is not fresh, and writes down what made each output.

An output is struck from the ledger before its node runs, and stamped after it is stored: whatever happens in between,
the next run makes it anew.
"""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from kedro.io import CatalogProtocol
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node as KedroNode
from kedro.runner import SequentialRunner
from kedro.runner.task import Task
from pluggy import PluginManager

from real_cloned.incremental.decision import Node, content_in_memory, reason
from real_cloned.incremental.ledger import Made
from real_cloned.incremental.outlook import Outlook


class IncrementalRunner(SequentialRunner):
    """Kedro's SequentialRunner, without the nodes whose stored outputs are what they would make.

    named : names of nodes that run in any case
    project_path : the folder that the ledger's path starts from
    """

    def __init__(self, named: Iterable[str] = (), project_path: Path = Path(), is_async: bool = False):
        super().__init__(is_async=is_async)
        self._named, self._project_path = frozenset(named), project_path

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
        """Run what is not fresh, and return the outputs of the whole pipeline, as Kedro's runners do.

        only_missing_outputs : choose by Kedro's own rule instead, which looks at nothing but whether outputs exist
        Raises what nodes raise, and RealClonedError when a parameter of `freshness` is wrong.
        """
        outlook = Outlook(pipeline, catalog, self._named, self._project_path)
        self._work = _Work(outlook, judging=not only_missing_outputs)
        if only_missing_outputs:
            super().run(pipeline, catalog, hook_manager, run_id, only_missing_outputs)
        else:
            print(outlook)
            if outlook.running:
                super().run(pipeline.filter(node_names=list(outlook.running)), catalog, hook_manager, run_id)
        return {name: catalog[name] for name in pipeline.outputs()}

    def _run(
        self,
        pipeline: Pipeline,
        catalog: CatalogProtocol,
        hook_manager: PluginManager | None = None,
        run_id: str | None = None,
    ) -> None:
        """Run the nodes in their order, each judged again with what the nodes before it have made."""
        uses = Counter(name for node in pipeline.nodes for name in node.inputs)
        for number, node in enumerate(pipeline.nodes, start=1):
            why = self._work.begin(node)
            found = ": fresh after all" if why is None else ""
            self._logger.info("%d of %d: %s%s", number, len(pipeline.nodes), node.name, found)
            if why is not None:
                Task(node, catalog, self._is_async, hook_manager, run_id).execute()
                self._work.end(node)
            uses.subtract(node.inputs)
            for name in _done_with(node, uses, pipeline):
                catalog.release(name)


class _Work:
    """The ledger's part in a run: what each dataset holds by now, and what made it."""

    def __init__(self, outlook: Outlook, *, judging: bool):
        self._outlook, self._judging = outlook, judging
        self._contents: dict[str, str | None] = dict(outlook.stored.given)
        self._nodes = {node.name: node for node in outlook.nodes}
        for node in outlook.nodes:
            if not judging or node.name not in outlook.running:
                self._note_old(node)

    def begin(self, kedro_node: KedroNode) -> str | None:
        """Strike the node's outputs and return why it runs; or return None where they turn out to be fresh."""
        node = self._nodes[kedro_node.name] = self._outlook.facts.node(kedro_node)
        why = self._why(node)
        if why is None:
            self._note_old(node)
        else:
            self._strike(node)
        return why

    def end(self, kedro_node: KedroNode) -> None:
        """Stamp the node's outputs, now that they are stored."""
        node = self._nodes[kedro_node.name]
        if node.writes:
            node = self._outlook.facts.node(kedro_node)
        stamp, outputs = node.stamp(self._contents), self._outlook.outputs
        in_memory = content_in_memory(stamp)
        made = {
            name: Made(stamp, outputs.state(name) or "", outputs.content(name) or in_memory)
            for name in self._kept(node)
        }
        self._contents |= {name: made[name].content if name in made else in_memory for name in node.outputs}
        self._outlook.ledger.stamp(made)

    def _strike(self, node: Node) -> None:
        """Forget the node's outputs, and also what was left of work on them, unless that was the very same work."""
        ledger, kept = self._outlook.ledger, self._kept(node)
        work = node.work(node.stamp(self._contents))
        made = {name: ledger.made(name) for name in kept}
        known = {node.work(one.stamp) if one else ledger.work_begun(name) for name, one in made.items()}
        if known != {work} or self._outlook.is_wished(node) and all(made.values()):
            self._outlook.outputs.forget_work([*node.inputs, *node.outputs])
        ledger.strike(kept, work)

    def _why(self, node: Node) -> str | None:
        if not self._judging:
            return "its outputs are missing, or asked for"
        verdict = self._outlook.running[node.name]
        if verdict.certain:
            return verdict.why
        now = reason(node, self._outlook.stored, self._contents)
        return now if len(self._kept(node)) == len(node.outputs) else now or verdict.why

    def _note_old(self, node: Node) -> None:
        """Take a node's outputs to hold what they held when they were made, or else whatever is there."""
        old = {name: self._outlook.held(name) for name in self._kept(node)}
        if len(old) < len(node.outputs) and all(name in self._contents for name in node.inputs):
            in_memory = content_in_memory(node.stamp(self._contents))
            old |= {name: in_memory for name in node.outputs if name not in old}
        self._contents |= old

    def _kept(self, node: Node) -> list[str]:
        return [name for name in node.outputs if self._outlook.outputs.is_kept(name)]


def _done_with(node: KedroNode, uses: Counter[str], pipeline: Pipeline) -> set[str]:
    """Return the datasets that no node needs any more and that the run does not hand back."""
    inputs = {name for name in node.inputs if name not in pipeline.inputs()}
    outputs = {name for name in node.outputs if name not in pipeline.outputs()}
    return {name for name in inputs | outputs if uses[name] < 1}
