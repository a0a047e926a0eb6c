"""What is known now of a Kedro pipeline's nodes: their code, parameters, libraries and raw files.

Two tags on nodes say what a node does with raw files, which lie outside the catalog: one tagged `reads_raw_files`
reads the folders that its parameters call `root`, one tagged `writes_raw_files` writes them.
"""

import inspect
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from kedro.framework import project
from kedro.io import CatalogProtocol
from kedro.pipeline.node import Node
from kedro.validation.type_extractor import TypeExtractor
from pydantic import BaseModel, ValidationError

from real_cloned.core.files import is_remote, resolve_path
from real_cloned.core.installed_weights import AUTO, INSTALLED, OF_FAMILY
from real_cloned.incremental.catalog_state import CatalogState
from real_cloned.incremental.code import PackageCode
from real_cloned.incremental.fingerprint import Fingerprint, digest, library_versions, look_once, path_state
from real_cloned.incremental.ledger import OutputRecord

READS_RAW_FILES = "reads_raw_files"
WRITES_RAW_FILES = "writes_raw_files"

PARAMETER_PREFIX = "params:"


@dataclass(frozen=True)
class NodeState:
    """What is known of a node.

    Attributes:
        name: The node's name.
        inputs: The datasets that it reads, parameters left out; one that is the file of an output goes by that output's
            name.
        outputs: The datasets that it makes.
        own_fingerprint: What its outputs are made from, except its inputs.
        reads_folders: Folders of raw files that it reads.
        writes_folders: Folders of raw files that it writes.
        shared_fingerprint: What every track in its outputs is made from: not its inputs, not the files and parameters
            of a corpus, of which each track's own part is known where tracks are kept (`datasets`).
    """

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    own_fingerprint: Fingerprint
    reads_folders: tuple[str, ...] = ()
    writes_folders: tuple[str, ...] = ()
    shared_fingerprint: Fingerprint = field(default_factory=dict)

    def fingerprint(self, content_hashes: Mapping[str, str | None]) -> Fingerprint:
        """Return what its outputs are made from.

        Args:
            content_hashes: What is in each of its inputs, by name.
        """
        return {**self.own_fingerprint, "inputs": {name: content_hashes[name] for name in self.inputs}}

    def work_id(self, fingerprint: Fingerprint) -> str:
        """Return by what unfinished work is known: a hash of a fingerprint without the folders that the node writes.

        Args:
            fingerprint: What its outputs are made from.
        """
        files = {name: state for name, state in fingerprint["files"].items() if name not in self.writes_folders}
        return digest({**fingerprint, "files": files})


@dataclass(frozen=True)
class StoredState:
    """What is stored of a pipeline's datasets.

    Attributes:
        states: The state of the files of each output that outlives a run; None if it is missing.
        records: What is known of these outputs, of those that were made to their end.
        started: Outputs during whose making a run was stopped.
        external: What is in the inputs that no node of the pipeline makes.
    """

    states: Mapping[str, str | None]
    records: Mapping[str, OutputRecord]
    started: frozenset[str] = frozenset()
    external: Mapping[str, str] = field(default_factory=dict)


