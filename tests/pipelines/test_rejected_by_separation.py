"""Tracks with which the separator fails: the study goes on without them, and says so."""

import pytest

from real_cloned.vocals.separation.run import SeparateTrack
from tests.pipelines.study import ONE_ENCODER, TINY

pytestmark = pytest.mark.slow


@pytest.fixture
def study(new_study):
    variants = {**ONE_ENCODER["pretrain"], "vocal": TINY["pretrain"]["vocal"]}
    return new_study("demo", {**ONE_ENCODER, "pretrain": variants, "executor": {"retries": 1}})


def test_all_later_stages_go_on_without_the_tracks_that_separation_rejects(study, monkeypatch):
    for stage in ("ingest", "vocal_filter"):
        study.run(stage)
    roles = {corpus: study.load(f"segments@{corpus}.splits") for corpus in ("train", "closed", "cloned")}
    unlucky = [
        roles["train"]["track_id"][0],
        *(roles["closed"].loc[roles["closed"]["role"] == role, "track_id"].iloc[0] for role in ("test", "validation")),
        roles["closed"].loc[roles["closed"]["role"] == "train", "track_id"].iloc[-1],
        roles["cloned"]["track_id"][0],
    ]
    separate, tried = SeparateTrack.__call__, []

    def failing(self, shard):
        separate(self, shard)
        tried.append(self.track_id)
        if self.track_id in unlucky:
            raise RuntimeError("Kernel size can't be greater than actual input size")

    monkeypatch.setattr(SeparateTrack, "__call__", failing)
    study.run("__default__", separation={corpus: {"n_jobs": 1} for corpus in TINY["corpora"]})
    table = study.load("rejected_by_separation")
    assert sorted(table["track_id"]) == sorted(unlucky)
    assert set(table["stage"]) == {"separation"}
    assert set(table["reason"]) == {"failed: RuntimeError (Kernel size can't be greater than actual input size)"}
    assert [tried.count(track) for track in unlucky] == [2] * 5
    page = (study.data / "08_reporting" / "report.html").read_text()
    assert "<td>separation</td>" in page.replace(' class="text"', "")
    for variant in ("mixture", "vocal", "mfcc"):
        for corpus in ("closed", "cloned"):
            embedded = set(study.load(f"{variant}.{corpus}.embeddings").index["track_id"])
            assert embedded == set(roles[corpus]["track_id"]) - set(unlucky)
            predicted = set(study.load(f"{variant}.{corpus}.predictions")["track_id"])
            assert predicted <= embedded
            assert predicted
    tried.clear()
    study.run("__default__", separation={corpus: {"n_jobs": 1} for corpus in TINY["corpora"]})
    assert not tried  # nor is it tried again
