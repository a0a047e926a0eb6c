"""Parameters refuse what they do not know, and do not change."""

import pytest
from pydantic import ValidationError

from real_cloned.parameters import (
    base,
    covers,
    embed,
    enrol,
    identify,
    ingest,
    pretrain,
    probe,
    report,
    separation,
    session,
    variants,
    vocal_filter,
)
from real_cloned.parameters.base import InferenceStemParameters, Parameters
from real_cloned.parameters.ingest import AudioParameters
from tests.tiny import (
    ALL,
    AUDIO,
    AUGMENT,
    CORPUS,
    DEMO,
    DETECTOR,
    MIX,
    PRETRAIN,
    PROBE,
    REPORT,
    SEPARATION,
    VOCAL_FILTER,
)

MODULES = (
    *(base, covers, embed, enrol, identify, ingest, pretrain, probe, report, separation, session, variants),
    vocal_filter,
)
BASES = {Parameters, InferenceStemParameters, pretrain.PairTrainingParameters}


@pytest.fixture(params=ALL, ids=lambda parameters: type(parameters).__name__)
def parameters(request):
    return request.param


def test_every_model_is_tested_here():
    everything = [value for module in MODULES for value in vars(module).values()]
    models = {value for value in everything if isinstance(value, type) and issubclass(value, Parameters)} - BASES
    assert models == {type(parameters) for parameters in ALL}


def test_an_unknown_key_is_refused_by_name(parameters):
    with pytest.raises(ValidationError, match="learning_rat\n"):
        type(parameters).model_validate(parameters.model_dump() | {"learning_rat": 1})


def test_nothing_can_be_set_afterwards(parameters):
    name = next(iter(type(parameters).model_fields))
    with pytest.raises(ValidationError, match="frozen"):
        setattr(parameters, name, getattr(parameters, name))


def test_json_gives_back_the_same_parameters(parameters):
    assert type(parameters).model_validate_json(parameters.model_dump_json()) == parameters


@pytest.mark.parametrize(
    ("parameters", "name", "value"),
    [
        (AUDIO, "sample_rate_hz", "fast"),
        (AUDIO, "sample_rate_hz", 0),
        (AUDIO, "n_channels", 6),
        (AUDIO, "segment_s", -1.0),
        (DEMO, "n_singers", {"cloned": 3}),
        (DEMO, "tracks_per_singer", (0, 3)),
        (DEMO, "clone_blend", 1.2),
        (CORPUS, "source", "spotify"),
        (CORPUS, "split", "test"),
        (CORPUS, "min_vocal_share", 1.5),
        (VOCAL_FILTER, "threshold", -0.1),
        (VOCAL_FILTER, "method", "ears"),
        (VOCAL_FILTER, "separator", "reference"),
        (DETECTOR, "n_mels", 30),
        (SEPARATION, "accompaniment", True),
        (PRETRAIN, "train_stems", ["vocal"]),
        (PRETRAIN, "temperature", 0),
        (PRETRAIN, "sampling", "album"),
        (PRETRAIN, "mix", {"voice_eq_db": 3.0}),
        (MIX, "bare_share", 1.5),
        (AUGMENT, "eq_db", -1.0),
        (PRETRAIN, "log_mel", {"hop_length": 400}),
        (PROBE, "n_singers", {"closed": "most"}),
        (PROBE, "n_runs", 2.5),
        (REPORT, "figure3_buckets", [5, 20, 10]),
        (REPORT, "figure3_buckets", [5, 5]),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_by_name(parameters, name, value):
    with pytest.raises(ValidationError, match=name):
        type(parameters).model_validate(parameters.model_dump() | {name: value})


def test_the_samples_of_a_segment_are_its_seconds_at_the_sample_rate():
    assert AudioParameters(sample_rate_hz=16000, n_channels=2, segment_s=6.0).segment_samples == 96000
    assert AudioParameters(sample_rate_hz=44100, n_channels=2, segment_s=0.1).segment_samples == 4410
