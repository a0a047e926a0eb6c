import pytest

from real_cloned.core.errors import RealClonedError
from real_cloned.corpora.readers.folder import read_own


def test_a_manifest_goes_before_the_folders(corpus, touch, tmp_path):
    touch("Nina/1.mp3", "Nina/2.mp3")
    assert read_own(corpus())[0]["singer_id"].tolist() == ["Nina", "Nina"]
    (tmp_path / "manifest.csv").write_text("path,singer_id\nNina/1.mp3,Ella\n")
    assert read_own(corpus())[0]["singer_id"].tolist() == ["Ella"]


def test_a_root_that_is_not_there_says_how_to_give_one(corpus, tmp_path):
    with pytest.raises(RealClonedError, match=r"nowhere does not exist; .*--params=own\.root=PATH"):
        read_own(corpus(root=str(tmp_path / "nowhere")))


def test_a_root_that_is_a_file_says_so(corpus, touch, tmp_path):
    touch("song.mp3")
    with pytest.raises(RealClonedError, match=r"song\.mp3 is a file, not a folder"):
        read_own(corpus(root=str(tmp_path / "song.mp3")))


def test_the_home_folder_may_be_written_as_a_tilde(corpus, touch, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    touch("music/Nina/1.mp3")
    assert len(read_own(corpus(root="~/music"))[0]) == 1
