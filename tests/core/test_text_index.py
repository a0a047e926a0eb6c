"""Numbers by text: what a dictionary would say, also of many texts that come in parts."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from real_cloned.core import text_index
from real_cloned.core.text_index import TextIndex, text_array

PARTS = st.lists(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 99)), max_size=8), max_size=8)


@given(PARTS, st.integers(0, 5))
def test_it_says_what_a_dictionary_says_however_many_are_sorted_in(parts, min_recent):
    expected, index = {}, TextIndex()
    before, text_index.MIN_RECENT = text_index.MIN_RECENT, min_recent
    try:
        for part in parts:
            expected.update(part)
            index.update(part)
            assert index.find("abcdefgh").tolist() == [expected.get(text, -1) for text in "abcdefgh"]
    finally:
        text_index.MIN_RECENT = before
    assert sorted(index.numbers()) == sorted(expected.values())


def test_the_order_of_its_numbers_depends_on_the_texts_alone():
    texts = [f"song {number}" for number in range(100)]
    pairs = list(zip(texts, range(100), strict=True))
    assert np.array_equal(TextIndex(pairs).numbers(), TextIndex(reversed(pairs)).numbers())


def test_texts_of_an_array_are_those_that_were_given():
    texts = ["", "a", "é", "x" * 100] * 5000
    array = text_array(iter(texts))
    assert array.tolist() == texts
    assert len(text_array([])) == 0
