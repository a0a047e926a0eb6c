"""What is to be known of a Kedro pipeline and its catalog to decide what runs."""

import inspect
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from kedro.framework import project
from kedro.io import CatalogProtocol
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node as KedroNode
from kedro.validation.type_extractor import TypeExtractor
from pydantic import BaseModel, ValidationError

from real_cloned.incremental.code import Code
from real_cloned.incremental.decision import Node
from real_cloned.incremental.inputs import REMOTE, state_of
from real_cloned.incremental.ledger import Stamp
from real_cloned.incremental.libraries import versions

PREFIX = "params:"
READING = "core.files.resolve_path"
"""Code that reaches this reads the folder that its parameters call `root`."""
WRITING = "audio.encode.encode_mp3"
"""Code that reaches this writes recordings to that folder."""


class Facts:
    """What nodes are made of, as their stamps hold it; sources and parameters are read once."""

    def __init__(self, catalog: CatalogProtocol, entries: Mapping[str, Mapping[str, Any]], *, by_content: bool):
        self._catalog, self._entries, self._by_content = catalog, entries, by_content
        self._parameter = cache(self._read_parameter)
        self._types = cache(_parameter_types)
        package = project.PACKAGE_NAME or __name__.partition(".")[0]
        self._code = Code(package, _folder_of(package))
        self._reached = cache(self._code.reached)

    def node(self, node: KedroNode) -> Node:
        """Return what is known of a node now; the state of its raw files is looked at anew each time."""
        datasets = [name for name in node.inputs if not _is_parameter(name)]
        parameters = {name.removeprefix(PREFIX): self._parameter(name) for name in node.inputs if _is_parameter(name)}
        reached = self._reached(self._roots(node, datasets))
        reading = f"{self._code.package}.{READING}" in reached.symbols
        roots = list(_roots(parameters))
        files = {place: self._state(place, deep=reading) for place in _places(parameters, reading)}
        files |= {root: self._state(root, deep=True) for root in roots if reading}
        writes = roots if f"{self._code.package}.{WRITING}" in reached.symbols else []
        own: Stamp = {
            "code": reached.files,
            "parameters": parameters,
            "files": files | {root: "there" if Path(root).is_dir() else "gone" for root in writes},
            "libraries": versions(reached.libraries),
            "catalog": {name: self._entry(name) for name in (*datasets, *node.outputs) if name in self._entries},
            "wiring": {"inputs": list(node.inputs), "outputs": list(node.outputs), "bound": _bound(node.func)},
        }
        return Node(
            node.name, tuple(datasets), tuple(node.outputs), own, tuple(roots if reading else ()), tuple(writes)
        )

    def nodes(self, pipeline: Pipeline) -> list[Node]:
        """Return what is known of all nodes, each after those that it depends on."""
        return [self.node(node) for node in pipeline.nodes]

    def _state(self, place: str, *, deep: bool) -> str:
        return state_of(place, by_content=self._by_content, deep=deep)

    def _roots(self, node: KedroNode, datasets: Iterable[str]) -> tuple[str, ...]:
        """Return the full names that the code of a node starts from: its function, and what loads, checks and saves."""
        own = f"{self._code.package}."
        used = [self._entries[name] for name in (*datasets, *node.outputs) if name in self._entries]
        named = {text for entry in used for text in _texts(entry) if text.startswith(own)}
        return (_full_name(node.func), *sorted(named))

    def _entry(self, name: str) -> Any:
        entry = {key: value for key, value in self._entries[name].items() if key not in ("filepath", "metadata")}
        return json.loads(json.dumps(entry, default=str))

    def _read_parameter(self, name: str) -> Any:
        """Return a parameter as JSON, whole: Kedro hands on bare what no node of the chosen pipelines types."""
        value = self._catalog.load(name)
        model = self._types().get(name.removeprefix(PREFIX))
        if isinstance(value, dict) and inspect.isclass(model) and issubclass(model, BaseModel):
            with suppress(ValidationError):  # of a pipeline that does not run; its own runs say so
                value = model.model_validate(value)
        return json.loads(_json(value))


def _parameter_types() -> dict[str, type]:
    types: dict[str, type] = TypeExtractor(dict(project.pipelines)).extract_types_from_pipelines()
    return types


def _is_parameter(name: str) -> bool:
    return name.startswith(PREFIX) or name == "parameters"


def _folder_of(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ValueError(f"the package {package} has no sources to look at")
    return Path(spec.origin).parent


def _full_name(func: Callable[..., Any]) -> str:
    inner = inspect.unwrap(func.func if isinstance(func, partial) else func)
    kind = inner if hasattr(inner, "__qualname__") else type(inner)
    return f"{kind.__module__}.{kind.__qualname__.partition('.')[0]}"


def _bound(func: Callable[..., Any]) -> str:
    """Return the function's own name, which tells apart those that one function makes, and arguments that it holds."""
    return repr((func.args, func.keywords)) if isinstance(func, partial) else getattr(func, "__qualname__", "")


def _json(value: Any) -> str:
    return json.dumps(
        value, default=lambda one: one.model_dump(mode="json") if isinstance(one, BaseModel) else str(one)
    )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def _roots(parameters: Mapping[str, Any]) -> Iterator[str]:
    """Yield the folders that parameters call `root`."""
    yield from (value["root"] for value in parameters.values() if isinstance(value, dict) and value.get("root"))


def _places(parameters: Mapping[str, Any], reading: bool) -> Iterator[str]:
    """Yield the files and folders that other parameters name, those elsewhere only for code that reads from there."""
    roots = set(_roots(parameters))
    texts = {text for text in _texts(parameters) if text not in roots and len(text) < 1000 and "\n" not in text}
    named = (text for text in sorted(texts) if "/" in text or Path(text).suffix)
    yield from (text for text in named if (reading and REMOTE in text) or os.path.exists(os.path.expanduser(text)))  # noqa: PTH110, PTH111 (any text may stand there)
