"""The order in which corpora and variants are listed, and what they are called on paper.

Corpora and variants come from the configuration. Those of the paper and of this project have a fixed order and, where
the name alone would read badly, a label; any other comes after them and is called by its name with a capital letter.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

CORPUS_ORDER = ("train", "validation", "closed", "fma", "mtg", "cloned")
VARIANT_ORDER = ("mfcc", "clmr", "mixture", "hybrid", "vocal", "mashup", "lstm", "ge2e", "speaker", "student")
LABELS = {
    "clmr": "CLMR-like",
    "fma": "FMA",
    "ge2e": "GE2E",
    "lstm": "LSTM",
    "mfcc": "MFCC statistics",
    "mtg": "MTG",
    "speaker": "CAM++",
    "student": "Student of CAM++",
    "top1": "top-1",
    "top5": "top-5",
}


def label(name: str) -> str:
    """Return how a corpus, a variant or a measure is written in headings.

    Args:
        name: A name in tables, such as `fma` (written FMA) or `vocal` (written Vocal).
    """
    return LABELS.get(name) or name[:1].upper() + name[1:]


def in_order(names: Iterable[str], order: Sequence[str]) -> list[str]:
    """Return the distinct names, the known ones first, the others in the order of their first appearance.

    Args:
        names: Any names, such as a column of a table; repetitions are allowed.
        order: The known names, such as `CORPUS_ORDER`; those that do not occur in `names` are left out.
    """
    distinct = dict.fromkeys(names)
    return [name for name in order if name in distinct] + [name for name in distinct if name not in order]


def corpora_in_order(names: Iterable[str]) -> list[str]:
    """Return the distinct corpora, in `CORPUS_ORDER`, then those that are not in it by first appearance.

    Args:
        names: Names of corpora, with repetitions.
    """
    return in_order(names, CORPUS_ORDER)


def variants_in_order(names: Iterable[str]) -> list[str]:
    """Return the distinct variants, in `VARIANT_ORDER`, then those that are not in it by first appearance.

    Args:
        names: Names of variants, with repetitions.
    """
    return in_order(names, VARIANT_ORDER)


def sort_by_order(table: pd.DataFrame, orders: Mapping[str, Sequence[Any] | None]) -> pd.DataFrame:
    """Return the rows sorted by several columns, each in an order of its own; rows that tie keep theirs.

    Args:
        table: Any table that has the columns of `orders`.
        orders: Values in the order to sort by, for each column, the first of which weighs most; values that are not
            listed come last, by first appearance. None sorts a column by its values.
    """
    ranks = pd.DataFrame(index=table.index)
    for column, order in orders.items():
        values = sorted(set(table[column])) if order is None else in_order(table[column], order)
        ranks[column] = table[column].map({value: rank for rank, value in enumerate(values)})
    return table.loc[ranks.sort_values(list(orders), kind="stable").index].reset_index(drop=True)


def sort_experiments(table: pd.DataFrame, source: pd.DataFrame) -> pd.DataFrame:
    """Return the rows sorted by corpus, number of singers and variant.

    Args:
        table: A table with the columns corpus, n_singers and variant.
        source: The table that `table` was computed from. Corpora and variants that are not known follow in the order
            in which they appear in it: grouping has sorted those of `table` by the alphabet.
    """
    corpora, variants = corpora_in_order(source["corpus"]), variants_in_order(source["variant"])
    return sort_by_order(table, {"corpus": corpora, "n_singers": None, "variant": variants})
