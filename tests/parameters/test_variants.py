"""Parameters of the families of encoder refuse what they do not know, and find their family."""

import pytest
from pydantic import ValidationError

from real_cloned.parameters.variants import (
    FeatureParameters,
    LstmParameters,
    LstmVariantParameters,
    MfccParameters,
    VariantParameters,
    VoiceTrainingParameters,
)
from tests.tiny import ALL, CAMPPLUS, GE2E, LSTM, MFCC, PRETRAIN


@pytest.mark.parametrize("variant", [PRETRAIN, LSTM, GE2E, CAMPPLUS, MFCC], ids=lambda variant: variant.family)
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
        (MfccParameters, "n_mfcc", 17),
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
