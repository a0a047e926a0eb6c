"""Features folders: what is read, and what is refused."""

import numpy as np
import pytest
import yaml

from real_cloned.core.errors import RealClonedError
from real_cloned.encoders.lstm.features import FeatureFolder, FeatureUtterances, read_frames

PARAMETERS = {
    "fmax": 7600,
    "fmin": 90,
    "frame_size": 400,
    "hop_size": 160,
    "num_feats": 5,
    "sr": 16000,
    "type": "world",
}


@pytest.fixture
def folder(tmp_path):
    """Three singers to train on and two to validate, three files of 20 frames x 5 bins each."""
    (tmp_path / "feat_params.yaml").write_text(yaml.safe_dump(PARAMETERS))
    for half, singer in [*(("train", name) for name in "abc"), *(("val", name) for name in "de")]:
        for number in range(3):
            save(tmp_path / half / singer / f"{number}.npy", np.full((20, 5), ord(singer) + number / 10))
    return tmp_path


def save(path, array):
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, array)


def test_singers_are_the_folders_of_each_half_and_utterances_their_files(folder):
    (folder / "train" / "a" / "notes.txt").write_text("not an utterance")
    (folder / "train" / "empty").mkdir()
    contents = FeatureFolder.read(folder)
    assert {name: len(files) for name, files in contents.train.items()} == {"a": 3, "b": 3, "c": 3}
    assert list(contents.val) == ["d", "e"]
    assert contents.parameters.num_feats == 5


def test_files_of_other_bins_than_feat_params_says_are_refused_by_name(folder):
    save(folder / "val" / "e" / "1.npy", np.zeros((20, 6)))
    with pytest.raises(RealClonedError, match=r"val/e/1\.npy has 6 bins.*num_feats: 5"):
        FeatureFolder.read(folder)


def test_files_of_bins_x_frames_are_recognised(folder):
    save(folder / "train" / "a" / "1.npy", np.zeros((5, 20)))
    with pytest.raises(RealClonedError, match="transpose it"):
        FeatureFolder.read(folder)


def test_a_singer_in_both_halves_is_refused_by_name(folder):
    save(folder / "val" / "b" / "0.npy", np.zeros((20, 5)))
    with pytest.raises(RealClonedError, match=r"b in train/ and in val/"):
        FeatureFolder.read(folder)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "cannot be read"),
        ("num_feats: [", "does not say"),
        ("sr: 16000", "num_feats"),
        (yaml.safe_dump(PARAMETERS | {"num_feat": 4}), "num_feat\n"),
        (yaml.safe_dump(PARAMETERS | {"num_feats": 0}), "num_feats"),
    ],
)
def test_feat_params_that_are_missing_or_wrong_are_refused_by_name(folder, text, said):
    (folder / "feat_params.yaml").unlink()
    if text is not None:
        (folder / "feat_params.yaml").write_text(text)
    with pytest.raises(RealClonedError, match=rf"feat_params\.yaml(.|\n)*{said}"):
        FeatureFolder.read(folder)


@pytest.mark.parametrize("half", ["train", "val"])
def test_a_half_that_is_not_there_is_refused_by_name(folder, half):
    (folder / half).rename(folder / "elsewhere")
    with pytest.raises(RealClonedError, match=rf"{half} must hold at least 2"):
        FeatureFolder.read(folder)


@pytest.mark.parametrize("array", [np.zeros(5), np.zeros((2, 3, 5)), np.zeros((4, 5), complex), np.full((4, 5), "a")])
def test_arrays_that_are_no_frames_of_bins_are_refused(tmp_path, array):
    save(tmp_path / "odd.npy", array)
    with pytest.raises(RealClonedError, match=r"odd\.npy must hold frames x bins"):
        read_frames(tmp_path / "odd.npy")


@pytest.mark.parametrize("content", [b"", b"nonsense"])
def test_files_that_are_no_arrays_are_refused(tmp_path, content):
    (tmp_path / "bad.npy").write_bytes(content)
    with pytest.raises(RealClonedError, match=r"bad\.npy holds no array"):
        read_frames(tmp_path / "bad.npy")


def test_nothing_is_unpickled(tmp_path):
    np.save(tmp_path / "objects.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(RealClonedError, match="holds no array"):
        read_frames(tmp_path / "objects.npy")


def test_a_file_without_frames_is_refused(folder):
    save(folder / "train" / "a" / "1.npy", np.zeros((0, 5)))
    with pytest.raises(RealClonedError, match="has no frames"):
        FeatureFolder.read(folder)


def test_a_crop_is_a_random_stretch_of_its_file(tmp_path):
    save(tmp_path / "a.npy", np.arange(100.0)[:, None] * np.ones(3))
    source = FeatureUtterances({"a": [tmp_path / "a.npy"]}, 10)
    crops = source.draw(0, [0] * 300, np.random.default_rng(0))
    assert crops.shape == (300, 10, 3)
    starts = crops[:, 0, 0].int().tolist()
    assert (min(starts), max(starts)) == (0, 90)
    assert (crops[:, 9, 0] - crops[:, 0, 0] == 9).all()


def test_a_short_file_is_padded_on_both_sides_with_its_lowest_value(tmp_path):
    save(tmp_path / "a.npy", np.array([[3.0], [2.0], [4.0]]))
    crop = FeatureUtterances({"a": [tmp_path / "a.npy"]}, 6).draw(0, [0], np.random.default_rng(0))[0, :, 0]
    assert crop.tolist() == [2, 3, 2, 4, 2, 2]


def test_a_value_that_is_no_number_is_refused_when_it_is_read(tmp_path):
    save(tmp_path / "a.npy", np.full((9, 2), np.nan))
    with pytest.raises(RealClonedError, match=r"a\.npy holds values"):
        FeatureUtterances({"a": [tmp_path / "a.npy"]}, 6).draw(0, [0], np.random.default_rng(0))


class Counted(dict):
    """A dictionary that counts how often its names are listed."""

    n_listed = 0

    def __iter__(self):
        self.n_listed += 1
        return super().__iter__()


def test_the_names_of_all_singers_are_not_sorted_again_for_every_crop(folder):
    source = FeatureUtterances(Counted(FeatureFolder.read(folder).train), 8)
    for _ in range(5):
        source.draw(1, [0, 2], np.random.default_rng(0))
    assert [source.n_utterances(singer) for singer in range(3)] == [3, 3, 3]
    assert source.files.n_listed == 1
