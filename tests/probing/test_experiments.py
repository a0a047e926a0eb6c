"""Who is enrolled, who is asked for, and what is right."""

import numpy as np
import pandas as pd
import pytest

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


def test_class_counts_above_what_the_gallery_holds_are_left_out(make_gallery):
    experiments = draw_experiments("closed", make_gallery(4), make_gallery(4), PROBE)
    assert [(len(one.enrolled), one.run) for one in experiments] == [(2, 0), (2, 1), (3, 0), (3, 1), (4, 0), (4, 1)]


def test_all_means_as_many_as_there_are(make_gallery):
    gallery = make_gallery(5)
    experiments = draw_experiments("fma", gallery, gallery, PROBE)
    assert [one.enrolled for one in experiments] == [["s0", "s1", "s2", "s3", "s4"]] * 2


def test_runs_draw_other_singers_and_other_seeds(make_gallery):
    gallery = make_gallery(8)
    experiments = draw_experiments("closed", gallery, gallery, but(PROBE, n_runs=20))
    pairs = [tuple(one.enrolled) for one in experiments if len(one.enrolled) == 2]
    assert len(set(pairs)) > 6
    assert len({one.seed for one in experiments}) == len(experiments)
    assert all(len(set(one.enrolled)) == len(one.enrolled) for one in experiments)
    assert {singer for pair in pairs for singer in pair} == {f"s{singer}" for singer in range(8)}


def test_the_singers_that_clones_imitate_are_always_enrolled(make_gallery, make_clones):
    experiments = draw_experiments("cloned", make_gallery(8), make_clones([["s6"], ["s2", "s5"]]), PROBE)
    assert {len(one.enrolled) for one in experiments} == {3, 4}  # two are too few for three targets
    assert all({"s2", "s5", "s6"} <= set(one.enrolled) for one in experiments)


def test_targets_that_the_gallery_does_not_hold_take_no_place(make_gallery, make_clones):
    experiments = draw_experiments("cloned", make_gallery(3), make_clones([["s7"], ["s1"]]), PROBE)
    assert {len(one.enrolled) for one in experiments} == {2, 3}
    assert all("s7" not in one.enrolled for one in experiments)


def test_every_variant_draws_the_same_singers_and_another_seed_draws_others(make_gallery):
    hard, easy = make_gallery(8, noise=5.0, seed=1), make_gallery(8, noise=0.1, seed=2)
    draws = draw_experiments("closed", hard, hard, PROBE)
    assert draw_experiments("closed", easy, easy, PROBE) == draws
    assert draw_experiments("closed", hard, hard, but(PROBE, seed=1)) != draws


def test_perfect_embeddings_name_every_track(make_gallery):
    predictions = identify(make_gallery(4, noise=0.01))
    assert predictions["is_top1"].all()
    assert predictions["is_top5"].all()
    assert len(predictions) == 2 * (2 + 3 + 4)
    assert set(predictions["variant"]) == {"vocal"}
    assert set(predictions["corpus"]) == {"closed"}


def test_embeddings_that_say_nothing_are_right_about_as_often_as_chance(make_gallery):
    gallery = make_gallery(8, noise=0.01)
    tracks = gallery.tracks.copy()
    rng = np.random.default_rng(0)
    predictions = identify(
        ProbeCorpus(tracks, rng.permutation(gallery.matrix), gallery.rows),
        parameters=but(PROBE, n_singers={"closed": [4]}, n_runs=20, max_epochs=3),
    )
    assert predictions["is_top1"].mean() == pytest.approx(1 / 4, abs=0.12)


def test_only_test_tracks_of_enrolled_singers_are_asked_for_and_once_in_each_run(make_gallery):
    predictions = identify(make_gallery(4))
    assert predictions["track_id"].str.endswith("_0").all()
    assert not predictions.duplicated(["n_singers", "run", "track_id"]).any()
    assert predictions.groupby(["n_singers", "run"]).size().reset_index()[0].tolist() == [2, 2, 3, 3, 4, 4]


