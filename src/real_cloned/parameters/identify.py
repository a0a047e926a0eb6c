"""Parameters of answers to who is singing."""

from typing import Annotated

from pydantic import Field

from real_cloned.parameters.base import Count, Parameters, Text


class AnswerParameters(Parameters):
    """What an answer needs, and what it names."""

    n_candidates: Count = 5
    """Singers that are named with a probability, whatever the verdict."""
    min_sung_s: Annotated[float, Field(ge=0.0, le=3600.0)] = 6.0
    """Seconds of singing below which a recording is too short."""
    switch_cost: Annotated[float, Field(ge=0.0, le=1000.0)] = 2.0
    """By how much the log-probability falls where a stretch ends and another singer follows; 0: each segment alone."""


class IdentifyParameters(Parameters):
    """Which recordings are to be identified."""

    input: Text | None = None
    """A file in any format that FFmpeg decodes, or a folder of such files."""
    folder: Text | None = None
    """The input must lie in this folder, which only a file of conf/ can name: for where others can ask for a run
    (docs/identify.md). null: it may lie anywhere."""
    answers: AnswerParameters = AnswerParameters()
