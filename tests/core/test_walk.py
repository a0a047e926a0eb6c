"""Each real folder is read once, in its real place, whatever links lead to it."""

import os
from pathlib import Path

import pytest

from real_cloned.core import walk
from real_cloned.core.walk import FolderListing, list_files


@pytest.fixture
def touch(tmp_path):
    def make(*paths):
        for path in paths:
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).touch()

    return make


@pytest.fixture
def link(tmp_path):
    def make(path, target):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).symlink_to(target, target_is_directory=True)

    return make


@pytest.fixture
def listed(tmp_path, monkeypatch):
    """List `music` below `tmp_path`; fail, rather than go on for ever, where more folders are opened than there are."""

    def run():
        opened, scan = [], os.scandir

        def scandir(folder):
            opened.append(folder)
            assert len(opened) < 50, opened[-3:]
            return scan(folder)

        monkeypatch.setattr(walk.os, "scandir", scandir)
        root = tmp_path / "music"
        listing = list_files(root)
        assert len(opened) == len(set(map(os.path.realpath, opened)))
        files = sorted(file.relative_to(root).as_posix() for file in listing.files)
        return files, {path.relative_to(root).as_posix(): reason for path, reason in listing.unread.items()}

    return run


FILES = [f"{singer}/{album}/{track}.mp3" for singer in ("Ann", "Bob") for album in ("A", "B") for track in (1, 2)]


@pytest.mark.parametrize(
    "links",
    [
        {"Ann/up": ".."},
        {"Ann/A/up": "../..", "Bob/up": ".."},
        {"Ann/A/up": "..", "Ann/B/up": ".", "Bob/A/up": "../.."},
        {"Ann/to Bob": "../Bob", "Bob/to Ann": "../Ann"},
        {"Aardvark": "Bob", "Aaron": "Ann/A"},
        {"Ann/above": "../.."},
        {"Bob/absolute": "/"},
    ],
)
def test_links_among_the_folders_of_a_corpus_change_nothing_but_what_is_told(links, touch, link, listed):
    touch("elsewhere/9.mp3", *(f"music/{file}" for file in FILES))
    for path, target in links.items():
        link(f"music/{path}", target)
    files, unread = listed()
    assert files == FILES
    assert set(unread) == set(links)
    kinds = ("link to a folder above it", "folder that is read already")
    assert all(reason.startswith(kinds) for reason in unread.values())


def test_a_folder_elsewhere_is_read_at_the_link_nearest_to_the_root_and_only_once(touch, link, listed):
    touch("music/Ann/1.mp3", "elsewhere/2.mp3", "elsewhere/live/3.mp3")
    link("music/Ann/A/deep", "../../../elsewhere")
    link("music/Zoe", "../elsewhere")
    link("elsewhere/live/back", "../../elsewhere")
    files, unread = listed()
    assert files == ["Ann/1.mp3", "Zoe/2.mp3", "Zoe/live/3.mp3"]
    assert unread == {
        "Ann/A/deep": "folder that is read already: as Zoe", "Zoe/live/back": "link to a folder above it"
    }  # fmt: skip


def test_a_link_from_elsewhere_to_a_folder_above_the_root_is_not_followed(touch, tmp_path, link):
    touch("here/music/Ann/1.mp3", "here/private/2.mp3", "elsewhere/3.mp3")
    link("here/music/Zoe", "../../elsewhere")
    link("elsewhere/back", "../here")
    root = tmp_path / "here" / "music"
    listing = list_files(root)
    assert set(listing.files) == {root / "Ann/1.mp3", root / "Zoe/3.mp3"}
    assert listing.unread == {root / "Zoe/back": "link to a folder above it"}


def test_a_part_that_was_read_through_another_link_is_not_read_again(touch, link, listed):
    touch("elsewhere/Ann/1.mp3", "elsewhere/2.mp3")
    link("music/Ann", "../elsewhere/Ann")
    link("music/Bob", "../elsewhere")
    files, unread = listed()
    assert files == ["Ann/1.mp3", "Bob/2.mp3"]
    assert unread == {"Bob/Ann": "folder that is read already: as Ann"}


def test_links_that_lead_nowhere_or_in_a_circle_are_files(touch, link, listed):
    touch("music/Ann/1.mp3")
    link("music/Ann/gone", "nowhere")
    link("music/Ann/ring", "ring")
    assert listed() == (["Ann/1.mp3", "Ann/gone", "Ann/ring"], {})


@pytest.mark.parametrize(
    "name",
    ["lost+found", "__MACOSX", ".Trash-1000", "@eaDir", "$RECYCLE.BIN", "$Recycle.Bin", "System Volume Information"],
)
def test_folders_that_a_system_made_are_passed_over_and_files_of_that_name_are_not(name, touch, listed):
    touch(f"music/{name}/1.mp3", f"music/Ann/{name}/2.mp3", "music/Ann/lost+found.mp3", "music/Bob/lost+found")
    assert listed()[0] == ["Ann/lost+found.mp3", "Bob/lost+found"]


def test_names_that_begin_with_a_dot_are_hidden_unless_they_are_those_of_bands(touch, listed):
    shown = ["...And You/1.mp3", ".38 Special/..2.mp3", ".38 Special/.5 miles.mp3"]
    touch(*(f"music/{file}" for file in shown), "music/.git/1.mp3", "music/Ann/._1.mp3", "music/Ann/.DS_Store")
    assert listed()[0] == shown


def test_a_folder_that_cannot_be_opened_is_told_and_the_others_are_read(touch, listed, monkeypatch):
    touch("music/Ann/1.mp3", "music/Bob/2.mp3")
    scan = os.scandir

    def refuse(folder):
        if folder.name == "Ann":
            raise PermissionError(13, "Permission denied")
        return scan(folder)

    monkeypatch.setattr(walk.os, "scandir", refuse)
    assert listed() == (["Bob/2.mp3"], {"Ann": "unreadable folder: Permission denied"})


def test_files_in_order_are_the_sorted_paths_also_beside_links_and_names_that_begin_with_others(touch, link, tmp_path):
    touch(
        *(f"music/{name}" for name in ("b/2.mp3", "b/1/x.mp3", "b-side/1.mp3", "b.mp3", "B/z.mp3", "b/10.mp3", "a b/1"))
    )
    link("music/b/other", "../../elsewhere")
    touch("elsewhere/deep/1.mp3", "elsewhere/0.mp3")
    listing = list_files(tmp_path / "music")
    expected = [path.relative_to(tmp_path / "music").as_posix() for path in sorted(listing.files)]
    assert list(listing.in_order()) == expected
    assert len(expected) == 9
    assert list(list_files(tmp_path / "nowhere").in_order()) == []


def test_a_tree_is_walked_in_order_however_deep_it_is():
    folder = Path("music")
    listing = FolderListing(folder, {folder: ["a.mp3"]})
    for _ in range(1500):
        folder /= "d"
        listing.names[folder] = []
    listing.names[folder].append("deep.mp3")
    assert [path[-8:] for path in listing.in_order()] == ["a.mp3", "deep.mp3"]
