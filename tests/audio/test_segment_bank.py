"""Segments gathered by number, from memory maps and from the memory of a device."""

import pickle

import numpy as np
import pandas as pd
import pytest
import torch

from real_cloned.audio.segment_bank import SegmentBank
from real_cloned.core.errors import RealClonedError

RATE = 4000
DURATION_S = 0.1


@pytest.fixture
def stores(make_store):
    """Mixtures of three tracks and vocals of two, in stereo, all of random samples; c is 0.25 s long."""
    rng = np.random.default_rng(0)
    noise = {name: rng.integers(-9999, 9999, (2, 8000 if name != "c" else 1000)) for name in "abc"}
    mixtures = make_store({(name, "mixture"): samples for name, samples in noise.items()}, n_channels=2)
    return mixtures, make_store({(name, "vocals"): noise[name] // 2 for name in "ab"}, n_channels=2)


@pytest.fixture
def segments():
    return pd.DataFrame({"track_id": list("abacb"), "offset_s": [0.0, 1.9, 0.3333, 0.2, 0.5]})


@pytest.fixture
def bank(stores, segments):
    return SegmentBank.from_stores(segments, ["mixture"], *stores, DURATION_S)


def expected(store, segments, stem):
    rows = [store.read(track, stem, offset_s, DURATION_S).T for track, offset_s in zip(*segments.T.values, strict=True)]
    return torch.from_numpy(np.stack(rows))


def test_rows_are_what_the_store_reads_there_and_zeros_after_the_end_of_the_clip(bank, stores, segments):
    gathered = bank.gather(np.arange(5))
    assert torch.equal(gathered, expected(stores[0], segments, "mixture"))
    assert not gathered[3, 200:].any()
    assert gathered[3, :200].any()


def test_the_rows_of_a_second_stem_follow_those_of_the_first(stores, segments):
    both = SegmentBank.from_stores(segments[segments["track_id"] != "c"], ["mixture", "vocals"], *stores, DURATION_S)
    wanted = segments[segments["track_id"] != "c"]
    halves = [expected(store, wanted, stem) for store, stem in zip(stores, ["mixture", "vocals"], strict=True)]
    assert torch.equal(both.gather(np.arange(8)), torch.cat(halves))


def test_rows_come_in_the_order_asked_for_as_often_as_asked_for(bank):
    every = bank.gather(np.arange(5))
    assert torch.equal(bank.gather(np.array([4, 0, 0, 3])), every[[4, 0, 0, 3]])


def test_a_resident_bank_gives_the_same_rows(bank):
    rows = np.array([3, 1, 4, 0, 2, 2])
    assert torch.equal(bank.to(torch.device("cpu")).gather(rows), bank.gather(rows))


def test_a_segment_that_begins_after_the_end_of_its_clip_is_silence_in_both(stores):
    bank = SegmentBank.from_stores(
        pd.DataFrame({"track_id": ["c"], "offset_s": [0.6]}), ["mixture"], *stores, DURATION_S
    )
    assert not bank.gather(np.array([0])).any()
    assert not bank.to(torch.device("cpu")).gather(np.array([0])).any()


def test_its_size_is_that_of_the_clips_each_counted_once(bank):
    assert bank.n_bytes == (8000 + 8000 + 1000) * 2 * 2


def test_another_process_gets_a_bank_without_its_samples(bank):
    bank.gather(np.array([0]))
    packed = pickle.dumps(bank)
    assert len(packed) < 4000
    assert torch.equal(pickle.loads(packed).gather(np.arange(5)), bank.gather(np.arange(5)))  # noqa: S301


def test_a_missing_stem_is_an_error_that_names_the_setting(stores, segments):
    with pytest.raises(RealClonedError, match=r"no accompaniment of 3 of 3 tracks .*separation\.train\.accompaniment"):
        SegmentBank.from_stores(segments, ["accompaniment"], *stores, DURATION_S)
    with pytest.raises(RealClonedError, match=r"no vocals of 1 of 3 tracks \(such as c\)"):
        SegmentBank.from_stores(segments, ["mixture", "vocals"], *stores, DURATION_S)


def test_the_fingerprint_tells_other_sounds_and_other_places_apart(stores, segments, make_store):
    mixtures, separated = stores
    one, again = (SegmentBank.from_stores(segments, ["mixture"], *stores, DURATION_S).fingerprint() for _ in range(2))
    moved = SegmentBank.from_stores(segments[::-1], ["mixture"], *stores, DURATION_S).fingerprint()
    louder = {(track, "mixture"): mixtures.read(track, "mixture") // 2 for track in "abc"}
    other = SegmentBank.from_stores(
        segments, ["mixture"], make_store(louder, n_channels=2), separated, DURATION_S
    ).fingerprint()
    assert one == again
    assert len({one, moved, other}) == 3
