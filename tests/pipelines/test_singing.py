"""The pipelines `enrol` and `identify` on the small demo, by an encoder that needs no training."""

import pytest

from real_cloned.core.errors import RealClonedError
from real_cloned.hooks import PlainError
from tests.pipelines.study import ONE_ENCODER

pytestmark = pytest.mark.slow

MIXED = {**ONE_ENCODER["pretrain"], "mfcc": {"n_mfcc": 8, "inference_stem": "mixture"}}
SETTINGS = {**ONE_ENCODER, "pretrain": MIXED, "enrol": {"encoder": "mfcc"}, "vocal_filter": {"threshold": 0.0}}


@pytest.fixture(scope="module")
def singing(new_study):
    """The demo's recordings, its closed singers enrolled, and its clones identified."""
    study = new_study("demo", SETTINGS)
    study.run("ingest")
    study.run("enrol")
    study.run("identify", identify={"input": str(study.data / "01_raw/demo/cloned")})
    return study


def test_all_closed_singers_are_enrolled(singing):
    enrolled = singing.load("enrolled_singers")
    assert len(enrolled) == 4
    assert (enrolled["n_tracks"] >= 4).all()
    assert (singing.data / "06_models/registry/registry.safetensors").is_file()


def test_every_clone_has_an_answer_and_the_ranks_of_target_and_source(singing):
    answers, ranks = singing.load("identifications"), singing.load("clone_ranks")
    assert len(answers) == 6
    assert len(ranks) == 6
    assert ranks[["target_rank", "source_rank"]].isin([1, 2, 3, 4]).all().all()
    page = (singing.data / "08_reporting/identifications.html").read_text()
    assert "Clones whose singers are known" in page
    assert all(track_id in page for track_id in answers["track_id"])


def test_another_input_is_identified_and_the_registry_stays(singing):
    before = (singing.data / "06_models/registry/registry.safetensors").stat().st_mtime_ns
    song = sorted((singing.data / "01_raw/demo/closed/audio").iterdir())[0]
    singing.run("identify", identify={"input": str(song)})
    assert singing.load("identifications")["track_id"].tolist() == [song.name]
    assert (singing.data / "06_models/registry/registry.safetensors").stat().st_mtime_ns == before


def test_a_folder_for_recordings_cannot_be_set_from_where_a_run_is_asked_for(singing):
    for group in ("identify", "enrol"):
        with pytest.raises((RealClonedError, PlainError), match=f"{group}.folder can only be set in a file of conf/"):
            singing.run("identify", **{group: {"folder": "/"}})


def test_an_encoder_that_there_is_not_is_one_line(new_study):
    study = new_study("demo", {**SETTINGS, "enrol": {"encoder": "speeker"}})
    with pytest.raises(
        (RealClonedError, PlainError), match="enrol.encoder: there is no variant `speeker`; did you mean"
    ):
        study.run("enrol")
