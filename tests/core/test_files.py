"""Files are written completely or not at all, and locations are local unless they name a protocol."""

import errno
from pathlib import Path

import pytest
from upath import UPath

from real_cloned.core.errors import RealClonedError, system_message
from real_cloned.core.files import atomic_write, relative_posix, resolve_path


def test_a_complete_file_replaces_the_older_one_and_nothing_else_remains(tmp_path):
    path = tmp_path / "new/folder/file.txt"
    for content in ("old", "new"):
        with atomic_write(path) as partial:
            partial.write_text(content)
    assert path.read_text() == "new"
    assert list(path.parent.iterdir()) == [path]


def test_after_an_error_the_older_file_remains_and_the_partial_one_is_deleted(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("old")

    def fail():
        with atomic_write(path) as partial:
            partial.write_text("half")
            raise KeyboardInterrupt

    pytest.raises(KeyboardInterrupt, fail)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_of_the_system_about_the_file_comes_with_a_hint_and_one_about_another_file_is_passed_on(tmp_path):
    path = tmp_path / "file.txt"

    def fail(filename):
        with atomic_write(path):
            raise OSError(errno.ENOSPC, "no space", filename)

    with pytest.raises(RealClonedError, match=rf"{path} cannot be written: the disk is full: free some space"):
        fail(None)
    with pytest.raises(OSError, match="no space"):
        fail("/elsewhere")


def test_a_message_names_the_file_and_errors_without_a_hint_have_none():
    assert system_message(OSError(errno.EIO, "", "a.wav")).startswith("a.wav: input/output error")
    assert system_message(OSError(errno.EPIPE, "")) is None


def test_a_location_without_a_protocol_is_local_and_a_tilde_is_the_home_folder():
    assert resolve_path("~/music") == Path.home() / "music"
    remote = resolve_path("memory://music")
    assert isinstance(remote, UPath)
    assert resolve_path("file:///music/a b") == Path("/music/a b")
    assert relative_posix(remote / "a" / "b.mp3", remote) == "a/b.mp3"
    assert relative_posix(Path("music/a/b.mp3"), Path("music")) == "a/b.mp3"
