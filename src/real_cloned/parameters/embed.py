"""Parameters of the embed stage."""

from typing import Annotated, Literal

from pydantic import Field

from real_cloned.parameters.base import Count, Decibels, Distinct, Parameters, Seed


class EmbedParameters(Parameters):
    """How segments are embedded."""

    batch_size: Count
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """auto: bfloat16 on a GPU that computes with it, float32 on a CPU. In bfloat16 the layers' outputs have 8 bits of
    mantissa instead of 24, so that an embedding points almost, but not exactly, where it does in float32 (cosine above
    0.99); spectrograms and MFCC are computed in float32 anyway. The authors' code: float32."""


class RemixParameters(Parameters):
    """How the accompaniment of test tracks is changed behind their voices, to see whether encoders hear it."""

    levels_db: Annotated[list[Decibels | None], Field(min_length=1), Distinct]
    """Of the own accompaniment, against its level in the song; null: the voice alone."""
    max_tracks: Count
    """Test tracks that are remixed at most, drawn at random: every segment of each is embedded once per level, and once
    over the accompaniment of another singer."""
    seed: Seed
