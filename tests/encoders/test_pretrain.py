"""Every family of variant is pretrained, or has weights without a training, or is switched off."""

import pandas as pd
import pytest

from real_cloned.encoders.corpus import TrainingCorpus
from real_cloned.encoders.pretrain import pretrain_variant
from real_cloned.encoders.registry import encoder_family, has_encoder, load_encoder
from real_cloned.schemas.corpora import History
from tests.tiny import AUDIO, LSTM, MFCC, PRETRAIN, SPEAKER, but

EMPTY = TrainingCorpus(*[pd.DataFrame()] * 3, mixtures=None, stems=None)


@pytest.mark.parametrize("variant", [PRETRAIN, LSTM], ids=["transformer", "lstm"])
def test_a_variant_that_is_trained_has_an_encoder_of_its_family_and_a_history(variant, make_corpus):
    corpus = make_corpus()
    weights, history = pretrain_variant(variant, AUDIO, corpus, corpus)
    assert encoder_family(weights) == variant.family
    assert load_encoder(weights)
    assert History.validate(history)["epoch"].tolist() == [0, 1]


def test_mfcc_has_tables_and_no_history_and_needs_no_corpus():
    weights, history = pretrain_variant(MFCC, AUDIO, EMPTY, EMPTY)
    assert has_encoder(weights)
    assert history.empty


@pytest.mark.parametrize(
    "variant",
    [but(PRETRAIN, trained=False), but(LSTM, trained=False), SPEAKER, but(MFCC, present=False)],
    ids=["transformer", "lstm", "speaker", "mfcc"],
)
def test_a_variant_that_is_switched_off_has_weights_without_tensors_and_no_history(variant):
    weights, history = pretrain_variant(variant, AUDIO, EMPTY, EMPTY)
    assert not has_encoder(weights)
    assert weights.config["pretrain"]["name"] == variant.name
    assert history.empty
    assert list(history) == list(History.to_schema().columns)
