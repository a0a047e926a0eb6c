"""How values, files, folders and libraries are known."""

import tracemalloc

import pytest

from real_cloned.core.errors import RealClonedError
from real_cloned.incremental import fingerprint as module
from real_cloned.incremental.fingerprint import digest, hash_file, library_versions, look_once, path_state, snapshot


def test_the_state_of_a_folder_sees_names_sizes_and_times_and_overlooks_hidden_files(tmp_path):
    (tmp_path / "singer").mkdir()
    (tmp_path / "singer" / "song.mp3").write_text("sound")
    before, shallow = path_state(tmp_path), path_state(tmp_path, recursive=False)
    (tmp_path / ".DS_Store").write_text("")
    assert path_state(tmp_path) == before
    (tmp_path / "singer" / "song.mp3").write_text("sounds")
    assert path_state(tmp_path) != before and path_state(tmp_path, recursive=False) == shallow
    assert path_state(tmp_path / "nowhere") == ""


def test_the_state_of_a_folder_with_a_link_to_itself_is_that_without_and_system_folders_do_not_count(tmp_path):
    (tmp_path / "singer").mkdir()
    (tmp_path / "singer" / "song.mp3").write_text("sound")
    before = path_state(tmp_path)
    (tmp_path / "singer" / "up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "lost+found").mkdir()
    (tmp_path / "lost+found" / "1.mp3").write_text("")
    assert path_state(tmp_path) == before


def test_the_state_of_a_million_files_is_made_without_a_path_object_for_each(tmp_path):
    for number in range(20_000):
        (tmp_path / f"{number % 10}").mkdir(exist_ok=True)
        (tmp_path / f"{number % 10}/{number}.mp3").touch()
    tracemalloc.start()
    path_state(tmp_path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak / 20_000 < 200, "bytes; a path has some 400"


def test_a_folder_that_cannot_be_reached_is_no_missing_folder(tmp_path, monkeypatch):
    assert path_state(tmp_path / "nowhere") == path_state(tmp_path / ("long" * 100)) == ""

    def denied(_):
        raise PermissionError(13, "denied")

    monkeypatch.setattr(module.os, "stat", denied)
    with pytest.raises(PermissionError):
        path_state(tmp_path)


def test_what_is_looked_at_in_a_snapshot_is_looked_at_once_and_again_after_it():
    looks = iter("abcdef")
    look = looks.__next__
    assert [look_once(look, "music"), look_once(look, "music")] == ["a", "b"]
    with snapshot():
        assert [look_once(look, "music"), look_once(look, "music"), look_once(look, "other")] == ["c", "c", "d"]
    assert look_once(look, "music") == "e"


def test_the_order_of_keys_does_not_count_and_types_do():
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert digest(1) != digest(1.0) != digest(True)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(RealClonedError, match="song.mp3 cannot be read"):
        hash_file(tmp_path / "song.mp3")


def test_libraries_go_by_their_distribution_and_the_standard_library_and_kedro_are_left_out():
    assert library_versions(["sklearn", "json", "kedro", "no_such_library"]).keys() == {"python", "scikit-learn"}


def test_installing_chromaprints_library_counts_as_a_change_of_what_imports_it(monkeypatch):
    monkeypatch.setattr(module, "_distributions", lambda: {"chromaprint": ["pyacoustid"]})
    monkeypatch.setattr(module, "_version", lambda _: "1.3.1")
    recorded = []
    for is_available in (False, True):
        monkeypatch.setattr(module, "chromaprint_is_available", lambda answer=is_available: answer)
        recorded.append(library_versions(["chromaprint"])["pyacoustid"])
    assert recorded == ["1.3.1, without libchromaprint", "1.3.1"]
