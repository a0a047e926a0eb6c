"""Da-TACOS' folders and feature files, in both layouts and both orientations."""

from pathlib import Path

import numpy as np
import pytest

from real_cloned.core.errors import RealClonedError
from real_cloned.covers.corpus import prepare_da_tacos
from real_cloned.covers.features import FRAME_RATE_HZ, UnusableFeature, list_da_tacos, read_feature
from real_cloned.parameters.covers import CoverCorpusParameters, ProfileParameters

from .fabricated import write_da_tacos, write_feature

REAL = Path(__file__).parents[3] / "shared/real/metadata/da_tacos"
PARAMETERS = ProfileParameters(kinds=["crema", "hpcp"], n_frames=50, duration_s=2.0)


@pytest.mark.parametrize("single_files", [True, False])
@pytest.mark.parametrize("subset", ["benchmark", "coveranalysis"])
def test_both_layouts_and_both_orientations_give_the_same_profiles(tmp_path, single_files, subset):
    write_da_tacos(tmp_path, subset, 3, 2, single_files=single_files)
    corpus = CoverCorpusParameters(name="train", root=str(tmp_path), source="da_tacos", subset=subset)
    profiles, performances, rejected = prepare_da_tacos(corpus, PARAMETERS)
    assert performances["performance_id"].tolist() == ["P_00", "P_01", "P_10", "P_11", "P_20", "P_21"]
    assert performances["work_id"].tolist() == ["W_0", "W_0", "W_1", "W_1", "W_2", "W_2"]
    assert profiles["crema"].values.shape == (6, 12, 50)
    np.testing.assert_array_equal(profiles["crema"].values, profiles["hpcp"].values)
    assert rejected.empty


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (np.ones((30, 11)), "misshapen: 30 x 11, and one of two sides must be 12"),
        (np.ones((12, 12)), "misshapen: 12 x 12, which does not tell frames from pitch classes"),
        (np.ones(12), "misshapen: 12, and one of two sides must be 12"),
        (np.zeros((30, 12)), "holds nothing but zeros"),
        (np.full((30, 12), np.nan), "holds values that are no numbers"),
        (np.zeros((0, 12)), "misshapen: 0 x 12"),
    ],
)
def test_a_misshapen_feature_becomes_a_rejected_row_with_its_reason(tmp_path, values, reason):
    write_da_tacos(tmp_path, "benchmark", 2, 2, single_files=False)
    bad = tmp_path / "da-tacos_benchmark_subset_crema/W_1_crema/P_10_crema.h5"
    write_feature(bad, crema=values)
    corpus = CoverCorpusParameters(name="benchmark", root=str(tmp_path), source="da_tacos")
    profiles, performances, rejected = prepare_da_tacos(corpus, PARAMETERS)
    assert (
        performances["performance_id"].tolist()
        == ["P_00", "P_01", "P_11"]
        == profiles["crema"].performance_ids.tolist()
    )
    ((work, performance, path, told),) = rejected.to_numpy()
    assert (work, performance, path) == ("W_1", "P_10", str(bad))
    assert told.startswith(reason)


def test_a_file_that_is_no_hdf5_and_one_that_is_missing_become_rejected_rows(tmp_path):
    write_da_tacos(tmp_path, "benchmark", 2, 2, single_files=False)
    folder = tmp_path / "da-tacos_benchmark_subset_hpcp"
    (folder / "W_0_hpcp/P_00_hpcp.h5").write_bytes(b"no hdf5")
    (folder / "W_0_hpcp/P_01_hpcp.h5").unlink()
    corpus = CoverCorpusParameters(name="benchmark", root=str(tmp_path), source="da_tacos")
    _, performances, rejected = prepare_da_tacos(corpus, PARAMETERS)
    assert performances["performance_id"].tolist() == ["P_10", "P_11"]
    assert [reason.split(":")[0] for reason in rejected["reason"]] == ["unreadable", "no file of hpcp"]


def test_a_feature_that_is_not_in_the_file_is_named(tmp_path):
    write_feature(tmp_path / "P_1.h5", hpcp=np.ones((30, 12)))
    with pytest.raises(UnusableFeature, match="no feature crema"):
        read_feature(tmp_path / "P_1.h5", "crema")


def test_a_folder_without_the_feature_says_which_folders_were_looked_for(tmp_path):
    with pytest.raises(RealClonedError, match="da-tacos_benchmark_subset_single_files, da-tacos_benchmark_subset_cens"):
        list_da_tacos(tmp_path, "benchmark", ["chroma_cens"])


@pytest.mark.skipif(not REAL.is_dir(), reason="the real feature files are not here")
def test_the_three_real_features_of_one_performance_tell_the_same_music_in_the_same_key():
    table = list_da_tacos(REAL, "coveranalysis", ["crema", "hpcp", "chroma_cens"])
    assert table[["work_id", "performance_id"]].to_numpy().tolist() == [["W_163992", "P_547131"]]
    features = {kind: read_feature(table[kind][0], kind) for kind in ("crema", "hpcp", "chroma_cens")}
    assert all(values.shape[0] == 12 and abs(values.shape[1] - 15227) < 2 for values, _ in features.values())
    assert all(rate == FRAME_RATE_HZ for _, rate in features.values())
    means = np.stack([values.mean(axis=1) for values, _ in features.values()])
    crema, hpcp, cens = means
    assert np.corrcoef(crema, hpcp)[0, 1] > 0.9
    others = [np.corrcoef(np.roll(crema, shift), cens)[0, 1] for shift in range(1, 12)]
    assert np.corrcoef(crema, cens)[0, 1] == max(others + [np.corrcoef(crema, cens)[0, 1]])
