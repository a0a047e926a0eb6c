"""Profiles: shortened by areas, repeated to fill, tiled in pitch, and kept in one file."""

import h5py
import numpy as np
import pytest
import torch

from real_cloned.core.errors import RealClonedError
from real_cloned.covers.features import FRAME_RATE_HZ
from real_cloned.covers.profiles import read_profiles, shorten, tile_pitch, to_profile, write_profiles

from .fabricated import make_profiles


@pytest.mark.parametrize(("n_old", "n_new"), [(15500, 500), (97, 10), (10, 25), (7, 7)])
def test_a_shortened_feature_equals_means_over_a_grid_so_fine_that_both_fit(n_old, n_new):
    feature = np.random.default_rng(0).random((12, n_old)).astype(np.float32)
    fine = np.repeat(feature, n_new, axis=1)  # (12, n_old n_new), each new frame is n_old of these
    expected = fine.reshape(12, n_new, n_old).mean(axis=2)
    np.testing.assert_allclose(shorten(feature, n_new), expected, rtol=1e-4)


def test_the_first_15500_frames_of_da_tacos_become_500_of_31_each():
    feature = np.random.default_rng(0).random((12, 20_000)).astype(np.float32)
    expected = feature[:, :15500].reshape(12, 500, 31).mean(axis=2)
    np.testing.assert_allclose(to_profile(feature, FRAME_RATE_HZ, 180.0, 500), expected, rtol=1e-4)


def test_a_short_performance_is_repeated():
    feature = np.random.default_rng(0).random((12, 6200)).astype(np.float32)
    profile = to_profile(feature, FRAME_RATE_HZ, 180.0, 500)
    np.testing.assert_allclose(profile[:, :200], profile[:, 200:400], rtol=1e-4)
    np.testing.assert_allclose(profile[:, :100], profile[:, 400:], rtol=1e-4)


def test_a_kernel_of_twelve_rows_meets_a_tiled_profile_in_all_twelve_keys():
    profile = torch.rand(12, 5)
    tiled = tile_pitch(profile)
    assert tiled.shape == (23, 5)
    for shift in range(12):
        torch.testing.assert_close(tiled[shift : shift + 12], profile.roll(-shift, dims=0))


def test_a_set_is_one_file_that_h5py_reads_and_that_comes_back_as_it_was(tmp_path):
    profiles = make_profiles(3, 2)
    write_profiles(tmp_path / "benchmark.h5", {"crema": profiles, "hpcp": profiles})
    with h5py.File(tmp_path / "benchmark.h5") as file:
        assert file["crema/profiles"].shape == (6, 12, 60)
        assert file["crema/work_id"][0] == b"W_000"
    again = read_profiles(tmp_path / "benchmark.h5")["hpcp"]
    np.testing.assert_array_equal(again.values, profiles.values)
    assert again.work_ids.tolist() == profiles.work_ids.tolist()
    assert again.works.tolist() == [0, 0, 1, 1, 2, 2]


def test_a_missing_and_a_damaged_file_say_what_to_do(tmp_path):
    with pytest.raises(RealClonedError, match="is not there: run the stage"):
        read_profiles(tmp_path / "none.h5")
    (tmp_path / "bad.h5").write_bytes(b"x")
    with pytest.raises(RealClonedError, match="holds no profiles"):
        read_profiles(tmp_path / "bad.h5")
