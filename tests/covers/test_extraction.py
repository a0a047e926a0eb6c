"""Chroma of audio: the right pitch classes, files that are not made twice, and why there are none."""

import h5py
import numpy as np
import pandas as pd
import pytest

from real_cloned.audio.encode import encode_flac
from real_cloned.core.errors import RealClonedError
from real_cloned.covers import extraction
from real_cloned.covers.corpus import prepare_audio, prepare_nothing
from real_cloned.covers.extraction import crema, extract_features, feature_files
from real_cloned.parameters.covers import ProfileParameters

RATE = 16_000
PARAMETERS = ProfileParameters(kinds=["chroma_cens"], sample_rate_hz=RATE, duration_s=2.0, n_frames=20, n_jobs=1)


def tone(midi):
    """Two seconds of a note as (1, n) int16."""
    time_s = np.arange(2 * RATE) / RATE
    return (8000 * np.sin(2 * np.pi * 440 * 2 ** ((midi - 69) / 12) * time_s)).astype(np.int16)[None]


@pytest.fixture
def found(tmp_path):
    for name, samples in {"c": tone(60), "a": tone(69), "silent": np.zeros((1, RATE), np.int16)}.items():
        encode_flac(tmp_path / f"{name}.flac", samples, RATE)
    (tmp_path / "broken.flac").write_bytes(b"no audio")
    names = ["c", "a", "silent", "broken"]
    return pd.DataFrame(
        {"work_id": "a work", "performance_id": names, "path": [f"{name}.flac" for name in names], "singer": None}
    )


def test_a_tone_has_its_pitch_class_and_bad_audio_a_reason(found, tmp_path):
    profiles, performances, rejected = prepare_audio(found, tmp_path, tmp_path / "features", PARAMETERS)
    assert performances["performance_id"].tolist() == ["c", "a"]
    assert profiles["chroma_cens"].values.mean(axis=2).argmax(axis=1).tolist() == [0, 9]
    assert rejected["performance_id"].tolist() == ["silent", "broken"]
    assert rejected["reason"][0] == "silent"
    assert rejected["reason"].str.len().min() > 0


def test_a_performance_whose_features_fail_each_time_has_a_reason(found, tmp_path, monkeypatch):
    cens = extraction.chroma_cens

    def failing(samples, *settings):
        if np.abs(np.fft.rfft(samples)).argmax() > 600:  # the higher of the two tones
            raise ValueError("too high")
        return cens(samples, *settings)

    monkeypatch.setitem(extraction.EXTRACTORS, "chroma_cens", failing)
    _, performances, rejected = prepare_audio(found[:2], tmp_path, tmp_path / "features", PARAMETERS)
    assert performances["performance_id"].tolist() == ["c"]
    assert rejected[["performance_id", "reason"]].values.tolist() == [["a", "failed: ValueError (too high)"]]


def test_an_extraction_goes_on_with_what_is_missing_or_was_made_with_other_settings(found, tmp_path, monkeypatch):
    made = []
    monkeypatch.setitem(
        extraction.EXTRACTORS, "chroma_cens", lambda samples, *_: made.append(len(samples)) or np.ones((12, 9))
    )
    usable = found[:2]
    extract_features(usable, tmp_path, tmp_path / "features", PARAMETERS)
    extract_features(usable, tmp_path, tmp_path / "features", PARAMETERS)
    assert len(made) == 2
    first, second = feature_files(tmp_path / "features", usable)
    first.unlink()
    second.write_bytes(second.read_bytes()[:100])  # as a full disk leaves it
    extract_features(usable, tmp_path, tmp_path / "features", PARAMETERS)
    assert len(made) == 4
    other = PARAMETERS.model_copy(update={"duration_s": 1.0})
    extract_features(usable, tmp_path, tmp_path / "features", other)
    assert made[4:] == [RATE, RATE]


def test_features_lie_in_the_layout_of_da_tacos_single_files(found, tmp_path):
    extract_features(found[:1], tmp_path, tmp_path / "features", PARAMETERS)
    with h5py.File(tmp_path / "features/a work/c.h5") as file:
        assert file["chroma_cens"].shape == (63, 12)
        assert file.attrs["frame_rate_hz"] == RATE / 512


def test_ids_cannot_leave_the_folder_of_features(tmp_path):
    table = pd.DataFrame({"work_id": ["..", "a/b"], "performance_id": ["../x", ".c"]})
    files = feature_files(tmp_path, table)
    assert [file.relative_to(tmp_path).parts for file in files] == [("%2E.", "%2E.%2Fx.h5"), ("a%2Fb", "%2Ec.h5")]


@pytest.mark.slow
def test_one_process_and_several_extract_the_same(found, tmp_path):
    one, *_ = prepare_audio(found[:2], tmp_path, tmp_path / "one", PARAMETERS)
    two, *_ = prepare_audio(found[:2], tmp_path, tmp_path / "two", PARAMETERS.model_copy(update={"n_jobs": 2}))
    np.testing.assert_array_equal(one["chroma_cens"].values, two["chroma_cens"].values)


@pytest.mark.parametrize(("kind", "message"), [("hpcp", "from Da-TACOS only"), ("crema", "or choose chroma_cens")])
def test_a_feature_that_cannot_be_extracted_here_is_an_error_with_the_way_out(
    found, tmp_path, kind, message, monkeypatch
):
    monkeypatch.setitem(__import__("sys").modules, "crema", None)
    with pytest.raises(RealClonedError, match=message):
        extract_features(found, tmp_path, tmp_path, PARAMETERS.model_copy(update={"kinds": [kind]}))


def test_crema_is_repeated_to_the_frames_of_the_other_features(monkeypatch):
    class Model:
        def outputs(self, y, sr):
            return {"chord_pitch": np.eye(12)[np.arange(len(y) // 4096 + 1) % 12]}

    monkeypatch.setattr(extraction, "_crema_model", Model)
    values = crema(np.zeros(44_100, np.float32), 44_100, 512)
    assert values.shape == (12, 87)
    assert values.argmax(axis=0)[[0, 3, 5, 11, 13, 80]].tolist() == [0, 0, 1, 1, 2, 10]


def test_a_set_that_is_not_there_is_empty():
    profiles, performances, rejected = prepare_nothing(PARAMETERS)
    assert profiles["chroma_cens"].values.shape == (0, 12, 20)
    assert performances.empty
    assert rejected.empty
