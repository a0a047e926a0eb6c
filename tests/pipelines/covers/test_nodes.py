"""The nodes of version identification, one after the other, on a handful of works."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from real_cloned.core.errors import RealClonedError
from real_cloned.covers import training
from real_cloned.parameters.covers import CoverCorpusParameters, CoverEvaluationParameters, CoverVoiceParameters
from real_cloned.parameters.ingest import CorpusParameters
from real_cloned.pipelines.covers import nodes
from real_cloned.schemas.covers import (
    CoverHistory,
    CoverMap,
    CoverNeighbours,
    CoverResults,
    CoverVoices,
    CoverWorks,
    Performances,
    RejectedPerformances,
)
from tests.tiny import CORPUS, COVER_DEMO, COVER_ENCODER, DEMO, PROFILES, SIAMESE, but

SETS = ("train", "validation", "benchmark")
METHODS = ["chroma_mean", "cross_correlation", "qmax", "siamese", "encoder", "encoder_hubs"]
VOICES = CoverVoiceParameters(methods=["cross_correlation"], false_known=0.5)
EVALUATION = CoverEvaluationParameters(methods=METHODS, hub_neighbours=2, qmax_frames=20, n_jobs=1)


@pytest.fixture(scope="module")
def works(tmp_path_factory):
    """The demo's works, and the parameters with the folder in which they lie."""
    demo = but(COVER_DEMO, root=str(tmp_path_factory.mktemp("covers")))
    return demo, CoverWorks.validate(nodes.make_demo_works(demo, DEMO))


@pytest.fixture(scope="module")
def prepared(works, tmp_path_factory):
    """What `prepare_profiles` returns, by set."""
    demo, table = works
    folder = tmp_path_factory.mktemp("features")
    corpora = {one: CoverCorpusParameters(name=one, root=f"{demo.root}/{one}", source="manifest") for one in SETS}
    return {one: nodes.prepare_profiles(corpus, PROFILES, table, folder / one) for one, corpus in corpora.items()}


def test_every_performance_of_the_demo_has_a_profile_and_a_singer(works, prepared):
    _, table = works
    for name, (profiles, performances, rejected) in prepared.items():
        expected = table[table["subset"] == name]
        Performances.validate(performances)
        RejectedPerformances.validate(rejected)
        assert performances["performance_id"].tolist() == expected["performance_id"].tolist()
        assert performances["work_id"].tolist() == profiles["chroma_cens"].work_ids.tolist()
        assert performances["singer"].tolist() == expected["singer_id"].tolist()
        assert rejected.empty


def test_from_profiles_to_the_table_of_methods(prepared):
    sets = {name: prepared[name][0] for name in SETS}
    train, benchmark = sets["train"], sets["benchmark"]
    sets["scores"] = nodes.make_score_profiles(COVER_DEMO, DEMO, PROFILES)
    siamese, history = nodes.train_siamese_network(SIAMESE, PROFILES, None, **sets)
    encoder, _ = nodes.train_retrieval_encoder(COVER_ENCODER, PROFILES, None, **sets)
    CoverHistory.validate(history)
    results, neighbours, numbers, figure = nodes.evaluate_covers(
        EVALUATION, PROFILES, train, benchmark, siamese, encoder
    )
    CoverResults.validate(results)
    assert results["method"].tolist() == METHODS
    assert set(results["n_queries"]) == {6}
    assert set(results["n_candidates"]) == {7}
    CoverNeighbours.validate(neighbours)
    assert (neighbours["performance_id"] != neighbours["nearest_id"]).all()
    assert len(CoverMap.validate(numbers)) == 6
    assert figure.axes


def test_works_of_the_benchmark_are_left_out_of_the_training(prepared, monkeypatch):
    seen = []
    monkeypatch.setattr(
        training, "train_siamese", lambda _, train, validation, folder: seen.extend([train, validation])
    )
    benchmark, scores = prepared["benchmark"][0], nodes.make_score_profiles(COVER_DEMO, DEMO, PROFILES)
    sets = {"train": benchmark, "scores": scores, "validation": prepared["train"][0], "benchmark": benchmark}
    nodes.train_siamese_network(SIAMESE, PROFILES, None, **sets)
    assert [len(one.values) for one in seen] == [0, 6]


def test_works_that_are_scores_only_are_trained_on_beside_those_of_audio(prepared, monkeypatch):
    seen = []
    monkeypatch.setattr(training, "train_cover_encoder", lambda _, train, *__: seen.append(train))
    scores = nodes.make_score_profiles(but(COVER_DEMO, n_score_works=4), DEMO, PROFILES)
    sets = {name: prepared[name][0] for name in SETS}
    nodes.train_retrieval_encoder(COVER_ENCODER, PROFILES, None, scores=scores, **sets)
    assert seen[0].values.shape == (6 + 8, 12, 40)
    assert len(set(seen[0].work_ids)) == 3 + 4
    np.testing.assert_array_equal(seen[0].values[6:], scores["chroma_cens"].values)


