"""The same seed gives the same numbers, whoever does the work; another seed gives others."""

import pytest

from tests.pipelines.study import CORPORA, TINY

pytestmark = pytest.mark.slow

PLACES = ("report.html", "run_parameters", "06_models/mixture/training")
"""What tells of the study's folder, which is another one for each study."""


def numbers(study):
    """Return what the study found out."""
    contents = study.contents()
    return {name: content for name, content in contents.items() if not any(place in name for place in PLACES)}


@pytest.mark.parametrize("n_processes", [1, 3])
def test_one_process_and_three_give_what_one_per_core_gives(whole, new, monkeypatch, n_processes):
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", str(n_processes))
    new.run("__default__", separation={corpus: {"n_jobs": n_processes} for corpus in CORPORA})
    expected, found = numbers(whole), numbers(new)
    assert found.keys() == expected.keys()
    assert [name for name in found if found[name] != expected[name]] == []


def test_another_seed_of_the_probe_gives_other_predictions_and_the_first_one_the_first_again(whole):
    first = whole.load("mixture.closed.predictions")
    whole.run("__default__", probe={**TINY["probe"], "seed": 1})
    other = whole.load("mixture.closed.predictions")
    whole.run("__default__")
    assert not other.equals(first)
    assert whole.load("mixture.closed.predictions").equals(first)
