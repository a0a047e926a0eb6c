"""Each stage of the study, run alone on a handful of singers: what it leaves behind."""

import re

import numpy as np
import pandas as pd
import pytest
from kedro.framework.cli.utils import KedroCliError
from kedro.framework.project import pipelines

from real_cloned.schemas import corpora as schemas
from real_cloned.vocals.detection.detectors import read_detector
from tests.pipelines.study import CORPORA, PROBED, REAL, VARIANTS

pytestmark = pytest.mark.slow

N_SINGERS = {"train": 4, "validation": 2, "closed": 4, "cloned": 2, "fma": 2, "mtg": 2}


@pytest.mark.parametrize("corpus", CORPORA)
def test_ingest_finds_every_track_that_the_demo_made_and_no_other(study, corpus):
    truth, tracks = study.load("demo.truth"), study.load(f"{corpus}.tracks")
    assert set(tracks["track_id"]) == set(truth.loc[truth["corpus"] == corpus, "track_id"])
    assert tracks["singer_id"].nunique() == N_SINGERS[corpus]


@pytest.mark.parametrize("corpus", CORPORA)
def test_decoded_audio_is_as_long_as_what_was_rendered(study, corpus):
    audio, truth = study.load(f"{corpus}.audio"), study.load("demo.stems")
    for track_id in audio.index["track_id"]:
        assert audio.duration_s(track_id, "mixture") == pytest.approx(truth.duration_s(track_id, "vocals"), abs=0.01)


def test_decoded_audio_lies_in_time_with_the_true_stems(study):
    audio, truth = study.load("closed.audio"), study.load("demo.stems")
    track_id = audio.index["track_id"].iloc[0]
    heard = audio.read(track_id, "mixture", 2.0, 4.0)[0].astype(float)
    made = sum(truth.read(track_id, stem, 2.0, 4.0)[0].astype(float) for stem in ("vocals", "accompaniment"))
    assert np.corrcoef(heard, made)[0, 1] > 0.9


@pytest.mark.parametrize("corpus", CORPORA)
def test_vocal_filter_gives_every_used_track_a_role_and_segments_inside_it(study, corpus):
    tracks, segments, splits = (study.load(f"{corpus}.{name}") for name in ("tracks", "segments", "splits"))
    assert set(splits["track_id"]) <= set(segments["track_id"])
    ends = segments["offset_s"] + 6.0
    assert (ends <= segments["track_id"].map(tracks.set_index("track_id")["duration_s"]) + 0.01).all()


@pytest.mark.parametrize("corpus", CORPORA)
def test_every_track_that_is_found_is_used_or_a_rejected_row_and_never_both(study, corpus):
    tables = ("listed", "rejected_by_reader", "splits", "rejected")
    listed, unreadable, used, rejected = (study.load(f"{corpus}.{table}")["track_id"].tolist() for table in tables)
    assert sorted(listed + unreadable) == sorted(used + rejected)


def test_every_clone_that_is_used_has_an_enrolled_target(study):
    enrolled = study.load("closed.splits").merge(study.load("closed.tracks"), on="track_id")["singer_id"]
    clones = study.load("cloned.splits").merge(study.load("cloned.tracks"), on="track_id")
    assert len(clones) and clones["singer_ids"].map(set(enrolled).intersection).astype(bool).all()


def test_the_detectors_training_leaves_weights_that_the_vocal_filter_can_use(study):
    study.run("train_vocal_detector", train_vocal_detector={"n_steps": 2, "n_distractors": 3, "batch_size": 4})
    path = study.data / "06_models" / "vocal_detector" / "weights.safetensors"
    assert read_detector(str(path)).sample_rate_hz == 16000
    assert study.load("vocal_detector.weights").config["train_vocal_detector"]["n_steps"] == 2


@pytest.mark.parametrize("corpus", ["closed", "fma", "mtg"])
def test_probed_singers_have_one_test_and_one_validation_track_each(study, corpus):
    roles = study.load(f"{corpus}.splits").merge(study.load(f"{corpus}.tracks"), on="track_id")
    counts = roles.groupby(["singer_id", "role"]).size().unstack()
    assert (counts[["test", "validation"]] == 1).all().all()


@pytest.mark.parametrize("corpus", CORPORA)
def test_separation_keeps_all_vocals_and_the_accompaniment_of_tests_and_of_what_encoders_learn_from(study, corpus):
    stems, splits = study.load(f"{corpus}.stems").index, study.load(f"{corpus}.splits")
    assert set(stems.loc[stems["stem"] == "vocals", "track_id"]) == set(splits["track_id"])
    kept = set(splits.loc[splits["role"].isin(["test", "train", "validation"]), "track_id"])
    if corpus in PROBED:
        kept = set(splits.loc[splits["role"] == "test", "track_id"])
    assert set(stems.loc[stems["stem"] == "accompaniment", "track_id"]) == kept


