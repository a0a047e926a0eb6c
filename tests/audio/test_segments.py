"""Segments read from two stores."""

import numpy as np
import pytest
import torch

from real_cloned.audio.shard_store import SegmentReader
from real_cloned.core.errors import RealClonedError

RATE = 4000


@pytest.fixture
def stores(make_store):
    """A store of two mixtures and one of two vocals, every sample of which is another number."""
    ramp = np.arange(2 * RATE)[None]
    mixtures = make_store({("a", "mixture"): ramp, ("b", "mixture"): ramp + 10000})
    return mixtures, make_store({("a", "vocals"): -ramp, ("b", "vocals"): -ramp - 10000})


def test_segments_come_in_the_order_of_the_requests_each_from_its_stem_and_offset(stores):
    reader = SegmentReader(*stores, duration_s=0.01)
    segments = reader.read([("b", "vocals", 0.5), ("a", "mixture", 1.0), ("b", "mixture", 0.0)])
    steps = torch.arange(40)
    expected = torch.stack([-12000 - steps, 4000 + steps, 10000 + steps]).to(torch.int16)
    assert torch.equal(segments, expected[:, None])


def test_a_stem_that_was_not_separated_is_an_error_that_names_it(stores):
    reader = SegmentReader(*stores, duration_s=0.01)
    with pytest.raises(RealClonedError, match="no accompaniment of track a"):
        reader.read([("a", "accompaniment", 0.0)])
