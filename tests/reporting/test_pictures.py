"""Each figure looks as it did when someone last looked at it, and a changed mark is noticed."""

from collections.abc import Callable
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.testing.compare import compare_images

from .pictures import BASELINE, DRAWINGS, picture

TOLERANCE = 1.0
"""Root mean square of the differences of pixels (0 to 255). Without writing, two versions of matplotlib differ by the
smoothing of edges alone, a few tenths; one marker that is lost or moved makes 1.6 or more."""


def difference(figure: Figure, name: str, folder: Path) -> str | None:
    """Return in what `figure` differs from the baseline of this name; None where it does not."""
    actual = picture(figure, folder / f"{name}.png")
    baseline = folder / f"{name}-baseline.png"
    baseline.write_bytes((BASELINE / f"{name}.png").read_bytes())  # compare_images writes beside what it compares
    return compare_images(str(baseline), actual, tol=TOLERANCE)


@pytest.mark.parametrize("name", DRAWINGS)
def test_the_figure_looks_like_its_baseline(name: str, tmp_path: Path) -> None:
    assert difference(DRAWINGS[name](), name, tmp_path) is None


def _move_a_mean(figure: Figure) -> None:
    line = next(line for line in figure.findobj(Line2D) if line.get_label() == "vocal mean")
    line.set_ydata([line.get_ydata()[0] - 15.0, *line.get_ydata()[1:]])


def _move_a_run(figure: Figure) -> None:
    line = next(line for line in figure.get_axes()[0].get_lines() if line.get_label() == "Pop")
    line.set_xdata([60.0, *line.get_xdata()[1:]])


def _hide_a_shape(figure: Figure) -> None:
    figure.get_axes()[0].collections[0].set_visible(False)


def _lower_a_bar(figure: Figure) -> None:
    bar = figure.get_axes()[0].patches[0]
    bar.set_height(0.8 * bar.get_height())


def _lose_a_singer(figure: Figure) -> None:
    figure.get_axes()[1].get_lines()[3].set_visible(False)


def _raise_a_point(figure: Figure) -> None:
    lines = figure.get_axes()[0].get_lines()
    line = next(line for line in lines if len(line.get_ydata()) > 1 and line.get_marker() != "None")
    line.set_ydata([*line.get_ydata()[:-1], line.get_ydata()[-1] + 12.0])


CHANGES: dict[str, Callable[[Figure], None]] = {
    "figure1": _move_a_mean,
    "figure2": _move_a_run,
    "figure3": _hide_a_shape,
    "figure4": _lower_a_bar,
    "singer_map": _lose_a_singer,
    "reliability": _hide_a_shape,
    "not_enrolled": _raise_a_point,
    "context": _raise_a_point,
    "cross_synthesis": _raise_a_point,
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_changed_mark_is_noticed(name: str, tmp_path: Path) -> None:
    figure = DRAWINGS[name]()
    CHANGES[name](figure)
    assert difference(figure, name, tmp_path) is not None


def test_other_fonts_make_no_difference(tmp_path: Path) -> None:
    figure = DRAWINGS["figure1"]()
    for text in figure.findobj(lambda artist: hasattr(artist, "set_fontfamily")):
        text.set_fontfamily("serif")
        text.set_fontsize(14)
    assert difference(figure, "figure1", tmp_path) is None
