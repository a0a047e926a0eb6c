"""Parameters of the report stage."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from real_cloned.parameters.base import Count, Parameters, Seed


class ReportParameters(Parameters):
    """What the report shows, and what it says of itself."""

    title: str
    synthetic: bool
    """True where the singers are the demo's: the page then says so at its top."""
    page: Literal["study", "own"]
    """`study`: the paper's tables and figures come first. `own`: the singers come first, and what is of the paper or of
    clones is left out."""
    figure2_min_tracks: Count
    """Genres with fewer test tracks are left out of Figure 2 (paper: 100)."""
    figure3_buckets: Annotated[list[Count], Field(min_length=1)]
    """Lower edges of the buckets of training tracks in Figure 3 (paper: 5, 10, 20)."""
    n_bootstrap: Annotated[int, Field(ge=1, le=10**6)]
    seed: Seed

    @model_validator(mode="after")
    def _check_buckets(self) -> "ReportParameters":
        if self.figure3_buckets != sorted(set(self.figure3_buckets)):
            raise ValueError(f"figure3_buckets must rise, got {self.figure3_buckets}")
        return self
