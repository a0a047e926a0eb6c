"""Segments come from the stem and the place that are asked for, and mixes of stems are what they are called."""

import numpy as np
import pytest
import torch

from real_cloned.audio.segment_reader import SegmentReader, turn_down_accompaniment
from real_cloned.core.errors import RealClonedError

SEGMENT_RATE = 4000


@pytest.fixture
def stores(make_store):
    """A store of two mixtures and one of two vocals, every sample of which is another number."""
    ramp = np.arange(2 * SEGMENT_RATE)[None]
    mixtures = make_store({("a", "mixture"): ramp, ("b", "mixture"): ramp + 10000})
    return mixtures, make_store({("a", "vocals"): -ramp, ("b", "vocals"): -ramp - 10000})


def test_segments_come_in_the_order_of_the_requests_each_from_its_stem_and_offset(stores):
    reader = SegmentReader(*stores, duration_s=0.01)
    segments = reader.read([("b", "vocals", 0.5), ("a", "mixture", 1.0), ("b", "mixture", 0.0)])
    steps = torch.arange(40)
    expected = torch.stack([-12000 - steps, 4000 + steps, 10000 + steps]).to(torch.int16)
    assert torch.equal(segments, expected[:, None])


@pytest.mark.parametrize("gain", [0.0, 0.35, 1.0])
def test_what_is_turned_down_is_the_vocals_and_so_much_of_what_the_mixture_has_beside_them(stores, gain):
    reader = SegmentReader(*stores, duration_s=0.01, accompaniment_gain=gain)
    mixture, vocals, turned_down = reader.read([("b", stem, 0.5) for stem in ("mixture", "vocals", "turned_down")])
    expected = vocals.double() + gain * (mixture.double() - vocals.double())
    assert (turned_down - expected).abs().max() <= 0.51
    assert turned_down.dtype == torch.int16


def test_full_scale_of_opposite_signs_does_not_overflow():
    loud = np.array([32767, -32768, -32768], np.int16)
    other = np.array([-32768, 32767, -32768], np.int16)
    for gain in (0.0, 0.35, 0.5, 1.0):
        expected = gain * loud.astype(float) + (1 - gain) * other.astype(float)
        assert np.abs(turn_down_accompaniment(loud, other, gain) - expected).max() <= 0.51


def test_a_stem_that_was_not_separated_is_an_error_that_names_it(stores):
    reader = SegmentReader(*stores, duration_s=0.01)
    with pytest.raises(RealClonedError, match="no accompaniment of track a"):
        reader.read([("a", "accompaniment", 0.0)])
