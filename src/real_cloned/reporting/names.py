"""The order in which corpora and models are listed, and what they are called on paper."""

from collections.abc import Iterable

import pandas as pd

CORPORA = ("train", "validation", "closed", "fma", "mtg", "cloned")
MODELS = ("mfcc", "clmr", "mixture", "hybrid", "vocal", "mashup", "lstm", "speaker")
REFERENCES = ("other", "validation", "vocals", "accompaniment", "test")
"""What test tracks are compared with in Figure 4, in the order of the paper's caption."""

REFERENCE_NAMES = {
    "other": "another singer's track",
    "validation": "own validation track",
    "vocals": "own vocal stem",
    "accompaniment": "own instrumental stem",
    "test": "same track",
}
ACCOMPANIMENTS = {"own": "own", "foreign": "another\nsinger's"}
"""What sounds behind the voices of test tracks, and what that is called under a figure."""
VOICES = {
    "target": "target's tracks",
    "source": "source's other tracks",
    "original": "the original itself",
    "other": "other singers' tracks",
}
"""What clones are compared with."""
_LABELS = {
    "clmr": "CLMR-like",
    "fma": "FMA",
    "lstm": "LSTM",
    "mfcc": "MFCC statistics",
    "mtg": "MTG",
    "top1": "top-1",
    "top5": "top-5",
}


def in_order(names: Iterable[str], order: tuple[str, ...]) -> list[str]:
    """Return the distinct names, the known ones as in `order`, then the others by alphabet."""
    found = set(names)
    return [name for name in order if name in found] + sorted(found - set(order))


def sort_by_order(table: pd.DataFrame, orders: dict[str, tuple[str, ...]]) -> pd.DataFrame:
    """Return the rows sorted by the columns of `orders`, each in its own order; rows that tie keep theirs."""
    ranks = pd.DataFrame(index=table.index)
    for column, order in orders.items():
        known = in_order(table[column], order)
        ranks[column] = table[column].map({name: rank for rank, name in enumerate(known)})
    return table.loc[ranks.sort_values(list(orders), kind="stable").index].reset_index(drop=True)


def label(name: str) -> str:
    """Return how a corpus, a model or a measure is written in headings: `fma` is FMA, `vocal` is Vocal."""
    return _LABELS.get(name) or name[:1].upper() + name[1:]
