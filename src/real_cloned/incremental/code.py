"""The code that nodes use: a hash of each file of the package that they reach by imports.

A node starts at its function and at the classes that load, check and save its datasets. Of the module in which such a
start stands, only the statements count that the start uses, because one module holds the nodes of a whole stage. All
that these import counts by whole modules, and so does what those modules import in turn, at the top of the file or
inside functions. Of a package's `__init__.py` only the names count that are asked of it, because it re-exports the
names of other modules. A data file counts if a string in the code names it and it lies in the module's folder.

Comments, docstrings and layout do not count, because the hash is taken of the syntax tree
(https://docs.python.org/3/library/ast.html). The sources are read, never imported.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from pathlib import Path

from real_cloned.incremental.fingerprint import hash_file, hash_text


@dataclass(frozen=True)
class CodeClosure:
    """The code that functions and classes of a package use, directly or by imports.

    Attributes:
        files: A hash by file, whose path is relative to the package's folder.
        libraries: The names under which libraries are imported, the standard library's among them.
    """

    files: dict[str, str]
    libraries: frozenset[str]


class PackageCode:
    """The sources of one package, each read once.

    Args:
        package: The package's name.
        folder: The folder of its `__init__.py`.
    """

    def __init__(self, package: str, folder: Path):
        self.package, self.folder = package, folder
        self._module = cache(self._read_module)
        self._tree_hash = cache(lambda name: hash_text(ast.dump(self._module(name).tree)))

    def closure(self, starts: Iterable[str]) -> CodeClosure:
        """Return the code that functions or classes use.

        Args:
            starts: Full names, such as `real_cloned.pipelines.embed.nodes.embed_corpus`. A name outside the package is
                one of a library.
        """
        reached: set[_Part] = set()
        libraries: set[str] = set()
        seen: set[_Use] = set()
        waiting = [_Use(name, alone=True) for name in starts]
        while waiting:
            use = waiting.pop()
            top = use.name.partition(".")[0]
            if use in seen or top != self.package:
                libraries |= {top} - {self.package}
                continue
            seen.add(use)
            module, symbol, rest = self._locate(use.name)
            if symbol in module.imports:
                waiting.append(_Use(".".join([module.imports[symbol], *rest]), use.alone))
                continue
            part = _Part(module.name, symbol if symbol in module.definitions and _is_alone(use, module) else None)
            if part not in reached:
                reached.add(part)
                waiting += module.uses(part.symbol)
        return CodeClosure(self._hashes(reached), frozenset(libraries))

    def _locate(self, name: str) -> "tuple[_Module, str, list[str]]":
        """Return the longest module that a full name starts with, the name after it ("" for none), and the rest."""
        parts = name.split(".")
        size = next(size for size in range(len(parts), 0, -1) if size == 1 or self._file(parts[:size]))
        symbol, *rest = parts[size:] or [""]
        return self._module(".".join(parts[:size])), symbol, rest

    def _hashes(self, reached: "set[_Part]") -> dict[str, str]:
        by_module: dict[str, set[str | None]] = {}
        for part in reached:
            by_module.setdefault(part.module, set()).add(part.symbol)
        hashes: dict[str, str] = {}
        for name, symbols in by_module.items():
            module = self._module(name)
            is_whole = None in symbols
            statements = module.statements(None) if is_whole else module.statements(*sorted(filter(None, symbols)))
            tree_hash = self._tree_hash(name) if is_whole else hash_text("".join(map(ast.dump, statements)))
            hashes[self._relative(module.file)] = tree_hash
            hashes |= {self._relative(file): hash_file(file)[:16] for file in module.data_files(statements)}
        return dict(sorted(hashes.items()))

    def _file(self, parts: list[str]) -> Path | None:
        path = self.folder.joinpath(*parts[1:])
        files = [path / "__init__.py", path.with_suffix(".py")] if len(parts) > 1 else [path / "__init__.py"]
        return next((file for file in files if file.is_file()), None)

    def _read_module(self, name: str) -> "_Module":
        file = self._file(name.split("."))
        if file is None:
            raise ValueError(f"there is no module {name} in {self.folder}")
        tree = _DocstringRemover().visit(ast.parse(file.read_text(encoding="utf-8"), str(file)))
        return _Module(name, file, tree)

    def _relative(self, file: Path) -> str:
        return file.relative_to(self.folder).as_posix()


@dataclass(frozen=True)
class _Use:
    """A full name that code uses; `alone`: only its own statements of its module count, not the whole module."""

    name: str
    alone: bool = False


@dataclass(frozen=True)
class _Part:
    """A module, or one of its definitions."""

    module: str
    symbol: str | None


@dataclass
class _Module:
    """The syntax tree of a module without docstrings.

    Attributes:
        imports: The full name by each name that an import outside functions binds.
        definitions: The statements that define each name: functions, classes and assignments.
        effects: All other statements, which are carried out when the module is imported.
    """

    name: str
    file: Path
    tree: ast.Module
    imports: dict[str, str] = field(default_factory=dict)
    definitions: dict[str, list[ast.stmt]] = field(default_factory=dict)
    effects: list[ast.stmt] = field(default_factory=list)

    def __post_init__(self) -> None:
        for statement in self.tree.body:
            names = list(_defined_names(statement))
            for name in names:
                self.definitions.setdefault(name, []).append(statement)
            if not isinstance(statement, _DEFINITIONS):
                self.imports |= {bound: full for bound, full, _ in _imports([statement], self.package)}
            if not names and not isinstance(statement, ast.Import | ast.ImportFrom | ast.Pass):
                self.effects.append(statement)

    @property
    def package(self) -> str:
        """The package that relative imports start from."""
        return self.name if self.file.name == "__init__.py" else self.name.rpartition(".")[0]

    def statements(self, *symbols: str | None) -> list[ast.stmt]:
        """Return the statements of definitions and the module's effects; all statements for None."""
        if None in symbols:
            return self.tree.body
        return [*(statement for symbol in symbols if symbol for statement in self.definitions[symbol]), *self.effects]

    def uses(self, symbol: str | None) -> list[_Use]:
        """Return what a definition uses, or what the whole module imports for None."""
        statements = self.statements(symbol)
        uses = [_Use(full) for _, _, full in _imports(statements, self.package)]
        if symbol is None:
            return uses
        if "*" in self.imports:
            uses.append(_Use(self.imports["*"]))
        for name in chain.from_iterable(map(_dotted_names, statements)):
            first, _, rest = name.partition(".")
            if first in self.imports:
                uses.append(_Use(f"{self.imports[first]}.{rest}" if rest else self.imports[first]))
            elif first in self.definitions:
                uses.append(_Use(f"{self.name}.{first}", alone=True))
        return uses

    def data_files(self, statements: Iterable[ast.stmt]) -> Iterator[Path]:
        """Yield the files beside the module that strings of the statements name."""
        for node in (node for statement in statements for node in ast.walk(statement)):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and _is_file_name(text) and (self.file.parent / text).is_file():
                yield self.file.parent / text


