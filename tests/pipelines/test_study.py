"""What makes a study, and what is refused because nothing could be run with it."""

import pytest

from real_cloned.core.errors import RealClonedError
from real_cloned.core.installed_weights import OF_FAMILY, InstalledWeights
from real_cloned.pipelines.study import Study

DRAW = {"closed": 3, "validation": 2, "min_tracks": 7}
SPLITS = {"train": "train", "validation": "validation", "closed": "probe"}


def parameters(**corpora):
    """Parameters of a study with one source that is divided, changed as given."""
    source = {"root": "/music", "source": "manifest", "draw": DRAW}
    entries = {part: {**source, "name": part, "part": part, "split": split} for part, split in SPLITS.items()}
    entries["cloned"] = {"name": "cloned", "split": "clone"}
    changed = {name: {**entries.get(name, {"name": name}), **corpora.get(name, {})} for name in {**entries, **corpora}}
    return {"pretrain": {"mixture": {"name": "mixture"}}, "corpora": changed}


def test_the_parts_of_a_draw_are_read_as_one():
    study = Study.from_parameters(parameters())
    assert study.ingested == {"train": "pool", "cloned": "cloned"}
    assert {study.audio(corpus) for corpus in SPLITS} == {"corpora@pool.audio"}
    assert study.audio("cloned") == "corpora@cloned.audio"


def test_without_a_draw_each_corpus_is_read_by_itself():
    apart = {name: {"draw": None} for name in SPLITS}
    study = Study.from_parameters(parameters(**apart))
    assert study.ingested == {name: name for name in (*SPLITS, "cloned")}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"closed": {"root": "/other"}}, "corpora.closed.root is '/other', corpora.train.root '/music'"),
        ({"closed": {"seed": 3}}, "corpora.closed.seed is 3, corpora.train.seed 0"),
        ({"train": {"draw": None}}, "one has part and split `train`"),
        ({"closed": {"part": "validation"}}, "got train: part train, split train; validation: part validation"),
        ({"validation": {"split": "probe"}}, "one has part and split `train`"),
        ({"validation": {"draw": None}}, "corpora.train.draw.validation is 2, and must be 0"),
        ({"pool": {"split": "probe"}}, "corpora.pool: the name is that of the source"),
    ],
)
def test_corpora_that_cannot_be_parts_of_one_source_are_refused_by_name(changes, message):
    with pytest.raises(RealClonedError, match=message):
        Study.from_parameters(parameters(**changes))


@pytest.mark.parametrize("is_installed", [True, False])
def test_a_published_encoder_takes_part_where_its_package_is_installed(monkeypatch, is_installed):
    package = "torch" if is_installed else "no-such-package"
    monkeypatch.setitem(OF_FAMILY, "campplus", InstalledWeights(package, "1.0", "torch/__init__.py"))
    settings = parameters()
    settings["pretrain"]["speaker"] = {"name": "speaker", "family": "campplus", "weights": "auto", "cohort": {}}
    study = Study.from_parameters(settings)
    assert study.variants == (("mixture", "speaker") if is_installed else ("mixture",))
    assert study.normalised == (("speaker",) if is_installed else ())
    assert study.declared_variants == ("mixture", "speaker")
