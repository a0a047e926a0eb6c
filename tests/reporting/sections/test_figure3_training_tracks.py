"""Figure 3's numbers, and that the axes hold them."""

import pytest

from real_cloned.reporting.sections.figure3_training_tracks import bucket_names, draw_figure3, figure3_numbers
from tests.reporting.fabricated import parameters, prediction, predictions, table_of
from tests.reporting.figure_helpers import laid_out, texts


def test_buckets_are_named_by_their_edges() -> None:
    assert bucket_names([5, 10, 20]) == ["5 to 9", "10 to 19", "20 or more"]
    assert bucket_names([1, 2]) == ["1", "2 or more"] and bucket_names([]) == []


def test_tracks_fall_into_the_bucket_of_their_singers_training_tracks() -> None:
    rows = [prediction(track_id=f"t{n}", n_train_tracks=n, is_top1=n > 9) for n in (4, 5, 9, 10, 19, 20, 500)]
    numbers = figure3_numbers(table_of(rows), parameters(figure3_buckets=[5, 10, 20]))
    assert numbers[["bucket", "top1", "n_tracks"]].values.tolist() == [
        ["5 to 9", 0.0, 2],
        ["10 to 19", 100.0, 2],
        ["20 or more", 100.0, 2],
    ]


@pytest.mark.parametrize(
    ("counts", "chosen"),
    [
        ((10, 20, 40), [10, 20, 40]),
        ((10, 20, 30, 40), [10, 20, 40]),
        ((10, 40), [10, 40]),
        ((10,), [10]),
        ((100, 500, 900, 1000, 1500, 2000), [500, 1000, 1500]),
    ],
)
def test_figure_3_shows_the_papers_class_counts_or_three_of_ours(counts: tuple[int, ...], chosen: list[int]) -> None:
    table = table_of([prediction(n_singers=count) for count in counts])
    assert figure3_numbers(table, parameters())["n_singers"].tolist() == chosen


def test_figure_3_boxes_stand_at_the_medians_of_the_numbers() -> None:
    numbers = figure3_numbers(predictions(n_runs=5), parameters())
    panels = laid_out(draw_figure3(numbers)).get_axes()
    for axes, (_, rows) in zip(panels, numbers.groupby("n_singers"), strict=True):
        medians = [line.get_ydata()[0] for line in axes.get_lines() if line.get_linewidth() == 2.0]
        assert medians == pytest.approx(rows.groupby("bucket", sort=False)["top1"].median())


def test_figure_3_says_where_a_bucket_has_no_tracks() -> None:
    rows = [prediction(n_singers=10, n_train_tracks=2), prediction(n_singers=20, n_train_tracks=6)]
    panels = draw_figure3(figure3_numbers(table_of(rows), parameters())).get_axes()
    assert "no data" in texts(panels[0]) and "no data" in texts(panels[1])
