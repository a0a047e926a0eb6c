"""Another variant and another corpus are entries of the configuration, and the report has them."""

import pandas as pd
import pytest
import yaml

from tests.pipelines.study import ONE_ENCODER, Study

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def extended(new_study) -> Study:
    """The small study with a second encoder, and with its FMA corpus under another name."""
    study = new_study("demo", ONE_ENCODER)
    file = study.conf / "demo" / "parameters.yml"
    parameters = yaml.safe_load(file.read_text())
    base = yaml.safe_load((study.conf / "base/parameters/pretrain.yml").read_text())["pretrain"]["mixture"]
    base["log_mel"]["sample_rate_hz"] = 16000
    laptop = yaml.safe_load((study.conf / "base/globals_laptop.yml").read_text())["laptop"]["pretrain"]
    small = ONE_ENCODER["pretrain"]["mixture"]
    architecture = {**laptop["mixture"]["architecture"], **small["architecture"]}
    entry = {
        **base,
        **laptop["mixture"],
        **small,
        "architecture": architecture,
        "log_mel": {**base["log_mel"], **laptop["mixture"]["log_mel"]},
    }
    parameters["pretrain"] = {**laptop, "quick": {**entry, "name": "quick", "seed": 1}}
    fma = parameters["corpora"].pop("fma")
    parameters["corpora"]["mine"] = {
        **fma,
        "name": "mine",
        "source": "fma",
        "split": "probe",
        "min_tracks_per_singer": 5,
    }
    parameters["probe"]["n_singers"]["mine"] = "all"
    file.write_text(yaml.safe_dump(parameters))
    study.parameters = {name: value for name, value in study.parameters.items() if name != "corpora"}
    study.run("__default__")
    return study


def test_the_new_variant_is_trained_and_probed_beside_the_others(extended):
    predictions = extended.load("predictions")
    assert {"mixture", "mfcc", "quick"} == set(predictions["variant"])
    assert extended.load("quick.weights").config["pretrain"]["seed"] == 1


def test_the_new_corpus_is_probed_and_stands_in_the_tables(extended):
    predictions = extended.load("predictions")
    assert set(predictions.loc[predictions["corpus"] == "mine", "variant"]) == {"mixture", "mfcc", "quick"}
    for name in ("table1_datasets", "table2_open_datasets", "accuracies"):
        table = pd.read_csv(extended.data / "08_reporting" / f"{name}.csv")
        assert "mine" in set(table["corpus"]), name
    assert "quick" in set(pd.read_csv(extended.data / "08_reporting" / "figure1_closed_cloned.csv")["variant"])
    assert "Quick" in (extended.data / "08_reporting" / "report.html").read_text()