class PipelineState:
    """What the nodes of a pipeline are made of; sources and parameters are read once.

    Args:
        catalog: The pipeline's catalog.
        stored: The datasets that outlive a run.
        by_content: Know raw files by their content rather than by size and time of change.
    """

    def __init__(self, catalog: CatalogProtocol, stored: CatalogState, *, by_content: bool):
        self._catalog, self._stored, self._by_content = catalog, stored, by_content
        self._parameter = cache(self._read_parameter)
        self._types = cache(_parameter_types)
        self._installed_weights = cache(_installed_weights)
        package = project.PACKAGE_NAME or __name__.partition(".")[0]
        self._code = PackageCode(package, _package_folder(package))
        self._closure = cache(self._code.closure)

    def node_state(self, node: Node) -> NodeState:
        """Return what is known of a node now; its raw files are looked at again each time.

        Args:
            node: The node.
        """
        datasets = [name for name in node.inputs if not _is_parameter(name)]
        parameters = {
            name.removeprefix(PARAMETER_PREFIX): self._parameter(name) for name in node.inputs if _is_parameter(name)
        }
        entries = self._stored.entries
        used = {name: entries[name] for name in (*datasets, *node.outputs) if name in entries}
        code = self._closure(self._code_starts(node, used.values()))
        roots = tuple(_root_folders(parameters))
        reading = READS_RAW_FILES in node.tags
        writes = roots if WRITES_RAW_FILES in node.tags else ()
        own_fingerprint: Fingerprint = {
            "code": code.files,
            "parameters": parameters,
            "files": self._raw_files(parameters, reading=reading) | {root: _presence(root) for root in writes},
            "libraries": library_versions(code.libraries),
            "catalog": {name: _entry_options(entry) for name, entry in used.items()},
            "wiring": {
                "inputs": list(node.inputs),
                "outputs": list(node.outputs),
                "bound": _bound_arguments(node.func),
            },
        }
        inputs = tuple(self._input_name(name, node) for name in datasets)
        return NodeState(
            *(node.name, inputs, tuple(node.outputs), own_fingerprint),
            *(roots if reading else (), writes, _shared_fingerprint(own_fingerprint)),
        )

    def _input_name(self, name: str, node: Node) -> str:
        """Return the output that an input is the file of; a node that reads and writes one file keeps both names."""
        output = self._stored.output_of_file(name)
        return name if output in node.outputs else output

    def _raw_files(self, parameters: Mapping[str, Any], *, reading: bool) -> dict[str, str]:
        """Return the state of each file and folder outside the catalog that parameters name, by its path.

        Weights in an installed package go by their path in it, and by their content wherever it is installed.
        """
        paths = _named_paths(parameters, include_remote=reading)
        files = {path: path_state(path, by_content=self._by_content, recursive=reading) for path in paths}
        roots = _root_folders(parameters) if reading else ()
        look = partial(path_state, by_content=self._by_content)
        files |= {root: look_once(partial(look, root), "folder", root, self._by_content) for root in roots}
        return files | {OF_FAMILY[family].file: self._installed_weights(family) for family in _families(parameters)}

    def _code_starts(self, node: Node, entries: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
        """Return the full names of a node's function, and of what loads, checks and saves its datasets."""
        own = f"{self._code.package}."
        classes = {text for entry in entries for text in _texts(entry) if text.startswith(own)}
        return (_full_name(node.func), *sorted(classes))

    def _read_parameter(self, name: str) -> Any:
        """Return a parameter as JSON, validated: Kedro leaves those unvalidated that no node of the pipeline types."""
        value = self._catalog.load(name)
        model = self._types().get(name.removeprefix(PARAMETER_PREFIX))
        if isinstance(value, dict) and inspect.isclass(model) and issubclass(model, BaseModel):
            with suppress(ValidationError):  # of a pipeline that does not run; its own runs report it
                value = model.model_validate(value)
        return json.loads(_to_json(value))


def _shared_fingerprint(own_fingerprint: Fingerprint) -> Fingerprint:
    """Return what of a node's fingerprint every track is made from; a parameter with a `root` is a corpus."""
    parameters = own_fingerprint["parameters"]
    corpora = {name: value for name, value in parameters.items() if isinstance(value, dict) and "root" in value}
    of_corpora = set(_texts(corpora))
    return {
        "code": own_fingerprint["code"],
        "libraries": own_fingerprint["libraries"],
        "parameters": {name: value for name, value in parameters.items() if name not in corpora},
        "files": {path: state for path, state in own_fingerprint["files"].items() if path not in of_corpora},
    }


def _entry_options(entry: Mapping[str, Any]) -> Any:
    options = {key: value for key, value in entry.items() if key not in ("filepath", "metadata")}
    return json.loads(json.dumps(options, default=str))


def _parameter_types() -> dict[str, type]:
    types: dict[str, type] = TypeExtractor(dict(project.pipelines)).extract_types_from_pipelines()
    return types


def _is_parameter(name: str) -> bool:
    return name.startswith(PARAMETER_PREFIX) or name == "parameters"


def _package_folder(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ValueError(f"the package {package} has no sources")
    return Path(spec.origin).parent


def _full_name(func: Callable[..., Any]) -> str:
    inner = inspect.unwrap(func.func if isinstance(func, partial) else func)
    definition = inner if hasattr(inner, "__qualname__") else type(inner)
    return f"{definition.__module__}.{definition.__qualname__.partition('.')[0]}"


def _bound_arguments(func: Callable[..., Any]) -> str:
    """Return the arguments of a partial function; else the function's own name, which tells closures apart."""
    return repr((func.args, func.keywords)) if isinstance(func, partial) else getattr(func, "__qualname__", "")


def _to_json(value: Any) -> str:
    return json.dumps(
        value, default=lambda one: one.model_dump(mode="json") if isinstance(one, BaseModel) else str(one)
    )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list | tuple):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(inner)


def _root_folders(parameters: Mapping[str, Any]) -> Iterator[str]:
    """Yield the folders that parameters call `root`."""
    yield from (value["root"] for value in parameters.values() if isinstance(value, dict) and value.get("root"))


def _families(parameters: Mapping[str, Any]) -> Iterator[str]:
    """Yield the families of the variants whose published weights are taken from an installed package."""
    variants = [value for value in parameters.values() if isinstance(value, dict)]
    named = [one.get("family") for one in variants if one.get("weights") in (AUTO, INSTALLED)]
    yield from (str(family) for family in named if family in OF_FAMILY)


def _installed_weights(family: str) -> str:
    """Return a hash of the published weights of a family; "" where they are not installed."""
    path = OF_FAMILY[family].find()
    return "" if path is None else path_state(path, by_content=True)


def _presence(folder: str) -> str:
    return "exists" if resolve_path(folder).is_dir() else "missing"


def _named_paths(parameters: Mapping[str, Any], *, include_remote: bool) -> Iterator[str]:
    """Yield the files and folders that parameters name, except `root`; on remote file systems only where asked."""
    roots = set(_root_folders(parameters))
    texts = {text for text in _texts(parameters) if text not in roots and len(text) < 1000 and "\n" not in text}
    paths = (text for text in sorted(texts) if "/" in text or Path(text).suffix)
    yield from (path for path in paths if (include_remote and is_remote(path)) or _exists(path))


def _exists(text: str) -> bool:
    """Tell whether a text is a path that exists; pathlib would raise an error for some that are no paths."""
    return os.path.exists(os.path.expanduser(text))  # noqa: PTH110, PTH111
