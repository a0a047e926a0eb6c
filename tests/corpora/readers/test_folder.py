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


@pytest.fixture
def link(tmp_path):
    """Make links, each with the target that it names, at paths relative to `tmp_path`."""

    def make(**targets):
        for path, target in targets.items():
            (tmp_path / path.replace("__", "/")).symlink_to(target)

    return make


@pytest.mark.parametrize("root", ["", "file://"])
def test_links_to_folders_of_the_corpus_add_no_track_and_take_none_from_its_singer(
    root, corpus, touch, link, tmp_path, valid
):
    tracks = [f"{singer}/{track}.mp3" for singer in ("Ann", "Bob") for track in "1234"]
    touch(*tracks)
    link(Aaron="Bob", Ann__up="..")  # with a second such link a reader that follows them would not end
    found, rejected = valid(read_folder(corpus(root=f"{root}{tmp_path}")))
    assert found["path"].tolist() == tracks
    assert found["singer_id"].value_counts().to_dict() == {"Ann": 4, "Bob": 4}
    assert rejected == {
        "Aaron": "folder that is read already: as Bob",
        "Ann/up": "link to a folder above it",
    }


def test_a_link_to_a_track_of_another_singer_is_not_a_track_of_its_own(corpus, touch, link, tmp_path_factory, valid):
    touch("Bob/1.mp3", "Bob/Live/2.mp3", "Ann/3.mp3")
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "4.mp3"
    elsewhere.touch()
    for name, target in {"a": "../Bob/1.mp3", "b": elsewhere, "c": elsewhere, "d": "../Bob/Live/2.mp3"}.items():
        link(**{f"Ann__{name}.mp3": target})
    found, rejected = valid(read_folder(corpus()))
    assert found["path"].tolist() == ["Ann/3.mp3", "Ann/b.mp3", "Bob/1.mp3", "Bob/Live/2.mp3"]
    assert rejected == {
        "Ann/a.mp3": "link to a file that is listed: Bob/1.mp3",
        "Ann/c.mp3": "link to a file that is listed: Ann/b.mp3",
        "Ann/d.mp3": "link to a file that is listed: Bob/Live/2.mp3",
    }


def test_a_link_to_a_folder_that_is_gone_is_told(corpus, touch, link, valid):
    touch("Ann/1.mp3")
    link(Bob="/no/such/disk/Bob")
    found, rejected = valid(read_folder(corpus()))
    assert found["path"].tolist() == ["Ann/1.mp3"]
    assert rejected == {"Bob": "no such file: its link leads to nothing"}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *((f"1.{suffix}", None) for suffix in ("mkv", "m4p", "dsf", "dff", "w64", "spx", "avi", "MOV", "wmv", "mpc")),
        *((f"1.{suffix}", "protected") for suffix in ("aax", "aa", "AAXC")),
        *((f"1.{suffix}", "no recorded sound") for suffix in ("mid", "midi", "cda", "kar")),
    ],
)
def test_audio_of_every_kind_is_a_track_or_a_rejected_row(name, kind, corpus, touch, valid):
    touch("Ann/0.mp3", f"Bob/{name}")
    found, rejected = valid(read_folder(corpus()))
    assert f"Bob/{name}" in (rejected if kind else found["path"].tolist())
    assert all(reason.startswith(str(kind)) for reason in rejected.values())


@pytest.mark.parametrize("above", ["Music", "Music/Library"])
def test_a_root_that_is_too_high_is_told_before_anything_is_decoded(above, corpus, touch, tmp_path, valid):
    touch(*(f"{above}/{singer}/Live/{track}.mp3" for singer in ("Ann", "Bob") for track in "12"), "list.txt")
    with pytest.raises(RealClonedError, match=rf"one singer .*\(Ann, Bob, …\).*own\.root={tmp_path}/{above} "):
        read_folder(corpus())
    assert len(valid(read_folder(corpus(split="clone")))[0]) == 4  # clones may imitate one singer


@pytest.mark.parametrize(
    "paths", [["Ann/1.mp3"], ["Ann/Live/1.mp3", "Ann/2.mp3"], ["Ann/CD 1/1.mp3", "Ann/CD 2/1.mp3"]]
)
def test_a_single_singer_whose_folders_are_no_singers_is_read(paths, corpus, touch, valid):
    touch(*paths)
    assert set(valid(read_folder(corpus()))[0]["singer_id"]) == {"Ann"}


@pytest.mark.parametrize(
    ("paths", "is_warned"),
    [
        (["Music/Ann/Live/1.mp3", "Music/Bob/2.mp3", "Downloads/3.mp3"], True),
        (["Ann/Live/1.mp3", "Ann/Box/CD 1/2.mp3", "Ann/Box/CD 2/3.mp3", "Bob/4.mp3"], False),
        (["Ann/Live/Disc 1/1.mp3", "Ann/Box/01/2.mp3", "Bob/4.mp3"], False),
    ],
)
def test_folders_in_the_albums_of_a_singer_are_doubted_unless_they_are_discs(paths, is_warned, corpus, touch, caplog):
    touch(*paths)
    assert len(read_folder(corpus())[0]) == len(paths)
    assert ("all tracks in Music are by one singer" in caplog.text) == is_warned


def test_a_folder_without_audio_says_what_was_expected(corpus, touch):
    touch("Nina/notes.txt")
    with pytest.raises(RealClonedError, match=r"holds no audio; expected SINGER/TRACK"):
        read_folder(corpus())