def _is_alone(use: _Use, module: _Module) -> bool:
    return use.alone or module.file.name == "__init__.py"


_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def _defined_names(node: ast.AST) -> Iterator[str]:
    """Yield the names that a statement of a module defines, those inside its functions and classes left out."""
    if isinstance(node, _DEFINITIONS):
        yield node.name
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif not isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        for child in ast.iter_child_nodes(node):
            yield from _defined_names(child)


def _imports(statements: Iterable[ast.stmt], package: str) -> Iterator[tuple[str, str, str]]:
    """Yield the bound name, the full name that it stands for, and the full name that is imported, of each import.

    `import a.b` binds `a`, which stands for `a`, and imports `a.b`; `from a import *` binds "*", which stands for `a`.
    """
    for node in (node for statement in statements for node in ast.walk(statement)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                bound = alias.asname or alias.name.partition(".")[0]
                yield bound, alias.name if alias.asname else bound, alias.name
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            source = ".".join([*parents, *([node.module] if node.module else [])])
            for alias in node.names:
                full = source if alias.name == "*" else f"{source}.{alias.name}"
                yield alias.asname or alias.name, full, full


def _dotted_names(node: ast.AST) -> Iterator[str]:
    """Yield every name with its attributes, such as `np.linalg.norm`; also those in annotations that are strings."""
    name = _dotted_name(node)
    if name is not None:
        yield name
        return
    if isinstance(node, ast.arg) and isinstance(node.annotation, ast.Constant):
        yield str(node.annotation.value)
    for child in ast.iter_child_nodes(node):
        yield from _dotted_names(child)


def _dotted_name(node: ast.AST) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        parent = _dotted_name(node.value)
        return None if parent is None else f"{parent}.{node.attr}"
    return None


class _DocstringRemover(ast.NodeTransformer):
    """Removes every string that stands alone, and leaves `pass` where nothing else is left."""

    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:  # noqa: N802 (ast names its nodes)
        is_text = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if is_text else node

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        if getattr(node, "body", None) == []:
            node.body = [ast.Pass()]  # type: ignore[attr-defined]
        return node


def _is_file_name(text: str) -> bool:
    return "." in text and len(text) < 100 and "\n" not in text and not text.endswith(".py") and text.strip(".") != ""
