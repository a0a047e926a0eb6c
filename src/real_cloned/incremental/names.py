"""Which names of its module, and of modules that it imports by itself, a piece of code uses.

The reading is static and errs on one side: a name that could be meant is taken to be meant.
"""

import ast
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
OWN_SCOPE = (ast.Lambda, *COMPREHENSIONS)

Scope = dict[str, str | None]
"""Names that are bound here: to what they were imported from, or to something that is the code's own affair."""


@dataclass
class Uses:
    """What a piece of code names: `local` as dotted names that start in its module, `absolute` as full dotted names."""

    local: set[str] = field(default_factory=set)
    absolute: set[str] = field(default_factory=set)


def uses(statements: Iterable[ast.stmt], package: str) -> Uses:
    """Return what `statements` name; package : the package that their relative imports start from."""
    visitor = _Visitor(package)
    for statement in statements:
        visitor.visit(statement)
    return visitor.uses


def imported(statement: ast.Import | ast.ImportFrom, package: str) -> dict[str, str]:
    """Return what an import binds: {"np": "numpy", "encode": "real_cloned.audio.encode"}; a star binds "*"."""
    if isinstance(statement, ast.Import):
        names = {name.asname or name.name.partition(".")[0]: name for name in statement.names}
        return {bound: name.name if name.asname else bound for bound, name in names.items()}
    above = package.split(".")[: len(package.split(".")) - statement.level + 1] if statement.level else []
    source = ".".join([*above, *([statement.module] if statement.module else [])])
    return {
        name.asname or name.name: source if name.name == "*" else f"{source}.{name.name}" for name in statement.names
    }


class _Visitor(ast.NodeVisitor):
    def __init__(self, package: str):
        self.uses = Uses()
        self._package = package
        self._scopes: list[Scope] = []

    def visit_Name(self, node: ast.Name) -> None:  # noqa: N802 (ast names its nodes)
        if isinstance(node.ctx, ast.Load):
            self._use(node.id)

    def visit_Attribute(self, node: ast.Attribute) -> None:  # noqa: N802
        dotted = _dotted(node)
        if dotted is None:
            self.generic_visit(node)
        else:
            self._use(dotted)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:  # noqa: N802
        for part in (*node.decorator_list, *_annotations(node), *node.args.defaults, *node.args.kw_defaults):
            if part is not None:
                self.visit(part)
        with self._scope(_arguments(node.args) | _bound(node.body, self._package)):
            for statement in node.body:
                self.visit(statement)

    visit_AsyncFunctionDef = visit_FunctionDef  # type: ignore[assignment]  # noqa: N815

    def visit_Lambda(self, node: ast.Lambda) -> None:  # noqa: N802
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default is not None:
                self.visit(default)
        with self._scope(_arguments(node.args)):
            self.visit(node.body)

    def generic_visit(self, node: ast.AST) -> None:
        if not isinstance(node, COMPREHENSIONS):
            super().generic_visit(node)
            return
        targets = [name for loop in node.generators for name in ast.walk(loop.target) if isinstance(name, ast.Name)]
        self.visit(node.generators[0].iter)  # which does not know the targets
        with self._scope({name.id: None for name in targets}):
            super().generic_visit(node)

    def _use(self, dotted: str) -> None:
        first, _, rest = dotted.partition(".")
        scope = next((scope for scope in reversed(self._scopes) if first in scope), None)
        if scope is None:
            self.uses.local.add(dotted)
            return
        origin = scope[first]
        if origin is not None:
            self.uses.absolute.add(f"{origin}.{rest}" if rest else origin)

    @contextmanager
    def _scope(self, scope: Scope) -> Iterator[None]:
        self._scopes.append(scope)
        yield
        self._scopes.pop()


def _dotted(node: ast.expr) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        above = _dotted(node.value)
        return None if above is None else f"{above}.{node.attr}"
    return None


def _annotations(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.expr]:
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]
    for annotation in (*(one.annotation for one in arguments if one), node.returns):
        if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
            yield ast.parse(annotation.value, mode="eval").body
        elif annotation is not None:
            yield annotation


def _arguments(arguments: ast.arguments) -> Scope:
    return {node.arg: None for node in ast.walk(arguments) if isinstance(node, ast.arg)}


def _bound(body: list[ast.stmt], package: str) -> Scope:
    """Return the names that a function's own statements bind, those of functions inside it left out."""
    bound: Scope = {}
    shared: set[str] = set()
    waiting: list[ast.AST] = list(body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            bound[node.name] = None
        elif isinstance(node, ast.Import | ast.ImportFrom):
            bound |= imported(node, package)
        elif isinstance(node, ast.Global | ast.Nonlocal):
            shared |= set(node.names)
        elif not isinstance(node, OWN_SCOPE):
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                bound.setdefault(node.id, None)
            waiting.extend(ast.iter_child_nodes(node))
    return {name: origin for name, origin in bound.items() if name not in shared}