def test_a_prediction_is_right_exactly_when_it_names_a_true_singer(make_gallery):
    for row in identify(make_gallery(7, noise=3.0), parameters=but(PROBE, n_singers={"closed": [7]})).itertuples():
        assert row.is_top1 == (row.top5_ids[0] in row.true_ids)
        assert row.is_top5 == bool(set(row.top5_ids) & set(row.true_ids))
        assert len(row.top5_ids) == len(row.votes) == len(row.log_probability) == 5


def test_training_tracks_are_counted_without_test_and_validation(make_gallery):
    assert set(identify(make_gallery(2, n_tracks=6))["n_train_tracks"]) == {4}


def test_a_clone_is_judged_right_if_any_of_its_true_singers_is_named(make_gallery, make_clones):
    clones = make_clones([["s1", "s3"], ["s2", "s0"]])
    clones.tracks["singer_id"] = ["s3", "s0"]  # the voice is that of the other one
    clones.tracks["singer_ids"] = [["s3", "s1"], ["s0", "s2"]]
    predictions = identify(make_gallery(4), clones, "cloned", parameters=but(PROBE, n_runs=1))
    assert [ids[0] for ids in predictions["top5_ids"]] == ["s1", "s2"]
    assert predictions["is_top1"].all()


def test_a_clone_whose_targets_are_not_in_the_gallery_is_not_asked_for(make_gallery, make_clones):
    predictions = identify(make_gallery(3), make_clones([["s7"], ["s1"]]), "cloned")
    assert set(predictions["track_id"]) == {"c1"}
    assert set(predictions["clone_method"]) == {"blend"}


def test_the_same_seed_gives_the_same_predictions(make_gallery):
    gallery = make_gallery(4, noise=2.0)
    pd.testing.assert_frame_equal(identify(gallery), identify(gallery))


def test_every_test_track_is_asked_for_in_every_run_whether_its_singer_is_enrolled_or_not(make_gallery):
    gallery = make_gallery(4, noise=1.0)
    sure, said = confidences(gallery), identify(gallery)
    assert sure.groupby(["n_singers", "run"])["is_enrolled"].agg(["size", "sum"]).values.tolist() == [
        [4, count] for count in (2, 2, 3, 3, 4, 4)
    ]
    keys = ["n_singers", "run", "track_id"]
    both = sure[sure["is_enrolled"]].merge(said, on=keys, how="outer", indicator=True)
    assert (both["_merge"] == "both").all()
    assert (both["is_right"] == both["is_top1"]).all()
    assert not sure.loc[~sure["is_enrolled"], "is_right"].any()


def test_each_run_has_one_temperature_above_zero(make_gallery):
    temperatures = confidences(make_gallery(4, noise=2.0)).groupby(["n_singers", "run"])["temperature"].unique()
    assert temperatures.map(len).eq(1).all()
    assert temperatures.explode().nunique() == len(temperatures)


def test_clones_are_asked_for_where_their_targets_are_enrolled_which_is_always(make_gallery, make_clones):
    assert confidences(make_gallery(4), make_clones([["s1"], ["s2"]]), "cloned")["is_enrolled"].all()


def test_on_perfect_embeddings_a_run_is_surer_of_those_it_knows(make_gallery):
    sure = confidences(make_gallery(6, noise=0.01), parameters=but(PROBE, n_singers={"closed": [3]}))
    known, unknown = (sure.loc[sure["is_enrolled"] == known, "confidence"] for known in (True, False))
    assert known.min() > unknown.mean()


def test_the_fives_of_votes_and_of_log_probabilities_are_judged_apart(make_gallery):
    predictions = identify(make_gallery(9, noise=4.0), parameters=but(PROBE, n_singers={"closed": [9]}, n_runs=8))
    assert (predictions["is_top5"] != predictions["is_top5_by_log_probability"]).any()
    assert predictions.loc[predictions["is_top1"], "is_top5"].all()


@pytest.mark.parametrize("n_singers", [0, 1])
@pytest.mark.parametrize("corpus", ["closed", "fma"])
def test_without_two_singers_there_are_no_predictions(make_gallery, corpus, n_singers):
    gallery = make_gallery(2)
    few = ProbeCorpus(gallery.tracks[gallery.tracks["singer_id"] < f"s{n_singers}"], gallery.matrix, gallery.rows)
    assert identify(few, corpus=corpus).empty