def test_scores_give_no_other_feature_than_chroma_cens():
    crema = but(PROFILES, kinds=["crema", "chroma_cens"])
    assert nodes.make_score_profiles(COVER_DEMO, DEMO, crema)["crema"].values.shape == (0, 12, 40)
    with pytest.raises(RealClonedError, match="only chroma_cens is computed from scores"):
        nodes.make_score_profiles(but(COVER_DEMO, n_score_works=2), DEMO, crema)


def test_sets_that_are_not_there_are_empty_tables(tmp_path):
    corpus = CoverCorpusParameters(name="benchmark", root=None)
    profiles, performances, rejected = nodes.prepare_profiles(corpus, PROFILES, pd.DataFrame(), tmp_path)
    assert profiles["chroma_cens"].values.shape == (0, 12, 40)
    assert performances.empty
    assert rejected.empty


def test_a_folder_of_works_is_read_and_what_is_no_audio_is_rejected(works, tmp_path):
    demo, _ = works
    (tmp_path / "Work A").mkdir()
    source = min((Path(demo.root) / "train/audio").rglob("*.flac"))
    (tmp_path / "Work A/1.flac").write_bytes(source.read_bytes())
    (tmp_path / "Work A/2.flac").write_bytes(b"no audio")
    (tmp_path / "loose.flac").write_bytes(source.read_bytes())
    corpus = CoverCorpusParameters(name="benchmark", root=str(tmp_path), source="folder")
    _, performances, rejected = nodes.prepare_profiles(corpus, PROFILES, pd.DataFrame(), tmp_path / "features")
    assert performances[["work_id", "performance_id"]].to_numpy().tolist() == [["Work A", "Work A/1.flac"]]
    assert rejected["path"].tolist() == ["loose.flac", "Work A/2.flac"]


def test_a_part_of_the_works_does_not_depend_on_the_others(works, tmp_path):
    demo, _ = works
    names = {}
    for part in ((0.0, 0.5), (0.5, 1.0), (0.0, 1.0)):
        corpus = CoverCorpusParameters(name="train", root=f"{demo.root}/train", source="manifest", part=part)
        names[part] = set(nodes.prepare_profiles(corpus, PROFILES, pd.DataFrame(), tmp_path)[1]["work_id"])
    assert names[0.0, 0.5] | names[0.5, 1.0] == names[0.0, 1.0]
    assert not names[0.0, 0.5] & names[0.5, 1.0]


def test_tracks_of_the_study_are_joined_with_the_voices_that_were_named(works, prepared, tmp_path):
    demo, table = works
    versions = table[table["subset"] == "benchmark"].reset_index(drop=True)
    first = versions.groupby("work_id")["performance_id"].transform("first")
    tracks = versions.rename(columns={"performance_id": "track_id"}).assign(
        singer_ids=[[singer] for singer in versions["singer_id"]], singer_name=None, clone_source_id=first
    )
    is_first = tracks["track_id"] == first
    roles = pd.DataFrame({"track_id": tracks["track_id"], "role": is_first.map({True: "train", False: "clone"})})
    corpora = {"closed": (tracks[is_first].assign(clone_source_id=None), roles), "cloned": (tracks[~is_first], roles)}
    root = CorpusParameters(name="closed", root=demo.root, split="probe")
    inputs = {}
    for name, (rows, splits) in corpora.items():
        profiles, performances, _ = nodes.prepare_study_profiles(root, PROFILES, VOICES, rows, splits, tmp_path / name)
        assert Performances.validate(performances)["performance_id"].tolist() == rows["track_id"].tolist()
        inputs |= {f"{name}.profiles": profiles, f"{name}.tracks": rows, f"{name}.splits": splits}
    predictions = pd.DataFrame({"track_id": tracks["track_id"], "top5_ids": [["nobody"]] * len(tracks)})
    predictions = predictions.assign(variant="mashup", corpus="cloned", n_singers=2, run=0)
    sets = {
        "scores": nodes.make_score_profiles(COVER_DEMO, DEMO, PROFILES),
        **{name: prepared[name][0] for name in SETS},
    }
    validation = sets["validation"]
    encoder, _ = nodes.train_retrieval_encoder(COVER_ENCODER, PROFILES, None, **sets)
    voices = nodes.join_voices(VOICES, PROFILES, validation, encoder, predictions, **inputs)
    CoverVoices.validate(voices)
    assert voices["track_id"].tolist() == tracks.loc[~is_first, "track_id"].tolist()
    assert (voices["mark"].notna() == voices["is_known"]).all()
    assert nodes.join_voices(VOICES, PROFILES, validation, encoder, predictions[:0], **inputs).empty
    other = nodes.join_voices(but(VOICES, variant=None), PROFILES, validation, encoder, predictions, **inputs)
    assert CoverVoices.validate(other).empty


def test_without_the_study_or_a_variant_no_track_is_extracted(tmp_path):
    tracks = pd.DataFrame(columns=["track_id", "singer_name", "path", "clone_source_id"])
    splits = pd.DataFrame(columns=["track_id", "role"])
    given = [(VOICES, tracks), (but(VOICES, variant=None), pd.DataFrame({"track_id": ["t"]}))]
    for voices, rows in given:
        profiles, performances, rejected = nodes.prepare_study_profiles(
            CORPUS, PROFILES, voices, rows, splits, tmp_path
        )
        assert len(profiles["chroma_cens"].values) == len(performances) == len(rejected) == 0
