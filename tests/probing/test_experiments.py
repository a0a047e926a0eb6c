"""Which singers are enrolled, which tracks are predicted, and what counts as a hit."""

import logging

import numpy as np
import pandas as pd
import pytest

from real_cloned.probing import experiments
from real_cloned.probing.data import ProbeCorpus
from real_cloned.probing.experiments import draw_experiments, identify_singers
from real_cloned.schemas.results import Confidences, Predictions
from tests.tiny import PROBE, but


def identify(gallery, queries=None, corpus="closed", variant="vocal", parameters=PROBE):
    results = identify_singers(gallery, queries or gallery, parameters, variant=variant, corpus=corpus)
    Confidences.validate(results.confidences)
    return Predictions.validate(results.predictions)


def confidences(gallery, queries=None, corpus="closed", parameters=PROBE):
    return identify_singers(gallery, queries or gallery, parameters, variant="vocal", corpus=corpus).confidences


def test_class_counts_above_the_number_of_singers_are_left_out_and_a_line_says_so(make_gallery, caplog):
    with caplog.at_level(logging.INFO):
        drawn = draw_experiments("closed", make_gallery(4), make_gallery(4), PROBE)
    assert caplog.messages == ["closed: no probe of 9 singers: possible are 2 to 4"]
    pairs = [(len(experiment.enrolled), experiment.run) for experiment in drawn]
    assert pairs == [
        (2, 0),
        (2, 1),
        (3, 0),
        (3, 1),
        (4, 0),
        (4, 1),
    ]


def test_all_means_as_many_singers_as_the_gallery_has(make_gallery):
    gallery = make_gallery(5)
    drawn = draw_experiments("fma", gallery, gallery, PROBE)
    assert [experiment.enrolled for experiment in drawn] == [["s0", "s1", "s2", "s3", "s4"]] * 2


def test_runs_have_different_singers_and_seeds(make_gallery):
    gallery = make_gallery(8)
    drawn = draw_experiments("closed", gallery, gallery, but(PROBE, n_runs=20))
    pairs = [tuple(experiment.enrolled) for experiment in drawn if len(experiment.enrolled) == 2]
    assert len(set(pairs)) > 6
    assert len({experiment.seed for experiment in drawn}) == len(drawn)
    assert all(len(set(experiment.enrolled)) == len(experiment.enrolled) for experiment in drawn)
    assert {singer for pair in pairs for singer in pair} == {f"s{singer}" for singer in range(8)}


def test_target_singers_of_clones_are_always_enrolled(make_gallery, make_clones):
    drawn = draw_experiments("cloned", make_gallery(8), make_clones([["s6"], ["s2", "s5"]]), PROBE)
    assert {len(experiment.enrolled) for experiment in drawn} == {3, 4}  # two are too few for three targets
    assert all({"s2", "s5", "s6"} <= set(experiment.enrolled) for experiment in drawn)


def test_target_singers_without_training_tracks_are_not_enrolled(make_gallery, make_clones):
    drawn = draw_experiments("cloned", make_gallery(3), make_clones([["s7"], ["s1"]]), PROBE)
    assert {len(experiment.enrolled) for experiment in drawn} == {2, 3}
    assert all("s7" not in experiment.enrolled for experiment in drawn)


def test_every_variant_draws_the_same_singers_and_another_seed_draws_others(make_gallery):
    hard, easy = make_gallery(8, noise=5.0, seed=1), make_gallery(8, noise=0.1, seed=2)
    drawn = draw_experiments("closed", hard, hard, PROBE)
    assert draw_experiments("closed", easy, easy, PROBE) == drawn
    assert draw_experiments("closed", hard, hard, but(PROBE, seed=1)) != drawn


def test_perfect_embeddings_are_always_identified(make_gallery):
    predictions = identify(make_gallery(4, noise=0.01))
    assert predictions["is_top1"].all()
    assert predictions["is_top5"].all()
    assert len(predictions) == 2 * (2 + 3 + 4)
    assert set(predictions["variant"]) == {"vocal"}
    assert set(predictions["corpus"]) == {"closed"}


