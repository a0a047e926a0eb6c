import hashlib

import joblib
import numpy as np
import pandas as pd
import pytest

from real_cloned.audio.store import ShardStore, write_store
from real_cloned.corpora import decoding
from real_cloned.corpora.decoding import decode_clip, decode_tracks, describe_tracks
from real_cloned.corpora.folder import read_folder
from real_cloned.parameters import AudioParameters
from real_cloned.schemas import FoundTracks, Rejected, Tracks, empty

AUDIO = AudioParameters(sample_rate_hz=16000, n_channels=1, segment_s=1.0)


def tone(duration_s, rate=16000, amplitude=8000, n_channels=1):
    return np.repeat([amplitude * np.sin(np.arange(round(duration_s * rate)) * 0.2)], n_channels, axis=0).astype(
        np.int16
    )


@pytest.fixture
def found(tmp_path, write_wav, corpus):
    """A corpus with every kind of file."""
    write_wav(tmp_path / "A" / "good.wav", tone(2.0), 16000)
    write_wav(tmp_path / "A" / "stereo 🎤.wav", tone(1.5, 44100, n_channels=2), 44100)
    write_wav(tmp_path / "B" / "short.wav", tone(0.5), 16000)
    write_wav(tmp_path / "B" / "silent.wav", tone(2.0, amplitude=20), 16000)
    (tmp_path / "B" / "text.mp3").write_text("no music\n" * 100)
    (tmp_path / "B" / "zero.mp3").touch()
    return read_folder(corpus())[0]


def test_each_found_track_gives_one_clip_in_order_and_bad_files_give_empty_ones(found, corpus):
    clips = list(decode_tracks(found, corpus(), AUDIO))
    assert [clip.track_id for clip in clips] == found["track_id"].tolist()
    assert {clip.stem for clip in clips} == {"mixture"}
    assert [clip.samples.shape for clip in clips] == [(1, 32000), (1, 24000), (1, 0), (1, 0), (1, 0), (1, 0)]
    assert {clip.samples.dtype for clip in clips} == {np.dtype(np.int16)}
    assert len({tuple(clip.facts) for clip in clips}) == 1


def test_the_facts_are_those_of_the_file_and_of_its_decoded_samples(found, tmp_path):
    clip = decode_clip("t", tmp_path / "A" / "stereo 🎤.wav", AUDIO)
    assert clip.facts == {
        **{"duration_s": 1.5, "sample_rate_hz": 44100, "n_channels": 2, "reason": None},
        "content_sha256": hashlib.sha256(clip.samples.tobytes()).hexdigest(),
    }


def test_copies_have_one_hash_whatever_their_names(tmp_path, write_wav):
    for name in ("a.wav", "b.wav"):
        write_wav(tmp_path / name, tone(1.0), 16000)
    assert decode_clip("a", tmp_path / "a.wav", AUDIO).facts == decode_clip("b", tmp_path / "b.wav", AUDIO).facts


@pytest.mark.parametrize(("peak", "is_silent"), [(0, True), (32, True), (33, False), (-33, False), (-32768, False)])
def test_silence_is_a_peak_below_minus_60_db(peak, is_silent, tmp_path, write_wav):
    samples = np.zeros((1, 16000), np.int16)
    samples[0, 5000] = peak
    write_wav(tmp_path / "a.wav", samples, 16000)
    assert (decode_clip("a", tmp_path / "a.wav", AUDIO).facts["reason"] is not None) == is_silent


def test_exactly_one_segment_is_long_enough(tmp_path, write_wav):
    write_wav(tmp_path / "a.wav", tone(1.0), 16000)
    write_wav(tmp_path / "b.wav", tone(1.0)[:, 1:], 16000)
    assert decode_clip("a", tmp_path / "a.wav", AUDIO).facts["reason"] is None
    assert decode_clip("b", tmp_path / "b.wav", AUDIO).facts["reason"].startswith("shorter than one segment")


def test_a_decoding_can_be_iterated_over_again_and_is_no_iterator_itself(found, corpus):
    clips = decode_tracks(found[:2], corpus(), AUDIO)
    assert [clip.track_id for clip in clips] == [clip.track_id for clip in clips]
    assert not hasattr(clips, "__next__")


def test_a_corpus_that_is_not_there_starts_no_process_and_stores_nothing(corpus, monkeypatch, tmp_path):
    monkeypatch.setattr(decoding, "Parallel", lambda *_, **__: pytest.fail("a process was started"))
    write_store(tmp_path / "store", decode_tracks(empty(FoundTracks), corpus(root=None), AUDIO), 16000, 1)
    tracks, rejected = describe_tracks(empty(FoundTracks), ShardStore(tmp_path / "store").index)
    assert Tracks.validate(tracks).empty
    assert Rejected.validate(rejected).empty


def test_tracks_and_rejected_files_are_told_from_the_store_alone(found, corpus, tmp_path):
    write_store(tmp_path / "store", decode_tracks(found, corpus(), AUDIO), 16000, 1)
    found.to_parquet(tmp_path / "found.parquet")
    tracks, rejected = describe_tracks(
        pd.read_parquet(tmp_path / "found.parquet"), ShardStore(tmp_path / "store").index
    )
    tracks, rejected = Tracks.validate(tracks), Rejected.validate(rejected)
    assert tracks["path"].tolist() == ["A/good.wav", "A/stereo 🎤.wav"]
    assert tracks["duration_s"].tolist() == [2.0, 1.5]
    assert tracks["n_channels"].tolist() == [1, 2]
    reasons = {path: reason.split(":")[0] for path, reason in zip(rejected["path"], rejected["reason"], strict=True)}
    assert reasons == {
        "B/short.wav": "shorter than one segment",
        "B/silent.wav": "silent",
        "B/text.mp3": "not audio",
        "B/zero.mp3": "empty",
    }
    assert set(rejected["stage"]) == {"ingest"}


@pytest.mark.parametrize("rejects_all", [False, True])
def test_a_corpus_of_good_files_alone_and_one_of_bad_files_alone_are_described(rejects_all, found, corpus, tmp_path):
    some = found[2:] if rejects_all else found[:2]
    write_store(
        tmp_path / "store",
        [decode_clip(t, tmp_path / p, AUDIO) for t, p in some[["track_id", "path"]].values],
        16000,
        1,
    )
    tracks, rejected = describe_tracks(some, ShardStore(tmp_path / "store").index)
    assert len(Tracks.validate(tracks)) == (0 if rejects_all else 2)
    assert len(Rejected.validate(rejected)) == (4 if rejects_all else 0)


def test_a_cluster_backend_may_be_chosen_from_outside(found, corpus):
    with joblib.parallel_config(backend="threading"):
        assert len(list(decode_tracks(found, corpus(), AUDIO))) == 6
