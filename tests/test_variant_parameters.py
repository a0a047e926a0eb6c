"""Parameters of the families of encoder refuse what they do not know, and find their family."""

import pytest
from pydantic import ValidationError

from real_cloned import variant_parameters as module
from real_cloned.parameters import Parameters
from real_cloned.variant_parameters import (
    FeatureParameters,
    FeatureRunParameters,
    LstmParameters,
    LstmVariantParameters,
    SpeakerParameters,
    VariantParameters,
    VoiceTrainingParameters,
)

from .tiny import LSTM, PRETRAIN

SPEAKER = SpeakerParameters(name="speaker", inference_stem="vocals")
FEATURES = FeatureParameters(num_feats=40, sr=16000, hop_size=160, frame_size=400)
ALL = [LSTM, LSTM.network, LSTM.training, SPEAKER, FEATURES, FeatureRunParameters()]


@pytest.fixture(params=ALL, ids=lambda parameters: type(parameters).__name__)
def parameters(request):
    return request.param


def test_every_model_is_tested_here():
    models = {m for m in vars(module).values() if isinstance(m, type) and issubclass(m, Parameters)}
    own = {model for model in models if model.__module__ == module.__name__}
    assert own == {type(parameters) for parameters in ALL}


def test_an_unknown_key_is_refused_by_name(parameters):
    with pytest.raises(ValidationError, match="learning_rat\n"):
        type(parameters).model_validate(parameters.model_dump() | {"learning_rat": 1})


def test_nothing_can_be_set_afterwards(parameters):
    name = next(iter(type(parameters).model_fields))
    with pytest.raises(ValidationError, match="frozen"):
        setattr(parameters, name, getattr(parameters, name))


@pytest.mark.parametrize("variant", [PRETRAIN, LSTM, SPEAKER], ids=lambda variant: variant.family)
def test_a_variant_is_of_the_family_that_it_names(variant):
    found = VariantParameters.model_validate(variant.model_dump(mode="json"))
    assert found.root == variant
    assert found.name == variant.name
    assert VariantParameters.model_validate(found.model_dump(mode="json")) == found


def test_a_variant_that_names_no_family_is_a_transformer():
    settings = PRETRAIN.model_dump()
    del settings["family"]
    assert VariantParameters.model_validate(settings).root == PRETRAIN


def test_a_wrong_value_is_named_with_its_family():
    with pytest.raises(ValidationError, match=r"lstm\.network\.n_layers"):
        VariantParameters.model_validate(LSTM.model_dump() | {"network": {"n_layers": 0}})
    with pytest.raises(ValidationError, match="resnet"):
        VariantParameters.model_validate(LSTM.model_dump() | {"family": "resnet"})


@pytest.mark.parametrize(
    ("model", "name", "value"),
    [
        (VoiceTrainingParameters, "loss", "triplet"),
        (VoiceTrainingParameters, "utterances_per_singer", 1),
        (VoiceTrainingParameters, "clip_norm", 0),
        (LstmParameters, "window_frames", 0),
        (LstmVariantParameters, "train_stems", ["vocal"]),
        (FeatureParameters, "num_feats", "forty"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_by_name(model, name, value):
    sample = {type(parameters): parameters for parameters in ALL}[model]
    with pytest.raises(ValidationError, match=name):
        model.model_validate(sample.model_dump() | {name: value})


def test_the_defaults_are_the_originals():
    told = VoiceTrainingParameters()
    assert (told.singers_per_batch, told.utterances_per_singer, told.learning_rate, told.clip_norm) == (8, 10, 1e-4, 3)
    assert told.train_steps * told.max_blocks == 100_000