@pytest.mark.parametrize("variant", [variant for variant in VARIANTS if variant != "mfcc"])
def test_pretrain_leaves_weights_that_say_what_made_them_and_a_row_per_epoch(study, variant):
    weights, history = study.load(f"{variant}.weights"), study.load(f"{variant}.history")
    assert weights.config["pretrain"]["name"] == variant
    assert history["epoch"].tolist() == [0, 1]
    left = "lstm/run.json" if variant == "lstm" else "last.ckpt"
    assert (study.data / "06_models" / variant / "training" / left).is_file()


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("corpus", PROBED)
def test_embed_gives_one_finite_row_per_segment_of_the_used_tracks(study, variant, corpus):
    embeddings, segments = study.load(f"{variant}.{corpus}.embeddings"), study.load(f"{corpus}.segments")
    used = segments[segments["track_id"].isin(study.load(f"{corpus}.splits")["track_id"])]
    assert embeddings.matrix.shape == (len(used), 32)
    assert np.isfinite(embeddings.matrix).all()
    assert set(embeddings.index["stem"]) == {"vocals" if variant in ("vocal", "lstm", "mfcc") else "mixture"}


@pytest.mark.parametrize("variant", VARIANTS)
def test_probe_answers_for_every_test_track_of_the_enrolled_singers(study, variant):
    predictions = study.load(f"{variant}.closed.predictions")
    assert predictions.groupby(["n_singers", "run"]).size().to_dict() == {(2, 0): 2, (2, 1): 2, (4, 0): 4, (4, 1): 4}


@pytest.mark.parametrize("variant", VARIANTS)
def test_probe_is_asked_how_sure_it_is_of_every_test_track_and_baselines_answer_like_the_probe(study, variant):
    confidences, baselines = (study.load(f"{variant}.closed.{name}") for name in ("confidences", "baselines"))
    assert confidences.groupby(["n_singers", "run"]).size().tolist() == [4, 4, 4, 4]
    assert confidences.groupby("n_singers")["is_enrolled"].sum().to_dict() == {2: 4, 4: 8}
    assert baselines.groupby(["method", "n_singers"]).size().unstack().values.tolist() == [[4, 8]] * 3


def test_probe_tries_all_variants_on_the_same_singers(study):
    drawn = [
        set(study.load(f"{variant}.closed.predictions").query("n_singers == 2")["track_id"]) for variant in VARIANTS
    ]
    assert all(singers == drawn[0] for singers in drawn)


def test_a_variant_without_weights_is_not_part_of_the_graph_and_a_dash_in_the_report(study):
    assert not any("speaker" in node.name for node in pipelines["__default__"].nodes)
    table = pd.read_csv(study.data / "08_reporting" / "table2_open_datasets.csv").set_index(["corpus", "model"])
    assert table.loc[("fma", "speaker")].isna().all()
    assert table.loc[("fma", "lstm"), "n_runs"] == 2


def test_scores_are_normalised_by_the_training_singers_where_a_variant_has_a_cohort(study):
    embedded = study.load("mfcc.train.embeddings").index
    singers = study.load("train.tracks").set_index("track_id").loc[embedded["track_id"].unique(), "singer_id"]
    assert singers.nunique() == len(singers) == N_SINGERS["train"]
    assert study.load("mfcc.closed.verification")["as_norm_equal_error_rate"].between(0, 1).all()
    assert "as_norm_equal_error_rate" not in study.load("mixture.closed.verification")
    collected = study.load("verification")
    assert collected["as_norm_min_dcf"].notna().equals(collected["variant"].eq("mfcc"))


def test_some_tracks_of_each_singer_are_embedded_from_the_other_stems_and_compared(study):
    for corpus, per_singer in {"closed": 2, "cloned": 2, "train": 1}.items():
        index = study.load(f"mfcc.{corpus}.other_stem_embeddings").index
        singers = study.load(f"{corpus}.tracks").set_index("track_id")["singer_id"]
        for stem in ("mixture", "turned_down"):
            tracks = index.loc[index["stem"] == stem, "track_id"].unique()
            assert set(singers[tracks].value_counts()) == {per_singer}
        assert set(index["stem"]) == {"mixture", "turned_down"}
    table = study.load("stem_comparison")
    assert table[["variant", "stem", "n_singers", "n_tracks", "n_clones"]].values.tolist() == [
        ["mfcc", stem, N_SINGERS["closed"], 2 * N_SINGERS["closed"], 4] for stem in ("mixture", "vocals", "turned_down")
    ]
    assert table[["as_norm_equal_error_rate", "recall_at_1", "clones_top1"]].notna().all(axis=None)


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_singers_of_the_closed_corpus_have_averages_of_unit_length_and_tracks_are_verified(study, variant):
    averages, verification = (study.load(f"{variant}.closed.{name}") for name in ("averages", "verification"))
    assert len(averages) == N_SINGERS["closed"]
    assert np.linalg.norm(averages["embedding"].tolist(), axis=1) == pytest.approx(1, abs=1e-5)
    assert verification["trials"].iloc[0] == "any"


