"""Which nodes run, and why: a comparison of what outputs were made from with what they would be made from now.

An input is known by what was in it when it was made. What a running node will make is not known before it has run, so
all nodes that depend on it are chosen too, and decided on again when their turn has come: a node whose inputs turn
out to be the same as before does not run.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kedro.io import CatalogProtocol, DatasetError
from kedro.pipeline import Pipeline
from pydantic import ValidationError

from real_cloned.core.errors import RealClonedError
from real_cloned.core.files import resolve_in
from real_cloned.incremental.catalog_state import CatalogState
from real_cloned.incremental.explain import RerunReason, explain_difference, explain_plan
from real_cloned.incremental.fingerprint import Fingerprint, digest
from real_cloned.incremental.ledger import Ledger
from real_cloned.incremental.state import NodeState, PipelineState, StoredState
from real_cloned.parameters.session import RENAMED_GROUPS, IncrementalParameters

SETTINGS = "params:incremental"


@dataclass(frozen=True)
class ForcedNodes:
    """Nodes that run even if they are up to date.

    Attributes:
        names: The names of nodes that the user asked for.
        all_nodes: Force all nodes.
    """

    names: frozenset[str] = frozenset()
    all_nodes: bool = False

    def reason(self, node: NodeState) -> str | None:
        """Return why a node is forced; None if it is not.

        Args:
            node: The node.
        """
        if self.all_nodes:
            return "forced (incremental.force)"
        return "requested by name" if node.name in self.names else None


class RunPlan:
    """What a run of a pipeline would do, before any of it is done.

    Args:
        pipeline: The pipeline.
        catalog: Its catalog, with the parameters of the group `incremental`.
        forced: Names of nodes that run even if they are up to date.
        project_path: The folder that the ledger's path starts from.

    Attributes:
        nodes: All nodes of the pipeline, each after those that it depends on.
        stored: What is stored of its datasets.
        reasons: Why nodes run, by the name of the node; nodes that are up to date are left out.

    Raises:
        RealClonedError: If a parameter of `incremental` or an entry of the catalog is wrong, or a file cannot be read.
    """

    def __init__(self, pipeline: Pipeline, catalog: CatalogProtocol, forced: Iterable[str], project_path: Path):
        settings = _settings(catalog)
        self.ledger = Ledger.read(resolve_in(project_path, settings.ledger))
        try:
            self.catalog_state = CatalogState(pipeline, catalog, self.ledger)
            self.by_content = settings.content_hash
            self.pipeline_state = PipelineState(catalog, self.catalog_state, by_content=settings.content_hash)
            self.nodes = dependency_order([self.pipeline_state.node_state(node) for node in pipeline.nodes])
            self.stored = self._stored_state()
        except DatasetError as error:  # Kedro reads an entry of the catalog when its dataset is first asked for
            raise RealClonedError(f"catalog (conf/*/catalog): {error}") from error
        self.forced = ForcedNodes(frozenset(forced), settings.force)
        self.reasons = decide(self.nodes, self.stored, self.forced)

    def __str__(self) -> str:
        """Return what a run says before it begins."""
        return "\n".join(explain_plan(self.nodes, self.reasons))

    def _stored_state(self) -> StoredState:
        outputs = [name for node in self.nodes for name in node.outputs]
        stored = [name for name in outputs if self.catalog_state.is_stored(name)]
        external = {name for node in self.nodes for name in node.inputs} - set(outputs)
        records = {name: self.ledger.get(name) for name in stored}
        return StoredState(
            states={name: self.catalog_state.file_state(name) for name in stored},
            records={name: record for name, record in records.items() if record is not None},
            started=frozenset(name for name in stored if self.ledger.started_work(name) is not None),
            external={name: self._external_content(name) for name in sorted(external)},
        )

    def _external_content(self, name: str) -> str:
        """Return what is in an input that no node of the pipeline makes."""
        if self.catalog_state.is_working_folder(name):
            return "a working folder"
        if not self.catalog_state.is_stored(name):
            return f"in memory, {time.time_ns()}"
        return self.catalog_state.known_content(name)


def _settings(catalog: CatalogProtocol) -> IncrementalParameters:
    for old, message in RENAMED_GROUPS.items():
        if f"params:{old}" in catalog:
            raise RealClonedError(message)
    try:
        return IncrementalParameters.model_validate(catalog.load(SETTINGS))
    except ValidationError as error:
        faults = "; ".join(f"incremental.{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise RealClonedError(f"{faults}. The parameters are ledger, force and content_hash") from error


def dependency_order(nodes: Sequence[NodeState]) -> list[NodeState]:
    """Return nodes, each after those that make its inputs, and otherwise in the order in which they come.

    Kedro's order is such an order already, unless a node reads the file of an output under another name.

    Args:
        nodes: The nodes of a pipeline in Kedro's order.

    Raises:
        RealClonedError: If a node reads a file that is made from what the node itself makes.
    """
    makers = {output: node for node in nodes for output in node.outputs}
    ordered: dict[str, NodeState] = {}
    waiting: list[str] = []

    def place(node: NodeState) -> None:
        if node.name in waiting:
            raise RealClonedError(f"nodes read the files of each other's outputs: {', '.join(waiting)}")
        if node.name not in ordered:
            waiting.append(node.name)
            for name in node.inputs:
                if name in makers:
                    place(makers[name])
            ordered[waiting.pop()] = node

    for node in nodes:
        place(node)
    return list(ordered.values())


def decide(
    nodes: Sequence[NodeState], stored: StoredState, forced: ForcedNodes | None = None
) -> dict[str, RerunReason]:
    """Return why nodes run, by the name of the node; nodes that are up to date are left out.

    Args:
        nodes: All nodes of a pipeline, each after those that it depends on.
        stored: What is stored of the pipeline's datasets.
        forced: Nodes that run even if they are up to date; by default none.
    """
    contents: dict[str, str | None] = dict(stored.external)
    reasons: dict[str, RerunReason] = {}
    rewritten: list[str] = []
    for node in nodes:
        certain = (forced.reason(node) if forced else None) or _output_problem(node, stored)
        reason = RerunReason(certain) if certain else _input_reason(node, stored, contents, rewritten)
        if reason is not None:
            reasons[node.name] = reason
            rewritten += node.writes_folders
        contents |= _output_contents(node, stored, contents, runs=reason is not None)
    return _with_makers(nodes, stored, reasons)


def rerun_text(node: NodeState, stored: StoredState, contents: Mapping[str, str | None]) -> str | None:
    """Return why the outputs of a node are not what it would make; None if they are.

    Args:
        node: The node.
        stored: What is stored of the pipeline's datasets.
        contents: What is in each of its inputs, by name.
    """
    problem = _output_problem(node, stored)
    if problem is not None:
        return problem
    outputs = [output for output in node.outputs if output in stored.states]
    texts = (explain_difference(stored.records[name].fingerprint, node.fingerprint(contents)) for name in outputs)
    return next((text for text in texts if text is not None), None)


def in_memory_content(fingerprint: Fingerprint) -> str:
    """Return what stands for the content of a dataset that is kept in memory only: a hash of what it is made from.

    Args:
        fingerprint: What it is made from.
    """
    return digest(fingerprint)


def _output_problem(node: NodeState, stored: StoredState) -> str | None:
    """Return what is wrong with the stored outputs of a node, whatever its inputs are now; None if nothing is."""
    if not node.outputs:
        return "it has no outputs"
    outputs = [output for output in node.outputs if output in stored.states]
    unknown = [output for output in outputs if output not in stored.records]
    missing = [output for output in outputs if stored.states[output] is None]
    if any(output in stored.started for output in unknown):
        return "a run was stopped while it was made"
    if missing:
        return "not made yet" if unknown else f"{missing[0]} is missing"
    if unknown:
        return "the ledger does not know what it was made from"
    changed = [output for output in outputs if stored.states[output] != stored.records[output].state]
    return f"{changed[0]} was changed outside of a run" if changed else None


def _input_reason(
    node: NodeState, stored: StoredState, contents: Mapping[str, str | None], rewritten: Iterable[str]
) -> RerunReason | None:
    """Return why a node runs whose outputs are as it left them; None if it does not.

    `rewritten`: folders of raw files that nodes before it write again.
    """
    unknown = [f"depends on {name}" for name in node.inputs if contents[name] is None]
    unknown += [
        f"{path} is written again"
        for path in node.reads_folders
        for folder in rewritten
        if Path(path).is_relative_to(folder)
    ]
    if unknown:
        return RerunReason(unknown[0], certain=False)
    text = rerun_text(node, stored, contents)
    return None if text is None else RerunReason(text)


def _output_contents(
    node: NodeState, stored: StoredState, contents: Mapping[str, str | None], *, runs: bool
) -> Mapping[str, str | None]:
    """Return what the node's outputs will hold, None if only its run can tell."""
    if any(contents[name] is None for name in node.inputs):
        return dict.fromkeys(node.outputs)
    in_memory = in_memory_content(node.fingerprint(contents))
    outputs = [name for name in node.outputs if name in stored.states]
    known = {name: None if runs else stored.records[name].content_hash for name in outputs}
    return {name: known.get(name, in_memory) for name in node.outputs}


def _with_makers(
    nodes: Sequence[NodeState], stored: StoredState, reasons: Mapping[str, RerunReason]
) -> dict[str, RerunReason]:
    """Return the reasons, and those of nodes that make, in memory only, an input of a node that runs."""
    needed: dict[str, str] = {}
    chosen = dict(reasons)
    inputs = {name for node in nodes for name in node.inputs}
    for node in reversed(nodes):
        in_memory = [name for name in node.outputs if name not in stored.states]
        texts = [needed[name] for name in in_memory if name in needed]
        texts += [f"{name} is kept in memory only" for name in in_memory if name not in inputs]
        if texts:
            chosen[node.name] = RerunReason(chosen[node.name].text if node.name in chosen else texts[0])
        if node.name in chosen:
            needed |= {name: f"{name} is kept in memory only, and {node.name} runs" for name in node.inputs}
    return {node.name: chosen[node.name] for node in nodes if node.name in chosen}
