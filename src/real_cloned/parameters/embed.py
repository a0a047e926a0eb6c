"""Parameters of the embed stage."""

from typing import Annotated

from pydantic import Field

from real_cloned.parameters.base import Count, Decibels, Distinct, Parameters, Seed


class EmbedParameters(Parameters):
    """How segments are embedded."""

    batch_size: Count


class RemixParameters(Parameters):
    """How the accompaniment of test tracks is changed behind their voices, to see whether encoders hear it."""

    levels_db: Annotated[list[Decibels | None], Field(min_length=1), Distinct]
    """Of the own accompaniment, against its level in the song; null: the voice alone."""
    max_tracks: Count
    """Test tracks that are remixed at most, drawn at random: every segment of each is embedded once per level, and once
    over the accompaniment of another singer."""
    seed: Seed
