"""What a run of a pipeline would do, before any of it is done."""

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from kedro.io import CatalogProtocol
from kedro.pipeline import Pipeline
from pydantic import ValidationError

from real_cloned.core.errors import RealClonedError
from real_cloned.incremental.decision import Node, Stored, Wishes, decide
from real_cloned.incremental.facts import Facts
from real_cloned.incremental.ledger import Ledger
from real_cloned.incremental.outputs import Outputs
from real_cloned.incremental.telling import told
from real_cloned.parameters.session import FreshnessParameters

SETTINGS = "params:freshness"


class Outlook:
    """A pipeline beside its ledger: `nodes` in their order, what is `stored`, and which of the nodes are `running`.

    named : names of nodes that the user asked for, which run whatever is known of them
    """

    def __init__(self, pipeline: Pipeline, catalog: CatalogProtocol, named: Iterable[str], project_path: Path):
        settings = _settings(catalog)
        self.ledger = Ledger.read(project_path / settings.ledger)
        entries = _entries(pipeline, catalog)
        self.outputs = Outputs(catalog, entries)
        self.facts = Facts(catalog, entries, by_content=settings.content_hash)
        self.nodes = self.facts.nodes(pipeline)
        self.stored = self._look()
        self._wishes = Wishes(frozenset(named), settings.force)
        self.running = decide(self.nodes, self.stored, self._wishes)

    def __str__(self) -> str:
        """Return what a run says before it begins."""
        return "\n".join(told(self.nodes, self.running))

    def is_wished(self, node: Node) -> bool:
        """Tell whether the user asked for a node, fresh or not."""
        return self._wishes.everything or node.name in self._wishes.names

    def held(self, name: str) -> str:
        """Return what a kept dataset holds: as it was made, or else as it is."""
        made, state = self.ledger.made(name), self.outputs.state(name)
        return made.content if made is not None and made.state == state else f"as it is, {state}"

    def _look(self) -> Stored:
        made = [name for node in self.nodes for name in node.outputs]
        kept = [name for name in made if self.outputs.is_kept(name)]
        given = {name for node in self.nodes for name in node.inputs} - set(made)
        known = {name: self.ledger.made(name) for name in kept}
        return Stored(
            states={name: self.outputs.state(name) for name in kept},
            made={name: one for name, one in known.items() if one is not None},
            begun=frozenset(name for name in kept if self.ledger.work_begun(name) is not None),
            given={name: self._given(name) for name in sorted(given)},
        )

    def _given(self, name: str) -> str:
        """Return what an input holds that no node of the pipeline makes."""
        if self.outputs.is_workplace(name):
            return "a folder to work in"
        if not self.outputs.is_kept(name):
            return f"in memory, {time.time_ns()}"
        return self.held(name)


def _settings(catalog: CatalogProtocol) -> FreshnessParameters:
    try:
        return FreshnessParameters.model_validate(catalog.load(SETTINGS))
    except ValidationError as error:
        faults = "; ".join(f"freshness.{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise RealClonedError(f"{faults}. The parameters are ledger, force and content_hash") from error


def _entries(pipeline: Pipeline, catalog: CatalogProtocol) -> dict[str, dict[str, Any]]:
    """Return the configuration of every dataset of the pipeline that outlives a run."""
    names = pipeline.datasets()
    for name in names:
        catalog.get(name, fallback_to_runtime_pattern=True)
    config: dict[str, dict[str, Any]] = catalog.to_config()[0]  # type: ignore[attr-defined]  # not in the protocol
    return {name: _on_one_level(entry) for name, entry in config.items() if name in names}


def _on_one_level(entry: dict[str, Any]) -> dict[str, Any]:
    """Return an entry with all its options beside each other: Kedro nests those of classes without own constructor."""
    return {key: value for key, value in (entry | entry.get("kwargs", {})).items() if key not in ("args", "kwargs")}