def test_random_embeddings_are_at_chance(make_gallery):
    gallery = make_gallery(8, noise=0.01)
    tracks = gallery.tracks.copy()
    rng = np.random.default_rng(0)
    predictions = identify(
        ProbeCorpus(tracks, rng.permutation(gallery.matrix), gallery.rows),
        parameters=but(PROBE, n_singers={"closed": [4]}, n_runs=20, max_epochs=3),
    )
    assert predictions["is_top1"].mean() == pytest.approx(1 / 4, abs=0.12)


def test_each_test_track_of_an_enrolled_singer_is_predicted_once_in_each_run(make_gallery):
    predictions = identify(make_gallery(4))
    assert predictions["track_id"].str.endswith("_0").all()
    assert not predictions.duplicated(["n_singers", "run", "track_id"]).any()
    assert predictions.groupby(["n_singers", "run"]).size().reset_index()[0].tolist() == [2, 2, 3, 3, 4, 4]


def test_a_prediction_is_a_hit_exactly_when_it_has_a_true_singer(make_gallery):
    for row in identify(make_gallery(7, noise=3.0), parameters=but(PROBE, n_singers={"closed": [7]})).itertuples():
        assert row.is_top1 == (row.top5_ids[0] in row.true_ids)
        assert row.is_top5 == bool(set(row.top5_ids) & set(row.true_ids))
        assert len(row.top5_ids) == len(row.votes) == len(row.log_probability) == 5


def test_the_number_of_training_tracks_leaves_out_test_and_validation(make_gallery):
    assert set(identify(make_gallery(2, n_tracks=6))["n_train_tracks"]) == {4}


def test_a_clone_is_a_hit_if_any_of_its_target_singers_is_predicted(make_gallery, make_clones):
    clones = make_clones([["s1", "s3"], ["s2", "s0"]])
    clones.tracks["singer_id"] = ["s3", "s0"]  # the voice is that of the other one
    clones.tracks["singer_ids"] = [["s3", "s1"], ["s0", "s2"]]
    predictions = identify(make_gallery(4), clones, "cloned", parameters=but(PROBE, n_runs=1))
    assert [ids[0] for ids in predictions["top5_ids"]] == ["s1", "s2"]
    assert predictions["is_top1"].all()


def test_a_clone_without_targets_in_the_gallery_has_no_prediction(make_gallery, make_clones):
    predictions = identify(make_gallery(3), make_clones([["s7"], ["s1"]]), "cloned")
    assert set(predictions["track_id"]) == {"c1"}
    assert set(predictions["clone_method"]) == {"blend"}


def test_the_same_seed_gives_the_same_predictions(make_gallery):
    gallery = make_gallery(4, noise=2.0)
    pd.testing.assert_frame_equal(identify(gallery), identify(gallery))


def test_every_test_track_has_a_confidence_in_every_run_whether_its_singer_is_enrolled_or_not(make_gallery):
    gallery = make_gallery(4, noise=1.0)
    confident, predicted = confidences(gallery), identify(gallery)
    assert confident.groupby(["n_singers", "run"])["is_enrolled"].agg(["size", "sum"]).values.tolist() == [
        [4, count] for count in (2, 2, 3, 3, 4, 4)
    ]
    keys = ["n_singers", "run", "track_id"]
    both = confident[confident["is_enrolled"]].merge(predicted, on=keys, how="outer", indicator=True)
    assert (both["_merge"] == "both").all()
    assert (both["is_right"] == both["is_top1"]).all()
    assert not confident.loc[~confident["is_enrolled"], "is_right"].any()


def test_all_runs_of_a_class_count_share_one_temperature(make_gallery):
    temperatures = confidences(make_gallery(4, noise=2.0)).groupby("n_singers")["temperature"].unique()
    assert temperatures.map(len).eq(1).all()
    assert temperatures.explode().nunique() == len(temperatures) == 3


def test_probes_that_are_right_on_few_validation_tracks_keep_a_temperature_near_one(make_gallery):
    temperatures = confidences(make_gallery(3, noise=0.01))["temperature"]
    assert temperatures.between(0.5, 1.0).all()  # without a prior they fall to their bound: nothing is ever wrong


