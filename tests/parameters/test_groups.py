"""What is known of parameters by their dotted names, and the sentences about values that do not fit."""

from pathlib import Path

import pytest
from kedro.framework.project import pipelines
from kedro.framework.startup import bootstrap_project
from kedro.validation.type_extractor import TypeExtractor

from real_cloned.parameters.checks import validate_parameters
from real_cloned.parameters.groups import ENTRIES, GROUPS, find_model_faults, find_type_faults, value_types
from tests.tiny import PROFILES, SIAMESE

ROOT = Path(__file__).parents[2]


def test_the_models_are_those_that_the_nodes_take():
    bootstrap_project(ROOT)
    of_nodes = TypeExtractor(dict(pipelines)).extract_types_from_pipelines()
    expected = {name: GROUPS.get(name) or ENTRIES.get(name.partition(".")[0]) for name in of_nodes}
    assert expected == of_nodes
    assert set(GROUPS) <= set(of_nodes)


@pytest.mark.parametrize(
    ("name", "is_text"),
    [
        *((name, True) for name in ("own.root", "corpora.mine.root", "corpora.closed.singer_column", "separator")),
        *((name, True) for name in ("pretrain.lstm.init_from", "pretrain.speaker.weights", "incremental.ledger")),
        *((name, True) for name in ("vocal_filter.detector", "separation.fma.separator", "demo.root", "report.title")),
        *((name, False) for name in ("probe.seed", "probe.n_singers.closed", "deterministic", "corpora.mine.seed")),
        *((name, False) for name in ("corpora", "corpora.mine", "corpora.mine.foo", "prob.seed", "pretrain.x.network")),
    ],
)  # fmt: skip
def test_which_values_are_texts_is_known_by_name(name, is_text):
    assert (str in value_types(name)) == is_text


def test_a_name_inside_a_model_inside_a_family_is_found():
    assert set(value_types("pretrain.vocal.log_mel.n_mels")) == {int}
    assert value_types("pretrain.lstm.training.learning_rate") == [float]


@pytest.mark.parametrize(
    ("group", "value", "faults"),
    [
        ("embed", {"batch_size": 2, "batchsize": 3}, ["embed.batchsize: there is no such parameter; did you mean ba"]),
        ("embed", {"batch_size": "two"}, ["embed.batch_size: input should be a valid integer, unable to parse"]),
        ("embed", {}, ["embed.batch_size: field required"]),
        ("pretrain", {"mfcc": {"family": "mfcc", "name": "mfcc", "inference_stem": "vocals", "n_mfc": 3}}, [
            "pretrain.mfcc.n_mfc: there is no such parameter; did you mean n_mfcc"]),
        ("pretrain", {"mfcc": {"family": "mfc"}}, ["pretrain.mfcc: input tag 'mfc' found using _family()"]),
        ("separation", 5, ["separation: must be settings by name, got 5"]),
        ("unknown", {"x": 1}, []),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_a_sentence(group, value, faults):
    found = find_type_faults({group: value})
    assert len(found) == len(faults)
    assert all(sentence.startswith(start) for sentence, start in zip(found, faults, strict=True)), found


def test_values_that_are_missing_or_of_another_shape_are_sentences_too():
    assert find_model_faults("embed", GROUPS["embed"], None)
    assert find_model_faults("embed", GROUPS["embed"], 3)


def test_convolutions_that_are_longer_than_a_profile_are_named():
    short = PROFILES.model_copy(update={"n_frames": 25})
    (fault,) = validate_parameters({"cover_profiles": short, "siamese": SIAMESE}, {"cover_profiles", "siamese"})
    assert fault.startswith("siamese.trunk: its convolutions need 26 frames, and cover_profiles.n_frames is 25")
    assert validate_parameters({"cover_profiles": PROFILES, "siamese": SIAMESE}, {"cover_profiles", "siamese"}) == []
