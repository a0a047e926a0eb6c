"""Names of corpora and variants: their labels and their order, also of those that nobody knew beforehand."""

import pandas as pd
import pytest

from real_cloned.reporting.labels import (
    CORPUS_ORDER,
    VARIANT_ORDER,
    corpora_in_order,
    label,
    sort_by_order,
    sort_experiments,
    variants_in_order,
)


@pytest.mark.parametrize(("name", "wanted"), [("fma", "FMA"), ("vocal", "Vocal"), ("my_clones", "My_clones"), ("", "")])
def test_a_name_without_a_label_is_written_with_a_capital_letter(name: str, wanted: str) -> None:
    assert label(name) == wanted


def test_unknown_names_follow_the_known_ones_in_the_order_of_their_first_appearance() -> None:
    assert variants_in_order(["zeta", "vocal", "alpha", "zeta", "mfcc"]) == ["mfcc", "vocal", "zeta", "alpha"]
    assert corpora_in_order(["zoo", *reversed(CORPUS_ORDER), "ark"]) == [*CORPUS_ORDER, "zoo", "ark"]
    assert variants_in_order(VARIANT_ORDER) == list(VARIANT_ORDER) and variants_in_order([]) == []


def test_rows_are_sorted_by_given_orders_or_by_value_and_ties_keep_their_order() -> None:
    table = pd.DataFrame({"variant": ["b", "a", "b", "a"], "n": [20, 3, 3, 20], "row": range(4)})
    assert sort_by_order(table, {"variant": ["b", "a"], "n": None})["row"].tolist() == [2, 0, 1, 3]
    assert sort_by_order(table, {"n": None})["row"].tolist() == [1, 2, 0, 3]
    assert sort_by_order(table, {"variant": ["a"]})["row"].tolist() == [1, 3, 0, 2]


def test_experiments_keep_the_order_in_which_their_source_names_corpora_and_variants() -> None:
    source = pd.DataFrame({"corpus": ["zoo", "fma", "ark"], "variant": ["late", "vocal", "early"]})
    table = source.assign(n_singers=5).sort_values("corpus")
    assert sort_experiments(table, source)["corpus"].tolist() == ["fma", "zoo", "ark"]
