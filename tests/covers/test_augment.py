"""Augmentation of profiles, against changes made frame by frame."""

import numpy as np
import pytest

from real_cloned.covers.augment import CHANGES, augment_profile, change_frames, fit_length, stretch
from real_cloned.parameters.covers import ProfileAugmentParameters

PROFILE = (np.arange(12)[:, None] + 0.01 * np.arange(100)).astype(np.float32) + 1.0
"""Every value tells its pitch class and its frame."""


def frames(profile):
    """Return the number of the frame that each frame of a changed PROFILE was; -1 where it is silent."""
    return np.where(profile[0] == 0, -1, np.round(100 * (profile[0] - 1.0))).astype(int)


def test_without_other_changes_a_profile_is_rolled_in_time_and_pitch_and_nothing_else():
    still = ProfileAugmentParameters(stretch_share=0.0, frames_share=0.0)
    seen = set()
    for seed in range(40):
        changed = augment_profile(PROFILE, still, np.random.default_rng(seed))
        assert sorted(changed.ravel()) == sorted(PROFILE.ravel())
        pitch, time = np.argwhere(changed == PROFILE[0, 0])[0]
        np.testing.assert_array_equal(changed, np.roll(PROFILE, (pitch, time), axis=(0, 1)))
        seen.add(int(pitch))
    assert seen == set(range(12))


@pytest.mark.parametrize("factor", [0.7, 1.0, 1.3])
def test_a_stretched_profile_takes_the_nearest_frame_at_each_moment(factor):
    stretched = frames(stretch(PROFILE, factor))
    n = round(100 * factor)
    expected = [min(range(100), key=lambda old: abs(old - new * 99 / (n - 1))) for new in range(n)]
    assert stretched.tolist() == expected


def test_frames_are_silenced_duplicated_or_removed_as_often_as_the_parameters_say():
    parameters = ProfileAugmentParameters(silenced=0.1, duplicated=0.15, removed=0.2)
    counts = {"silenced": [], "duplicated": [], "removed": []}
    for seed in range(600):
        changed = frames(change_frames(PROFILE, parameters, np.random.default_rng(seed)))
        assert (np.diff(changed[changed >= 0]) >= 0).all()  # the order of what is left stays
        if len(changed) > 100:
            counts["duplicated"].append(len(changed) - 100)
            assert set(changed.tolist()) == set(range(100))
        elif len(changed) < 100:
            counts["removed"].append(100 - len(changed))
            assert len(set(changed.tolist())) == len(changed)
        else:
            counts["silenced"].append(int((changed < 0).sum()))
    assert [len(one) / 600 for one in counts.values()] == pytest.approx(CHANGES, abs=0.06)
    assert [np.mean(one) for one in counts.values()] == pytest.approx([10, 15, 20], abs=1.5)


def test_a_profile_is_cut_or_repeated_to_its_length():
    assert frames(fit_length(PROFILE, 40)).tolist() == list(range(40))
    assert frames(fit_length(PROFILE[:, :30], 70)).tolist() == [*range(30), *range(30), *range(10)]


def test_every_augmented_profile_has_the_old_size_and_the_same_seed_gives_the_same():
    parameters = ProfileAugmentParameters(stretch_share=1.0, frames_share=1.0)
    for seed in range(20):
        one, two = (augment_profile(PROFILE, parameters, np.random.default_rng(seed)) for _ in range(2))
        assert one.shape == PROFILE.shape
        np.testing.assert_array_equal(one, two)
