"""A module as its source has it: what it defines, what it imports, what it does when it is imported."""

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from real_cloned.incremental.names import COMPREHENSIONS, FUNCTIONS, imported

BLOCKS = (ast.If, ast.Try, ast.With, ast.For, ast.While)


@dataclass
class Module:
    """The statements of a module, without docstrings; comments are gone with the parsing.

    symbols : the statements that define each name
    imports : what each imported name stands for, such as {"np": "numpy"}
    effects : statements that define nothing, and are carried out when the module is imported
    """

    name: str
    file: Path
    symbols: dict[str, list[ast.stmt]] = field(default_factory=dict)
    imports: dict[str, str] = field(default_factory=dict)
    effects: list[ast.stmt] = field(default_factory=list)

    @property
    def package(self) -> str:
        """The package that relative imports start from."""
        return self.name if self.file.name == "__init__.py" else self.name.rpartition(".")[0]


def read_module(name: str, file: Path) -> Module:
    """Return the module at `file`. Raises SyntaxError when it is not Python."""
    module = Module(name, file)
    tree = _WithoutDocstrings().visit(ast.parse(file.read_text(encoding="utf-8"), str(file)))
    for statement in tree.body:
        _sort(statement, module)
    return module


def _sort(statement: ast.stmt, module: Module) -> None:
    if isinstance(statement, ast.Import | ast.ImportFrom):
        module.imports |= imported(statement, module.package)
        return
    defined = list(_defined([statement]))
    for name in defined:
        module.symbols.setdefault(name, []).append(statement)
    if isinstance(statement, BLOCKS):
        inner = [node for node in ast.walk(statement) if isinstance(node, ast.Import | ast.ImportFrom)]
        for node in inner:
            module.imports |= imported(node, module.package)
        if not defined:
            module.effects.append(statement)
    elif not defined and not isinstance(statement, ast.Pass):
        module.effects.append(statement)


def _defined(statements: Iterable[ast.AST]) -> Iterable[str]:
    """Yield the names that statements of a module define, those inside its functions and classes left out."""
    for node in statements:
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif not isinstance(node, COMPREHENSIONS):
            yield from _defined(ast.iter_child_nodes(node))


class _WithoutDocstrings(ast.NodeTransformer):
    """Takes out every string that stands alone, and leaves `pass` where nothing else is left."""

    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:  # noqa: N802 (ast names its nodes)
        is_text = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if is_text else node

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        if getattr(node, "body", None) == []:
            node.body = [ast.Pass()]  # type: ignore[attr-defined]
        return node
