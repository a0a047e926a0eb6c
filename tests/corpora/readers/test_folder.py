import os

import pytest

from real_cloned.core.errors import RealClonedError
from real_cloned.corpora.readers.folder import read_folder


def test_the_first_folder_is_the_singer_and_those_below_are_the_album(corpus, touch, valid):
    touch("Nina/1.mp3", "Nina/Live/2.FLAC", "Ella/Box/CD 2/3.opus")
    found, rejected = valid(read_folder(corpus()))
    assert found[["path", "singer_id", "album_id"]].fillna("").values.tolist() == [
        ["Ella/Box/CD 2/3.opus", "Ella", "Ella/Box/CD 2"],
        ["Nina/1.mp3", "Nina", ""],
        ["Nina/Live/2.FLAC", "Nina", "Nina/Live"],
    ]
    assert found["track_id"].tolist() == found["path"].tolist()
    assert rejected == {}


def test_what_is_hidden_or_no_audio_is_passed_over(corpus, touch, valid):
    touch("Nina/1.mp3", "Nina/cover.jpg", "Nina/notes.txt", "Nina/._1.mp3", ".git/x.mp3", "list.csv", "Nina/mp3")
    found, rejected = valid(read_folder(corpus()))
    assert found["path"].tolist() == ["Nina/1.mp3"]
    assert rejected == {}


def test_audio_outside_a_singers_folder_is_rejected(corpus, touch, valid):
    touch("1.mp3", "Nina/2.mp3")
    found, rejected = valid(read_folder(corpus()))
    assert found["path"].tolist() == ["Nina/2.mp3"]
    assert rejected["1.mp3"].startswith("no singer folder")


def test_odd_names_are_found(corpus, touch, valid):
    touch("🎤 Zoë/a b/c: d.mp3", 'It\'s "me"/1.ogg')
    assert len(valid(read_folder(corpus()))[0]) == 2


def test_a_name_that_is_not_utf8_is_one_rejected_row(corpus, touch, tmp_path, valid):
    touch("Nina/1.mp3")
    try:
        (tmp_path / "Nina" / os.fsdecode(b"bad\xff.mp3")).touch()
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    found, rejected = valid(read_folder(corpus()))
    assert found["path"].tolist() == ["Nina/1.mp3"]
    assert rejected == {"Nina/bad\ufffd.mp3": "its name is not UTF-8; rename it"}


def test_links_to_folders_elsewhere_are_followed(corpus, touch, tmp_path, tmp_path_factory, valid):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "1.mp3").touch()
    (tmp_path / "Nina").symlink_to(elsewhere, target_is_directory=True)
    assert valid(read_folder(corpus()))[0]["path"].tolist() == ["Nina/1.mp3"]


def test_a_folder_without_audio_says_what_was_expected(corpus, touch):
    touch("Nina/notes.txt")
    with pytest.raises(RealClonedError, match=r"holds no audio; expected SINGER/TRACK"):
        read_folder(corpus())
