"""How far the probe's confidence can be believed: calibration, and singers who were never enrolled."""

from real_cloned.reporting.display import figure, shown, spread, words
from real_cloned.reporting.figures.not_enrolled import draw_not_enrolled
from real_cloned.reporting.figures.reliability import draw_reliability
from real_cloned.reporting.sections.columns import CORPUS, RUNS, SINGERS, VARIANT
from real_cloned.reporting.sections.section import Contents, Section, drawn

ANSWERS = figure("Answers", "n_tests", ",d")

CALIBRATION = [
    CORPUS,
    SINGERS,
    VARIANT,
    ANSWERS,
    figure("Top-1 (%)", "accuracy"),
    figure("Before", "confidence_before", group="Mean confidence (%)"),
    figure("After", "confidence_after", group="Mean confidence (%)"),
    figure("Before", "ece_before", group="Calibration error (points)"),
    figure("After", "ece_after", group="Calibration error (points)"),
    figure("Temperature", "temperature", ".3g"),
]

RELIABILITY = [
    CORPUS,
    VARIANT,
    words("Temperature", "scaling", labelled=True),
    ANSWERS,
    figure("Mean confidence (%)", "confidence"),
    figure("Named right (%)", "accuracy"),
]

NOT_ENROLLED = [
    VARIANT,
    SINGERS,
    RUNS,
    figure("Enrolled", "n_enrolled", ",.0f", "Tracks of a run"),
    figure("Not enrolled", "n_not_enrolled", ",.0f", "Tracks of a run"),
    spread("AUROC (%)", "auroc_mean", "auroc_std"),
    spread("False accepts at 95 % detection (%)", "false_accepts_mean", "false_accepts_std"),
]


def calibration(contents: Contents) -> Section:
    """Return calibration before and after temperature scaling, with the reliability figure."""
    numbers = contents.table("reliability_numbers")
    text = (
        "Of answers with a confidence of 70 %, 70 % should be right: then they lie on the dotted line. Before, and "
        "after the logits were divided by a temperature that was found on validation segments, among which are no "
        "clones. Larger markers stand for more answers. The expected calibration error is the mean distance from the "
        "line, weighted by answers. Tracks of singers who are not enrolled are left out."
    )
    errors = shown(contents.table("calibration"), CALIBRATION, "Expected calibration error.")
    bins = shown(numbers, RELIABILITY, "The numbers drawn.")
    return Section("calibration", "Calibration", text, [errors, bins], drawn(draw_reliability, numbers))


def not_enrolled(contents: Contents) -> Section:
    """Return how well singers who are not enrolled are noticed, as more singers are enrolled."""
    numbers = contents.table("not_enrolled_numbers")
    text = (
        "Test tracks of singers who were not enrolled in a run should be told by their low confidence. AUROC is the "
        "chance that a track of an enrolled singer has more confidence than one of an outsider (50 % is guessing); "
        "false accepts are the outsiders let in where 95 % of enrolled tracks are."
    )
    table = shown(numbers, NOT_ENROLLED, "Detection of singers who are not enrolled.")
    return Section("not_enrolled", "Singers who are not enrolled", text, [table], drawn(draw_not_enrolled, numbers))


SECTIONS = (calibration, not_enrolled)
