"""Is it the voice that the model hears? Albums kept apart, clones of several makers, and other accompaniments."""

from real_cloned.reporting.cross_synthesis import ABOVE
from real_cloned.reporting.display import Column, figure, interval, level_name, shown, spread, words
from real_cloned.reporting.figures.context import draw_context
from real_cloned.reporting.figures.cross_synthesis import draw_cross_synthesis
from real_cloned.reporting.names import VOICES
from real_cloned.reporting.sections.columns import CORPUS, RUNS, SINGERS, TESTS, VARIANT
from real_cloned.reporting.sections.section import Contents, Section, drawn

ALBUM_SPLIT = [
    CORPUS,
    SINGERS,
    VARIANT,
    RUNS,
    spread("The paper's split", "top1_by_track_mean", "top1_by_track_std", "Top-1 (%)"),
    spread("Albums apart", "top1_by_album_mean", "top1_by_album_std", "Top-1 (%)"),
    figure("Difference", "difference", "+.1f", "Top-1 (%)"),
    interval("95 % interval", "low", "high", "Top-1 (%)"),
    figure("p", "p_value", ".3f"),
    figure("The paper's split", "n_train_tracks_by_track", ".1f", "Training tracks of a singer"),
    figure("Albums apart", "n_train_tracks_by_album", ".1f", "Training tracks of a singer"),
]

CROSS_SYNTHESIS = [
    VARIANT,
    words("Clone method", "clone_method"),
    SINGERS,
    figure("Clones", "n_clones", ",d"),
    spread("Top-1 (%)", "top1_mean", "top1_std"),
    *(figure(name.capitalize(), f"similarity_{key}", group="Similarity to (%)") for key, name in VOICES.items()),
    *(figure(key.capitalize(), f"above_{key}", "+.1f", "Above that to others (%)") for key in ABOVE),
    figure("Of clones (%)", "nearer_target", group="Nearer to target than source"),
    figure("Of", "n_compared", ",d", "Nearer to target than source"),
]

CONTEXT = [
    VARIANT,
    SINGERS,
    words("Accompaniment", "accompaniment", labelled=True),
    Column("Level (dB)", lambda row: level_name(row["level_db"]), key="order"),
    RUNS,
    TESTS,
    spread("Top-1 (%)", "top1_mean", "top1_std"),
    spread("Top-5 (%)", "top5_mean", "top5_std"),
]

BELOW_ALL = -1000.0
"""Where the voice alone is sorted: it has no level."""


def album_split(contents: Contents) -> Section:
    """Return accuracy with all tracks of an album on one side of the split."""
    text = (
        "In the paper's split a test track may share its album, and so its studio, mix and day, with training "
        "tracks. Here no album lies on both sides, with the same singers and runs. The difference is albums apart "
        "minus the paper's split. With albums apart fewer tracks train, to which part of the difference may be due."
    )
    table = shown(contents.table("album_split"), ALBUM_SPLIT, "Accuracy on the paper's split and with albums apart.")
    return Section("album_split", "Albums kept apart", text, [table])


def cross_synthesis(contents: Contents) -> Section:
    """Return accuracy and similarity by clone method: is it the target or the source singer that is heard?"""
    numbers = contents.table("cross_synthesis_numbers")
    text = (
        "Clones by the method that made them: how often the target singer is named, and the mean cosine similarity "
        "of the clone's embedding to tracks of the target singer, to other tracks of the source singer (who really "
        "sang), to the recording that was converted (the original), and to other singers' tracks. How far the first "
        "three stand above the last is given as percent of the way from there to 1, so that models can be compared."
    )
    table = shown(numbers, CROSS_SYNTHESIS, "Clones by method: named, and near to whom.")
    return Section("cross_synthesis", "Target or source?", text, [table], drawn(draw_cross_synthesis, numbers))


def context(contents: Contents) -> Section:
    """Return accuracy by the level of the accompaniment under the voice, own and foreign."""
    numbers = contents.table("context_numbers")
    text = (
        "Test tracks mixed anew: the voice with its own accompaniment or with another singer's, from the voice alone "
        "to loud accompaniment. A model that listens to the voice does not mind whose band plays. Bars are one "
        "standard deviation over runs."
    )
    placed = numbers if numbers.empty else numbers.assign(order=numbers["level_db"].fillna(BELOW_ALL))
    table = shown(placed, CONTEXT, "Accuracy by the accompaniment and its level.")
    return Section("context", "The accompaniment's part", text, [table], drawn(draw_context, numbers))


SECTIONS = (album_split, cross_synthesis, context)
