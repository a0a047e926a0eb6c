"""The hours to expect: arithmetic on rates that docs/benchmarks.md has."""

from pathlib import Path

import pytest

from benchmarks import expected_hours as expected

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("rate", expected.RATES, ids=lambda rate: rate.line[:20])
def test_every_rate_stands_in_the_benchmarks_as_it_was_printed(rate):
    assert f"\n{rate.line}\n" in (DOCS / "benchmarks.md").read_text().replace("\n  ", "\n")
    assert f"{rate.value:g}" in rate.line.split()


def test_a_step_of_the_paper_takes_what_the_matrices_of_its_encoder_take():
    blocks, width, tokens, segments = 12, 384, 8 * 15 + 1, 2 * 128
    matrices = 12 * width**2  # queries, keys, values, output: 4; the two of the perceptron: 8
    attention = 2 * tokens * width
    each = 2 * (matrices + attention)  # a multiplication and an addition
    assert expected.step_flop() == 3 * segments * tokens * blocks * each
    assert f"{expected.step_flop() / 1e12:.2f}" == "4.15"


def test_an_epoch_is_its_steps_and_a_third_of_as_many_for_validation():
    assert expected.pretrain_epoch_s(3.0) == pytest.approx(32 * 3.0 + 32 * 1.0)


def test_hours_of_an_hour_of_audio_are_those_of_a_hand_count():
    corpus = expected.Corpus("an hour", n_songs=10, mean_s=360.0, n_singers=100)
    seconds = {stage.name: stage.seconds(corpus) for stage in expected.STAGES}
    assert seconds["ingest"] == pytest.approx(3600 / (746 * 1.58))
    assert seconds["separation by `mdx_extra`"] == pytest.approx(4000)
    assert seconds["embed, a variant"] == pytest.approx(600 / (14.2 * 1.58))
    assert seconds["probe, a variant"] == pytest.approx(3 * 10 * 100 * 32 * 0.0069)


def test_a_second_of_stereo_takes_64_kilobytes():
    rows = {name: sizes for name, *sizes in expected.disk_rows()}
    mtg = expected.CORPORA[1]
    assert rows["mixtures (ingest)"][1] == expected.shown(mtg.audio_s * 64e3 / 1e9)


def test_the_document_shows_what_is_printed():
    text = (DOCS / "reproducing.md").read_text()
    assert all(table in text for table in [expected.facts(), *expected.tables()])
