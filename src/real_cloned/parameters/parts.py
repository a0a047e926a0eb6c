"""Corpora that divide one source by `draw`: which there are, and whether they agree."""

from collections.abc import Mapping
from itertools import product
from typing import Any

from real_cloned.core.errors import RealClonedError
from real_cloned.parameters.ingest import CorpusParameters

SHARED_BY_PARTS = (
    *("source", "root", "metadata", "path_column", "singer_column", "same_singer"),
    *("draw", "seed", "min_vocal_share"),
)
"""Parameters in which corpora that divide one source agree."""

SPLIT_OF_PART = {"train": "train", "validation": "validation", "closed": "probe"}
"""What the tracks of each part of a divided source are for."""


def find_parts(corpora: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return the corpora with a `draw` by their part: `train`, `validation`, `closed`.

    Args:
        corpora: The entries under `corpora` by name, as the configuration has them: mappings of plain values.

    Raises:
        RealClonedError: They do not divide one source.
    """
    drawn = {name: entry for name, entry in corpora.items() if entry.get("draw") is not None}
    parts = {str(entry.get("part")): name for name, entry in drawn.items()}
    is_fit = all(SPLIT_OF_PART.get(part) == drawn[name].get("split") for part, name in parts.items())
    if drawn and (len(parts) < len(drawn) or "train" not in parts or not is_fit):
        got = "; ".join(f"{name}: part {drawn[name].get('part')}, split {drawn[name].get('split')}" for name in drawn)
        raise RealClonedError(
            "corpora: those with a `draw` divide one source: one has part and split `train`, and there may be one with "
            f"part and split `validation` and one with part `closed` and split `probe`; got {got}"
        )
    for name, key in product(drawn, SHARED_BY_PARTS):
        default = CorpusParameters.model_fields[key].get_default()
        value, other = (drawn[corpus].get(key, default) for corpus in (name, parts["train"]))
        if value != other:
            raise RealClonedError(
                f"corpora.{name}.{key} is {value!r}, corpora.{parts['train']}.{key} {other!r}: corpora with a `draw` "
                "divide one source, and must agree"
            )
    draw = drawn[parts["train"]]["draw"] if drawn else {}
    for part in ("closed", "validation"):
        if isinstance(draw, Mapping) and draw.get(part) and part not in parts:
            raise RealClonedError(
                f"corpora.{parts['train']}.draw.{part} is {draw[part]}, and must be 0: no corpus has `part: {part}`"
            )
    if drawn and "pool" in corpora:
        raise RealClonedError("corpora.pool: the name is that of the source that `draw` divides; choose another")
    return parts
