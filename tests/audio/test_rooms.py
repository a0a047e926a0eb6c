"""A room keeps the direct sound and adds a tail behind it."""

import numpy as np
import torch

from real_cloned.audio.rooms import convolve_rir, draw_rirs

RATE = 8000


def test_the_direct_sound_of_a_room_arrives_first_and_its_tail_later():
    rirs = draw_rirs(np.random.default_rng(0), 3, RATE)
    click = torch.zeros(3, RATE)
    click[:, 100] = 1
    heard = convolve_rir(click, rirs)
    assert heard.shape == click.shape
    torch.testing.assert_close(heard[:, 100], torch.ones(3), atol=1e-4, rtol=0)
    assert heard[:, :99].abs().max() < 1e-4
    assert (heard[:, 101:].norm(dim=1) <= 1).all()
    assert heard[:, 101:].abs().max() > 0
