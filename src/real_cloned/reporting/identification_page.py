"""The answers to who is singing as one self-contained HTML page: a timeline per recording, which plays beside it.

Recordings are not copied: the page links to their files. It loads nothing else.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from real_cloned.reporting.html_tables import DASH
from real_cloned.reporting.templates import render_template

N_COLOURS = 8
"""Of the timeline; more singers take turns with them, and each stretch has its name, too."""
SENTENCES = {
    "singer": "An indication of {singer}.",
    "not enrolled": "No enrolled singer is indicated.",
    "no clear voice": "The voice is not clear enough to say.",
    "no singing found": "No singing was found.",
    "too short": "There is too little singing to say.",
    "unreadable": "The file cannot be read.",
}
"""What each verdict says."""


@dataclass(frozen=True)
class TimelineStretch:
    """A stretch on the timeline of a recording.

    Attributes:
        name: Of the singer, or `not enrolled`.
        left: Where it begins, in percent of the duration.
        width: Its duration, likewise.
        start_s: Where it begins, in seconds.
        span: Its start and end as minutes and seconds.
        probability: In percent, as text.
        colour: Number of the singer's colour; -1 for nobody.
    """

    name: str
    left: float
    width: float
    start_s: float
    span: str
    probability: str
    colour: int


def render_identifications(
    identifications: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    singers: pd.DataFrame,
    config: Mapping[str, Any],
) -> str:
    """Return the page.

    Args:
        identifications: `schemas.identification.Identifications`.
        tables: `recordings`, `stretches` and `clone_ranks`, of the schemas of these names.
        singers: `schemas.identification.EnrolledSingers`.
        config: Of the registry: encoder, separator, and how answers are calibrated.
    """
    paths = dict(zip(tables["recordings"]["track_id"], tables["recordings"]["path"], strict=True))
    by_track = dict(tuple(tables["stretches"].groupby("track_id")))
    rows = [
        _recording(number, row, paths.get(str(row["track_id"]), ""), by_track.get(row["track_id"]))
        for number, row in enumerate(identifications.to_dict("records"))
    ]
    return render_template(
        "identification.html.j2",
        "identification.js",
        recordings=rows,
        clones=[_clone(row) for row in tables["clone_ranks"].to_dict("records")],
        facts={
            "enrolled singers": f"{len(singers)}, by {int(singers['n_tracks'].sum())} recordings",
            "encoder": str(config.get("encoder") or DASH),
            "separator": str(config.get("separator") or "none: the encoder takes recordings as they are"),
            "wrong names": f"the threshold lets about {config['scoring']['false_accept_rate']:.0%} of recordings by "
            "singers who are not enrolled pass, on enrolled singers who were left out in turn",
        },
    )


def _recording(number: int, row: Mapping[Any, Any], path: str, stretches: pd.DataFrame | None) -> dict[str, Any]:
    candidates = zip(_list(row["top5_ids"]), _list(row["top5_probabilities"]), strict=True)
    sentence = SENTENCES[row["verdict"]].format(singer=row["singer_id"])
    return {
        "anchor": f"recording-{number}",
        "name": row["track_id"],
        "verdict": row["verdict"],
        "sentence": sentence,
        "reason": row["reason"] if isinstance(row["reason"], str) else "",
        "singer": row["singer_id"] if isinstance(row["singer_id"], str) else DASH,
        "probability": _percent(row["probability"]),
        "share": _percent(row["share"]),
        "duration": _clock(row["duration_s"]),
        "source": Path(path).resolve().as_uri() if path and row["verdict"] != "unreadable" else "",
        "candidates": [(name, 100 * probability, _percent(probability)) for name, probability in candidates],
        "stretches": [] if stretches is None else _timeline(stretches, row["duration_s"]),
    }


def _timeline(stretches: pd.DataFrame, duration_s: float) -> list[TimelineStretch]:
    names = [one if isinstance(one, str) else None for one in stretches["singer_id"]]
    seconds = stretches.groupby(stretches["singer_id"])["end_s"].sum() - stretches.groupby("singer_id")["start_s"].sum()
    colours = {name: place % N_COLOURS for place, name in enumerate(seconds.sort_values(ascending=False).index)}
    spans = stretches[["start_s", "end_s", "probability"]].itertuples(index=False, name=None)
    return [
        TimelineStretch(
            name=name or "not enrolled",
            left=100 * start_s / duration_s,
            width=100 * (end_s - start_s) / duration_s,
            start_s=start_s,
            span=f"{_clock(start_s)}–{_clock(end_s)}",
            probability=_percent(probability),
            colour=-1 if name is None else colours[name],
        )
        for name, (start_s, end_s, probability) in zip(names, spans, strict=True)
    ]


def _clone(row: Mapping[Any, Any]) -> dict[str, str]:
    ranks = {name: DASH if pd.isna(row[name]) else f"{row[name]:.0f}" for name in ("target_rank", "source_rank")}
    return {**ranks, "name": row["track_id"], "target": row["target_ids"], "source": row["source_id"]}


def _list(text: Any) -> list[Any]:
    return list(json.loads(text)) if isinstance(text, str) else []


def _percent(share: float) -> str:
    if pd.isna(share):
        return DASH
    return "< 1 %" if 0 < share < 0.01 else "> 99 %" if 0.99 < share < 1 else f"{100 * share:.0f} %"


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
