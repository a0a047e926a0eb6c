"""Tracks that one variant fails to embed: the study goes on without them in this variant, and says so."""

import pytest
from torch import nn

from real_cloned.artifacts.embeddings import Embeddings
from real_cloned.audio.segment_reader import SegmentReader
from real_cloned.encoders import embed
from tests.pipelines.study import ONE_ENCODER

pytestmark = pytest.mark.slow


class Fussy(nn.Module):
    """An encoder that raises where one of some waveforms is in a batch."""

    def __init__(self, encoder, refused):
        super().__init__()
        self.encoder, self.refused, self.n_raised = encoder, refused, 0

    def forward(self, waveforms):
        if any(waveform.numpy().tobytes() in self.refused for waveform in waveforms):
            self.n_raised += 1
            raise ValueError("odd bits in it")
        return self.encoder(waveforms)


@pytest.fixture
def study(new_study):
    study = new_study("demo", {**ONE_ENCODER, "executor": {"retries": 1}})
    for stage in ("ingest", "vocal_filter", "separation", "pretrain"):
        study.run(stage)
    return study


def test_later_stages_go_on_without_the_tracks_that_a_variant_cannot_embed(study, monkeypatch):
    splits = {corpus: study.load(f"segments@{corpus}.splits") for corpus in ("closed", "cloned")}
    by_role = splits["closed"].groupby("role")["track_id"].last()
    unlucky = {"closed": {by_role["test"], by_role["train"]}, "cloned": {splits["cloned"]["track_id"][0]}}
    refused = set()
    for corpus, track_ids in unlucky.items():
        segments = study.load(f"segments@{corpus}.segments")
        mixtures = segments[segments["track_id"].isin(track_ids)].assign(stem="mixture")
        audio = study.load(f"corpora@{corpus}.audio")
        reader = SegmentReader(audio, audio, 6.0)
        requests = mixtures[["track_id", "stem", "offset_s"]].itertuples(index=False, name=None)
        refused |= {waveform.numpy().tobytes() for waveform in reader.read(list(requests))}
    load, made = embed.load_encoder, []

    def load_fussy(weights):
        encoder = load(weights)
        if weights.config["pretrain"]["name"] != "mixture":
            return encoder
        made.append(Fussy(encoder, refused))
        return made[-1]

    monkeypatch.setattr(embed, "load_encoder", load_fussy)
    study.run("__default__")
    assert sum(encoder.n_raised for encoder in made) >= 2 * 3
    for corpus, track_ids in unlucky.items():
        assert set(study.load(f"mixture.{corpus}.embeddings").failed["track_id"]) == track_ids
    n_failed = study.load("embeddings@summary").set_index("dataset")["failed_tracks"]
    assert n_failed[n_failed > 0].to_dict() == {"mixture.closed.embeddings": 2, "mixture.cloned.embeddings": 1}
    page = (study.data / "08_reporting" / "report.html").read_text()
    assert "failed: mixture (embeddings)" in page
    for corpus, track_ids in unlucky.items():
        embedded, predicted = (
            {variant: _track_ids(study.load(f"{variant}.{corpus}.{kind}")) for variant in ("mixture", "mfcc")}
            for kind in ("embeddings", "predictions")
        )
        assert embedded["mfcc"] - embedded["mixture"] == track_ids
        assert predicted["mixture"] <= embedded["mixture"]
        assert predicted["mixture"] == predicted["mfcc"] - track_ids
    for encoder in made:
        encoder.n_raised = 0
    study.run("__default__")
    assert not any(encoder.n_raised for encoder in made)  # nor is it tried again


def _track_ids(loaded):
    return set((loaded.index if isinstance(loaded, Embeddings) else loaded)["track_id"])
