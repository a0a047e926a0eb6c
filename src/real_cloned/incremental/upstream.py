"""A run of a part of the project builds on what the other nodes made before: which of these are not up to date."""

from collections.abc import Sequence
from pathlib import Path

from kedro.io import CatalogProtocol
from kedro.pipeline import Pipeline

from real_cloned.incremental.explain import explain_stale_nodes
from real_cloned.incremental.plan import RunPlan, decide
from real_cloned.incremental.state import NodeState


def stale_upstream(part: Pipeline, whole: Pipeline, catalog: CatalogProtocol, project_path: Path) -> list[str]:
    """Return lines that warn of nodes which are not run although what they would make now is not what they made.

    Args:
        part: The nodes that a run is asked for.
        whole: All nodes of the project.
        catalog: Of both, with the parameters of the group `incremental`.
        project_path: The folder that the ledger's path starts from.

    Returns:
        Lines to print; none if the part builds on nothing, or on what is up to date.

    Raises:
        RealClonedError: As `RunPlan`.
    """
    chosen = {node.name for node in part.nodes}
    upstream = (whole + part).to_nodes(*chosen)
    if len(upstream.nodes) == len(chosen):
        return []
    plan = RunPlan(upstream, catalog, (), project_path)
    needed = _makers(plan.nodes, chosen)
    reasons = decide(plan.nodes, plan.stored)  # whatever is forced: that concerns only the nodes that run
    stale = {name: reason for name, reason in reasons.items() if name in needed and reason.certain}
    return explain_stale_nodes(plan.nodes, stale)


def _makers(nodes: Sequence[NodeState], chosen: set[str]) -> set[str]:
    """Return the names of the nodes, other than the chosen ones, that these depend on.

    Kedro lets a stage wait for the whole stage before; what is depended on here is what is read.
    """
    needed_datasets: set[str] = set()
    makers: set[str] = set()
    for node in reversed(nodes):  # each after those that it depends on
        if node.name in chosen or not needed_datasets.isdisjoint(node.outputs):
            needed_datasets |= set(node.inputs)
            makers.add(node.name)
    return makers - chosen
