import pytest

from real_cloned.core.errors import RealClonedError
from real_cloned.corpora.readers.ctrsvdd import read_ctrsvdd

TRAIN = """m4singer CtrSVDD_0110 CtrSVDD_0110_D_0015416 - - bonafide
jvsmusic CtrSVDD_0097 CtrSVDD_0097_D_0010993 - A06 deepfake
m4singer CtrSVDD_0110 CtrSVDD_0110_D_0000001 - A01 deepfake
"""
DEV = "oniku CtrSVDD_0001 CtrSVDD_0001_D_0000002 - - bonafide\n"


@pytest.fixture
def ctrsvdd(corpus, tmp_path, touch):
    (tmp_path / "train.txt").write_text(TRAIN)
    (tmp_path / "dev.txt").write_text(DEV)
    touch("train_set/CtrSVDD_0110_D_0015416.flac", "train_set/CtrSVDD_0110_D_0000001.flac")
    touch("train_set/CtrSVDD_0097_D_0010993.flac")
    return lambda **settings: corpus(source="ctrsvdd", **settings)


def test_singers_attacks_and_sources_are_read_and_clips_without_a_file_rejected(ctrsvdd, valid):
    found, reasons = valid(read_ctrsvdd(ctrsvdd()))
    assert found["singer_id"].tolist() == ["CtrSVDD_0110", "CtrSVDD_0097", "CtrSVDD_0110"]
    assert found["clone_method"].fillna("real").tolist() == ["real", "A06", "A01"]
    assert found["genre"].tolist() == ["m4singer", "jvsmusic", "m4singer"]
    assert reasons == {"dev_set/CtrSVDD_0001_D_0000002.flac": "missing on disk"}


@pytest.mark.parametrize(
    ("part", "clips", "n_missing"),
    [("real", ["CtrSVDD_0110_D_0015416"], 1), ("clones", ["CtrSVDD_0097_D_0010993", "CtrSVDD_0110_D_0000001"], 0)],
)
def test_real_clips_and_deepfakes_can_be_read_apart(part, clips, n_missing, ctrsvdd, valid):
    found, reasons = valid(read_ctrsvdd(ctrsvdd(part=part)))
    assert found["track_id"].tolist() == clips
    assert len(reasons) == n_missing


def test_one_list_is_enough(ctrsvdd, tmp_path, valid):
    (tmp_path / "dev.txt").unlink()
    assert len(valid(read_ctrsvdd(ctrsvdd()))[0]) == 3


def test_a_folder_without_lists_is_one_clear_message(corpus):
    with pytest.raises(RealClonedError, match=r"neither train\.txt nor dev\.txt"):
        read_ctrsvdd(corpus(source="ctrsvdd"))


@pytest.mark.parametrize("line", ["a b c", "m4singer S clip - - maybe", "m4singer S clip - - bonafide extra"])
def test_a_line_that_does_not_fit_is_named(line, ctrsvdd, tmp_path):
    (tmp_path / "dev.txt").write_text(DEV + line + "\n")
    with pytest.raises(RealClonedError, match=r"dev\.txt, line 2: expected"):
        read_ctrsvdd(ctrsvdd())
