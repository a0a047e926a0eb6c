"""The code that functions reach inside one package, as fingerprints that comments, docstrings and layout do not change.

From a function the reading follows every name that it uses, through imports and module attributes, to functions,
classes with all their methods, and constants, wherever in the package they stand. A file in the package that a reached
string names (weights, a table, a template) counts as code of the module that names it. Nothing is imported.
"""

import ast
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from real_cloned.incremental.names import uses
from real_cloned.incremental.sources import Module, read_module

WHOLE, EFFECTS = "*", "<effects>"
"""What may stand in the place of a symbol: all of a module, and what it does when it is imported."""

Place = tuple[str, str]
"""A module and one of its symbols."""


@dataclass(frozen=True)
class Reached:
    """What functions reach: a digest per file of the package, symbols by full name, libraries by import name."""

    files: dict[str, str]
    symbols: frozenset[str]
    libraries: frozenset[str]


class Code:
    """The sources of one package, each read once."""

    def __init__(self, package: str, folder: Path):
        self.package, self.folder = package, folder
        self._module = cache(self._read_module)
        self._digest = cache(self._read_digest)
        self._steps = cache(self._find_steps)
        self._content = cache(_content)

    def reached(self, names: Iterable[str]) -> Reached:
        """Return what is reached from functions or classes by full name; names outside the package are libraries."""
        seen: set[Place] = set()
        libraries: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name.partition(".")[0] != self.package:
                libraries.add(name.partition(".")[0])
                continue
            for place in self._places(name):
                if place not in seen:
                    seen.add(place)
                    waiting += self._steps(place)
        symbols = frozenset(f"{module}.{symbol}" for module, symbol in seen if symbol not in (WHOLE, EFFECTS))
        return Reached(self._files(seen), symbols, frozenset(libraries))

    def _files(self, seen: set[Place]) -> dict[str, str]:
        by_module: dict[str, list[str]] = {}
        files: dict[str, str] = {}
        for module, symbol in sorted(seen):
            for statement in self._statements(module, symbol):
                by_module.setdefault(module, []).append(self._digest(statement))
                files |= {self._relative(file): self._content(file) for file in self._data_files(module, statement)}
        own = {self._relative(self._known(name).file): _short("".join(parts)) for name, parts in by_module.items()}
        return dict(sorted((own | files).items()))

    def _find_steps(self, place: Place) -> list[str]:
        """Return the full names that a symbol leads to, its module's effects among them."""
        name, symbol = place
        module = self._known(name)
        used = uses(self._statements(name, symbol), module.package)
        steps = [*used.absolute, *(step for dotted in used.local for step in _meant(module, dotted))]
        if symbol == WHOLE:
            steps += [*(f"{name}.{one}" for one in module.symbols), *module.imports.values()]
        elif symbol not in module.symbols and symbol != EFFECTS:
            steps += _meant(module, symbol)
        return [*steps, f"{name}.{EFFECTS}"]

    def _places(self, name: str) -> Iterator[Place]:
        """Yield where a full name may stand: in the longest module that it starts with, or in the package above it."""
        parts = name.split(".")
        length = max(size for size in range(1, len(parts) + 1) if self._module(".".join(parts[:size])) is not None)
        module, rest = ".".join(parts[:length]), parts[length:]
        yield module, rest[0] if rest else WHOLE
        if length > 1 and not rest:
            above, last = ".".join(parts[: length - 1]), parts[length - 1]
            if last in self._known(above).symbols or last in self._known(above).imports:
                yield above, last

    def _statements(self, module: str, symbol: str) -> list[ast.stmt]:
        known = self._known(module)
        return known.effects if symbol == EFFECTS else known.symbols.get(symbol, [])

    def _data_files(self, module: str, statement: ast.stmt) -> Iterator[Path]:
        folder = self._known(module).file.parent
        for node in ast.walk(statement):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and _is_file_name(text) and (folder / text).is_file():
                yield folder / text

    def _read_module(self, name: str) -> Module | None:
        path = self.folder.joinpath(*name.split(".")[1:])
        files = [path / "__init__.py", path.with_suffix(".py") if path != self.folder else path / "__init__.py"]
        file = next((file for file in files if file.is_file()), None)
        if file is None:
            return Module(name, path / "__init__.py") if path.is_dir() else None
        return read_module(name, file)

    def _known(self, name: str) -> Module:
        module = self._module(name)
        if module is None:
            raise ValueError(f"{name} is no module of {self.package}")
        return module

    def _relative(self, file: Path) -> str:
        return file.relative_to(self.folder).as_posix()

    @staticmethod
    def _read_digest(statement: ast.stmt) -> str:
        return _short(ast.dump(statement))


def _meant(module: Module, dotted: str) -> list[str]:
    """Return the full names that a name in a module may stand for."""
    first, _, rest = dotted.partition(".")
    if first in module.imports:
        origin = module.imports[first]
        return [f"{origin}.{rest}" if rest else origin]
    if first in module.symbols:
        return [f"{module.name}.{first}"]
    return [module.imports["*"]] if "*" in module.imports else []


def _is_file_name(text: str) -> bool:
    return "." in text and len(text) < 100 and "\n" not in text and not text.endswith(".py") and text.strip(".") != ""


def _content(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16]


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