@pytest.mark.parametrize("corpus", REAL)
def test_no_album_that_is_tested_in_the_split_by_album_trains(study, corpus):
    roles = study.load(f"{corpus}.album_splits").merge(study.load(f"{corpus}.tracks"), on="track_id")
    assert roles["singer_id"].nunique() == N_SINGERS[corpus]
    assert (roles.groupby("album_id")["role"].nunique() == 1).all()


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_same_singers_are_named_by_album_and_by_track_at_the_largest_class_count(study, variant):
    by_album, by_track = (study.load(f"{variant}.closed.{split}_predictions") for split in ("album", "track"))
    assert by_album.groupby(["n_singers", "run"]).size().to_dict() == {(4, 0): 4, (4, 1): 4}
    asked = [{(row.run, row.true_ids[0]) for row in table.itertuples()} for table in (by_album, by_track)]
    assert asked[0] == asked[1]
    assert by_album["n_train_tracks"].max() < by_track["n_train_tracks"].max()


@pytest.mark.parametrize("variant", VARIANTS)
def test_tracks_are_sought_by_tracks_and_by_clones(study, variant):
    table = study.load(f"{variant}.closed.retrieval").set_index("queries")
    n_tracks, n_clones = (len(study.load(f"{corpus}.splits")) for corpus in ("closed", "cloned"))
    assert table["n_queries"].to_dict() == {"real": n_tracks, "clones": n_clones}
    assert table["n_candidates"].to_dict() == {"real": n_tracks - 1, "clones": n_tracks}


def test_every_statistic_is_a_csv_with_rows_for_every_variant_that_was_embedded(study):
    for name in ("comparisons", "album_split", "verification", "retrieval"):
        table = pd.read_csv(study.data / "08_reporting" / f"{name}.csv")
        assert set(table["variant"]) | {"mixture"} == set(VARIANTS), name


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_test_track_is_asked_for_over_each_accompaniment_in_every_run(study, variant):
    predictions, splits = study.load(f"{variant}.closed.remix_predictions"), study.load("closed.splits")
    tests = set(splits.loc[splits["role"] == "test", "track_id"])
    asked = predictions.groupby(["n_singers", "run", "accompaniment", "level_db"], dropna=False)["track_id"].agg(set)
    assert len(asked) == 2 * (6 + 1)
    assert all(tracks == tests for tracks in asked)


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_clone_is_compared_with_target_source_and_others_and_with_its_original(study, variant):
    table, clones = study.load(f"{variant}.cloned.clone_similarities"), study.load("cloned.tracks")
    counts = table["reference"].value_counts()
    assert counts[["target", "source", "other"]].tolist() == [len(clones)] * 3
    assert set(clones["clone_source_id"]) <= set(study.load("closed.tracks")["track_id"])
    assert counts["original"] == clones["clone_source_id"].isin(study.load("closed.splits")["track_id"]).sum() > 0


def test_probe_asks_for_every_clone_in_every_run(study):
    predictions, tracks = study.load("vocal.cloned.predictions"), study.load("cloned.tracks")
    assert predictions.groupby(["n_singers", "run"])["track_id"].nunique().unique().tolist() == [len(tracks)]
    assert set(predictions["clone_method"]) == {"blend", "envelope", "vocoder"}


def test_the_report_folder_holds_what_the_design_names(study):
    folder = study.data / "08_reporting"
    tables = ("table1_datasets", "table2_open_datasets", "table3_prior_work")
    figures = ("figure1_closed_cloned", "figure2_genres", "figure3_training_tracks", "figure4_similarity")
    tables += ("comparisons", "accuracies", "album_split", "verification", "retrieval", "calibration")
    tables += ("clone_calibration",)
    figures += ("reliability", "not_enrolled")
    figures += ("context", "cross_synthesis")
    expected = {f"{name}.csv" for name in (*tables, *figures)} | {f"{name}.png" for name in figures} | {"report.html"}
    assert expected <= {file.name for file in folder.iterdir()}


def test_the_report_says_that_singers_are_synthetic_and_who_separated_them(study):
    page = (study.data / "08_reporting" / "report.html").read_text()
    assert "synthetic" in page
    assert re.search(r"separator\W.{0,40}small", page, re.DOTALL)


def test_table_1_counts_the_tracks_that_are_used(study):
    table = pd.read_csv(study.data / "08_reporting" / "table1_datasets.csv").set_index("corpus")
    for corpus in CORPORA:
        assert table.loc[corpus, "songs"] == len(study.load(f"{corpus}.splits"))


def test_every_table_on_disk_validates(study):
    models = {"tracks": schemas.Tracks, "segments": schemas.Segments, "splits": schemas.Splits}
    for corpus in CORPORA:
        for name, model in {**models, "rejected": schemas.Rejected}.items():
            model.validate(study.load(f"{corpus}.{name}"))


def test_a_folder_that_is_not_there_is_one_clear_message(new_study):
    with pytest.raises(KedroCliError, match="nowhere"):
        new_study("own", {"own": {"root": "/nowhere"}, "demo": {"n_singers": {"train": 0, "validation": 0}}}).run(
            "ingest"
        )
