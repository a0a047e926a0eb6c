"""The stems of a corpus: which tracks keep what, and that the accompaniment is what the vocals leave."""

import numpy as np
import pandas as pd
import pytest
from demucs.apply import apply_model

from real_cloned.audio.shard_store import ShardStore
from real_cloned.audio.store_plan import write_store
from real_cloned.core.errors import RealClonedError
from real_cloned.parameters.ingest import CorpusParameters
from real_cloned.vocals.separation import run as separation
from real_cloned.vocals.separation.run import separate_tracks
from tests.sounds import write_wav
from tests.tiny import RATE, SEPARATION, but
from tests.vocals.conftest import hdemucs, noise

LENGTHS = {"a": RATE, "b": RATE + 50}


@pytest.fixture
def audio(make_store):
    return make_store({(name, "mixture"): noise(1, length, 3) for name, length in LENGTHS.items()})


@pytest.fixture
def tracks():
    return pd.DataFrame({"track_id": ["a", "b"], "path": ["a.wav", "b.wav"], "role": ["test", "train"]})


@pytest.fixture
def stems(tmp_path):
    """Separate tracks into a store and return what it holds, by track and stem."""

    def run(tracks, audio, truth, parameters):
        corpus = CorpusParameters(name="closed", root=str(tmp_path), split="probe")
        made = separate_tracks(tracks, audio, truth, parameters, corpus)
        write_store(tmp_path / "stems", made, RATE, audio.n_channels)
        store = ShardStore(tmp_path / "stems")
        clips = store.index.loc[store.index["n_samples"] > 0, ["track_id", "stem"]].values
        return {(track, stem): store.read(track, stem) for track, stem in clips}

    return run


def test_the_index_says_which_separator_made_each_stem(tracks, audio, truth, stems, tmp_path):
    stems(tracks, audio, truth, but(SEPARATION, accompaniment="all"))
    assert ShardStore(tmp_path / "stems").index["separator"].tolist() == ["reference"] * 4


@pytest.mark.parametrize("piece_s", [0.1, 0.3, 10.0])
def test_the_accompaniment_is_the_mixture_less_the_vocals(piece_s, tracks, audio, truth, stems, monkeypatch):
    monkeypatch.setattr(separation, "BLOCK_S", piece_s)
    made = stems(tracks, audio, truth, but(SEPARATION, accompaniment="all"))
    for track, length in LENGTHS.items():
        assert np.array_equal(made[track, "vocals"], truth.read(track, "vocals", 0.0, length / RATE))
        assert np.array_equal(made[track, "vocals"] + made[track, "accompaniment"], audio.read(track, "mixture"))


def test_loud_mixtures_less_opposite_vocals_are_cut_off_not_wrapped_around(make_store, tracks, stems):
    audio = make_store({("a", "mixture"): np.full((1, RATE), 30000)})
    truth = make_store({("a", "vocals"): np.full((1, RATE), -30000)})
    assert (stems(tracks[:1], audio, truth, SEPARATION)["a", "accompaniment"] == 32767).all()


@pytest.mark.parametrize(("accompaniment", "kept"), [("none", ""), ("test", "a"), ("all", "ab")])
def test_the_tracks_that_are_asked_for_keep_their_accompaniment(accompaniment, kept, tracks, audio, truth, stems):
    made = stems(tracks, audio, truth, but(SEPARATION, accompaniment=accompaniment))
    assert {track for track, stem in made if stem == "accompaniment"} == set(kept)
    assert {track for track, stem in made if stem == "vocals"} == set("ab")


def test_a_corpus_that_is_not_there_needs_no_separator(tracks, audio, truth, stems):
    assert stems(tracks[:0], audio, truth, but(SEPARATION, separator="nowhere.safetensors")) == {}


@pytest.fixture
def files(tmp_path, audio):
    """Write the tracks' original files: stereo at 8 kHz, of which the store at 4 kHz is a poor copy."""
    originals = {name: noise(2, 2 * length, 9) for name, length in LENGTHS.items()}
    for name, samples in originals.items():
        write_wav(tmp_path / f"{name}.wav", samples, 2 * RATE)
    return originals