def test_clones_have_a_temperature_from_clones_by_other_methods_and_real_tracks_have_none(make_gallery, make_clones):
    clones = make_clones([["s0"], ["s1"], ["s2"]])
    clones.tracks["clone_method"] = ["blend", "vocoder", None]
    table = confidences(make_gallery(4), clones, "cloned")
    has_one = table.groupby("track_id")["clone_temperature"].agg(lambda values: values.notna().all())
    assert has_one.to_dict() == {"c0": True, "c1": True, "c2": False}
    assert table["clone_calibrated"].notna().eq(table["clone_temperature"].notna()).all()
    assert confidences(make_gallery(4))["clone_temperature"].isna().all()


@pytest.fixture
def shared(monkeypatch):
    """Record the matrices that are brought to the device, and the tensors that train and that are predicted."""
    seen = {"copied": [], "trained": [], "predicted": []}
    to_tensor, train, predict = ProbeCorpus.to_tensor, experiments.train_probes, experiments.predict
    monkeypatch.setattr(
        ProbeCorpus,
        "to_tensor",
        lambda corpus, device: seen["copied"].append(corpus.matrix) or to_tensor(corpus, device),
    )
    monkeypatch.setattr(experiments, "train_probes", lambda *given: seen["trained"].append(given[0]) or train(*given))
    monkeypatch.setattr(
        experiments, "predict", lambda *given: seen["predicted"].append(given[1].segments) or predict(*given)
    )
    return seen


def test_all_class_counts_share_one_tensor_which_is_also_that_of_the_queries(make_gallery, shared):
    gallery = make_gallery(4)
    identify(gallery, gallery.with_singers(["s0", "s1", "s2", "s3"]))
    assert [matrix is gallery.matrix for matrix in shared["copied"]] == [True]
    assert len(shared["trained"]) == 3
    assert len({id(tensor) for tensor in [*shared["trained"], *shared["predicted"]]}) == 1


def test_clones_have_a_tensor_of_their_own_which_all_class_counts_share(make_gallery, make_clones, shared):
    gallery, clones = make_gallery(4), make_clones([["s1"], ["s2"]])
    identify(gallery, clones, "cloned")
    assert [matrix is corpus.matrix for matrix, corpus in zip(shared["copied"], (gallery, clones), strict=True)] == [
        True,
        True,
    ]
    assert len({id(tensor) for tensor in shared["trained"]}) == len({id(tensor) for tensor in shared["predicted"]}) == 1


def test_without_experiments_nothing_is_copied(make_gallery, shared):
    assert identify(make_gallery(1)).empty
    assert not shared["copied"]


def test_a_target_singer_of_a_clone_is_enrolled_in_every_run(make_gallery, make_clones):
    assert confidences(make_gallery(4), make_clones([["s1"], ["s2"]]), "cloned")["is_enrolled"].all()


def test_on_perfect_embeddings_confidence_is_higher_for_enrolled_singers(make_gallery):
    confident = confidences(make_gallery(6, noise=0.01), parameters=but(PROBE, n_singers={"closed": [3]}))
    known, unknown = (confident.loc[confident["is_enrolled"] == known, "confidence"] for known in (True, False))
    assert known.min() > unknown.mean()


def test_top5_by_votes_and_by_log_probability_are_evaluated_separately(make_gallery):
    predictions = identify(make_gallery(9, noise=4.0), parameters=but(PROBE, n_singers={"closed": [9]}, n_runs=8))
    assert (predictions["is_top5"] != predictions["is_top5_by_log_probability"]).any()
    assert predictions.loc[predictions["is_top1"], "is_top5"].all()


@pytest.mark.parametrize("n_singers", [0, 1])
@pytest.mark.parametrize("corpus", ["closed", "fma"])
def test_without_two_singers_there_are_no_predictions(make_gallery, corpus, n_singers):
    gallery = make_gallery(2)
    few = ProbeCorpus(gallery.tracks[gallery.tracks["singer_id"] < f"s{n_singers}"], gallery.matrix, gallery.rows)
    assert identify(few, corpus=corpus).empty
