"""Which nodes a run is asked for, with an error for each wrong name: Kedro passes over some of them silently."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kedro.pipeline import Pipeline

from real_cloned.core.errors import RealClonedError
from real_cloned.core.suggestions import suggest_names

OPTIONS = {
    "tags": "--tags",
    "node_names": "--nodes",
    "from_nodes": "--from-nodes",
    "to_nodes": "--to-nodes",
    "from_inputs": "--from-inputs",
    "to_outputs": "--to-outputs",
    "node_namespaces": "--namespaces",
}
"""Option of `kedro run` by argument of `Pipeline.filter`."""


@dataclass(frozen=True)
class Selection:
    """What a run is asked for.

    Attributes:
        pipeline_names: Names of registered pipelines; by default `__default__`.
        filters: Names by argument of `Pipeline.filter`; an empty value selects all nodes.
    """

    pipeline_names: tuple[str, ...] = ()
    filters: Mapping[str, Iterable[str] | None] = field(default_factory=dict)

    @classmethod
    def from_arguments(cls, pipeline_names: Iterable[str], arguments: Mapping[str, Any]) -> "Selection":
        """Return what the arguments of `KedroSession.run`, or the options of `kedro run`, select.

        Args:
            pipeline_names: Names of registered pipelines; none for `__default__`.
            arguments: Among them those of `Pipeline.filter`, of which one is called `namespaces` here.
        """
        filters = {argument: arguments.get(argument) for argument in OPTIONS}
        return cls(tuple(pipeline_names), {**filters, "node_namespaces": arguments.get("namespaces")})

    def select(self, pipelines: Mapping[str, Pipeline]) -> Pipeline:
        """Return the nodes that are asked for.

        Args:
            pipelines: All registered pipelines by name.

        Raises:
            RealClonedError: A name is unknown, or no node fits all options.
        """
        names = self.pipeline_names or ("__default__",)
        for name in names:
            if name not in pipelines:
                raise RealClonedError(f"--pipelines: there is no pipeline `{name}`{suggest_names(name, {*pipelines})}")
        whole = sum((pipelines[name] for name in names), Pipeline([]))
        filters: dict[str, Any] = {argument: list(wanted) for argument, wanted in self.filters.items() if wanted}
        for argument, wanted in filters.items():
            known = _known_names(argument, whole)
            for name in wanted:
                if name not in known:
                    raise RealClonedError(f"{OPTIONS[argument]}: {_unknown(argument, name, known, pipelines)}")
        try:
            return whole.filter(**filters)
        except ValueError as error:
            chosen = [f"{OPTIONS[argument]}={','.join(wanted)}" for argument, wanted in filters.items()]
            raise RealClonedError(f"no node of {', '.join(names)} fits {' and '.join(chosen)}") from error


def _unknown(argument: str, name: str, known: set[str], pipelines: Mapping[str, Pipeline]) -> str:
    """Return the sentence about a name that is not among the selected pipelines' names."""
    holders = [holder for holder, one in pipelines.items() if name in _known_names(argument, one)]
    if holders:
        return f"`{name}` is not in the selected pipelines, but in {', '.join(holders)}"
    kind = {"tags": "tag", "node_namespaces": "namespace", "from_inputs": "dataset", "to_outputs": "output"}
    hint = suggest_names(name, known) or "; `kedro registry describe __default__` lists the nodes"
    return f"there is no {kind.get(argument, 'node')} `{name}`{hint}"


def _known_names(argument: str, pipeline: Pipeline) -> set[str]:
    if argument == "tags":
        return {tag for node in pipeline.nodes for tag in node.tags}
    if argument == "node_namespaces":
        return {prefix for node in pipeline.nodes for prefix in node.namespace_prefixes}
    if argument in ("from_inputs", "to_outputs"):
        datasets = pipeline.datasets() if argument == "from_inputs" else pipeline.all_outputs()
        return {name for dataset in datasets for name in (dataset, dataset.partition("@")[0])}
    return {node.name for node in pipeline.nodes}