def test_a_model_at_another_rate_hears_the_original_file_in_stereo(tracks, audio, truth, stems, files, demucs_file):
    import torch
    from torchaudio.functional import resample

    made = stems(tracks, audio, truth, demucs_file(2))
    for name, samples in files.items():
        waveform = torch.from_numpy(samples).float()[None]
        sources = apply_model(hdemucs(2), waveform, shifts=0, split=False)[0, 1]  # (2, n_samples)
        expected = resample(sources, 2 * RATE, RATE).mean(dim=0).numpy()
        vocals = made[name, "vocals"][0]
        assert len(vocals) == LENGTHS[name]
        assert np.corrcoef(vocals, expected[: len(vocals)])[0, 1] > 0.99


def test_of_a_file_in_opposite_phase_a_model_at_another_rate_hears_the_first_channel(
    tracks, audio, truth, stems, files, demucs_file, tmp_path
):
    left = files["a"][:1]
    write_wav(tmp_path / "a.wav", np.concatenate([left, left]), 2 * RATE)
    expected = stems(tracks, audio, truth, demucs_file(2))["a", "vocals"]
    write_wav(tmp_path / "a.wav", np.concatenate([left, -left]), 2 * RATE)
    index = audio.index
    index.assign(is_opposite_phase=index["track_id"] == "a").to_parquet(audio.folder / "index.parquet")
    audio = ShardStore(audio.folder)
    made = stems(tracks, audio, truth, demucs_file(2))["a", "vocals"]
    assert np.array_equal(made, expected)
    assert np.std(made) > 0


def test_an_original_that_is_gone_is_named_with_the_way_out(tracks, audio, truth, stems, demucs_file):
    with pytest.raises(RealClonedError, match=r"a\.wav could be decoded .*run the ingest stage again"):
        stems(tracks, audio, truth, demucs_file(1))


def test_a_killed_separation_goes_on_with_the_next_track(tracks, audio, truth, stems, files, demucs_file, tmp_path):
    (tmp_path / "b.wav").rename(tmp_path / "away.wav")
    with pytest.raises(RealClonedError, match=r"b\.wav"):
        stems(tracks, audio, truth, demucs_file(1))
    (tmp_path / "away.wav").rename(tmp_path / "b.wav")
    assert {track for track, _ in stems(tracks, audio, truth, demucs_file(1))} == {"a", "b"}


@pytest.mark.slow
def test_processes_that_share_the_tracks_give_what_one_gives(tracks, audio, truth, stems, files, demucs_file):
    alone = stems(tracks, audio, truth, demucs_file(1))
    shared = stems(tracks, audio, truth, demucs_file(1, n_jobs=2))
    assert alone.keys() == shared.keys()
    for clip, samples in alone.items():
        np.testing.assert_allclose(samples, shared[clip], atol=1)


class Failing:
    """A separator that fails with track b."""

    sample_rate_hz = RATE

    def stream(self, track_id, blocks):
        if track_id == "b":
            raise RuntimeError("Kernel size can't be greater than actual input size")
        yield from blocks


def test_a_track_with_which_the_separator_fails_is_a_row_for_each_stem_with_the_reason(
    tracks, audio, truth, stems, monkeypatch, tmp_path
):
    monkeypatch.setattr(separation, "load_separator", lambda *_: Failing())
    separated = stems(tracks, audio, truth, but(SEPARATION, accompaniment="all"))
    index = ShardStore(tmp_path / "stems").index
    assert index["track_id"].tolist() == ["a", "a", "b", "b"]
    assert index["stem"].tolist() == ["vocals", "accompaniment"] * 2
    assert index["n_samples"].tolist() == [RATE, RATE, 0, 0]
    assert index["reason"].isna().tolist() == [True, True, False, False]
    assert index["reason"].iloc[-1].startswith("failed: RuntimeError (Kernel size")
    assert index["separator"].tolist() == ["reference"] * 4
    assert separated.keys() == {("a", "vocals"), ("a", "accompaniment")}
