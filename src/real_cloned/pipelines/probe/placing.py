"""Where the probe's nodes find their tables and settings."""

from collections.abc import Callable
from typing import Any

from kedro.pipeline import Node, Pipeline

from real_cloned.pipelines.names import dotted, own, shared

WHO, WHERE, HOW = "params:pretrain", "params:corpora", "params:probe"


def side(variant: str, corpus: str) -> list[str]:
    """Return the tracks, splits and embeddings of one corpus as one variant embeds it."""
    return [dotted(corpus, "tracks"), dotted(corpus, "splits"), dotted(variant, corpus, "embeddings")]


def placed(
    work: Callable[..., Any], settings: list[str], tables: list[str], made: str | list[str], cell: tuple[str, str]
) -> Pipeline:
    """Return a node in the namespace of its `cell`, a variant and a corpus; its `tables` keep their names.

    settings : of WHO, WHERE and HOW those that `work` takes first
    """
    node = Node(work, [*settings, *tables], made, name=work.__name__)
    parameters = own(cell[0], "pretrain") | own(cell[1], "corpora") | shared("probe")
    used = {name: place for name, place in parameters.items() if name in settings}
    return Pipeline([node], namespace=dotted(*cell), inputs=set(tables), parameters=used, tags="probe")
