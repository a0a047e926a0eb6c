"""The same stages on recordings of real people: mp3, ogg, m4a and flac, named in a manifest."""

from pathlib import Path

import pytest

from tests.pipelines.study import STAGES, TINY, Study

REAL = Path(__file__).parents[3] / "shared" / "real"

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not REAL.is_dir(), reason="needs ../shared/real")]


@pytest.fixture(scope="module")
def own(new_study) -> Study:
    untrained = {name: TINY["pretrain"][name] for name in ("mfcc", "speaker", "ge2e")}
    probe = {**TINY["probe"], "n_singers": {"closed": "all"}}
    root = {"root": str(REAL), "min_vocal_share": 0.0}
    study = new_study("own", {"pretrain": untrained, "vocal_filter": TINY["vocal_filter"], "probe": probe, "own": root})
    for stage in STAGES:
        study.run(stage)
    return study


def test_every_one_of_the_seventy_files_is_decoded(own):
    assert len(own.load("closed.tracks")) == 70


def test_singers_with_fewer_than_three_tracks_are_left_out_with_the_reason(own):
    used = own.load("closed.tracks").merge(own.load("closed.splits"), on="track_id")
    assert (used.groupby("singer_id").size() >= 3).all()
    assert used["singer_id"].nunique() == 10
    rejected = own.load("closed.rejected")
    assert rejected["reason"].str.contains("at least 3 asked").sum() == 5


def test_separated_vocals_are_as_long_as_their_mixtures(own):
    audio, stems = own.load("closed.audio"), own.load("closed.stems")
    for track_id in own.load("closed.splits")["track_id"]:
        assert stems.duration_s(track_id, "vocals") == audio.duration_s(track_id, "mixture")


def test_the_run_ends_with_a_row_per_real_singer(own):
    singers = own.load("singers")
    assert len(singers) == 10
    assert "Jonathan_Coulton" in set(singers["singer_id"])
    assert singers["mfcc"].notna().all() and "mixture" not in singers
    assert set(own.load("test_tracks")["singer_id"]) == set(singers["singer_id"])


def test_the_report_does_not_call_real_singers_synthetic(own):
    assert "These singers are synthetic" not in (own.data / "08_reporting" / "report.html").read_text()
