"""Every family of variant is pretrained, or has weights without a training."""

import pandas as pd
import pytest

from real_cloned.core.errors import RealClonedError
from real_cloned.encoders.corpus import TrainingCorpus
from real_cloned.encoders.pretrain import pretrain_variant
from real_cloned.encoders.registry import encoder_family, load_encoder
from real_cloned.schemas.corpora import History
from tests.tiny import AUDIO, CAMPPLUS, GE2E, LSTM, MFCC, PRETRAIN

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
    assert weights.tensors
    assert history.empty


@pytest.mark.parametrize("variant", [GE2E, CAMPPLUS], ids=["ge2e", "campplus"])
def test_a_published_encoder_without_weights_is_an_error_that_says_what_to_set(variant):
    with pytest.raises(RealClonedError, match=rf"pretrain\.{variant.name}\.weights is null"):
        pretrain_variant(variant, AUDIO, EMPTY, EMPTY)
