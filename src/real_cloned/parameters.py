"""One frozen model per kind of parameter: what may be set, in which unit, and where the value comes from.

Kedro builds these from `conf/*/parameters/` before any node runs, so that a wrong value stops the run with a message
that names it. Times are in seconds, frequencies in hertz; samples and frames are computed here, once.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[float, Field(gt=0.0)]
Count = Annotated[int, Field(ge=1)]
Stem = Literal["mixture", "vocals", "accompaniment"]


class Parameters(BaseModel):
    """Base of all parameter models: immutable, and unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class AudioParameters(Parameters):
    """How audio is kept, and how long a segment is (paper, section 3.2)."""

    sample_rate_hz: Count
    n_channels: Literal[1, 2]
    segment_s: Positive

    @property
    def segment_samples(self) -> int:
        """Samples per channel in one segment."""
        return round(self.segment_s * self.sample_rate_hz)


class DemoParameters(Parameters):
    """The synthetic corpus: how many singers, how alike they are, how they are cloned."""

    root: str
    seed: int
    sample_rate_hz: Count
    n_singers: dict[Literal["train", "validation", "closed", "fma", "mtg"], Annotated[int, Field(ge=0)]]
    tracks_per_singer: tuple[Count, Count]
    duration_s: tuple[Count, Count]
    n_cloned_singers: Annotated[int, Field(ge=0)]
    n_clones_per_singer: Annotated[int, Field(ge=0)]
    voice_spread: Positive
    """How far singers lie from the average voice; 1 is the spread of the founding trial. Smaller is harder."""
    song_spread: Annotated[float, Field(ge=0)]
    """How far one singer's voice moves from song to song, in the same unit."""
    band_spread: Positive
    """How far bands lie from the average band."""
    band_loyalty: Share
    """Share of tracks on which a singer sings with the own band; another singer's band plays on the rest."""
    clone_blend: Share
    """Weight of the target's voice in a clone; the rest is the source singer's."""


class EmbedParameters(Parameters):
    """How segments are embedded."""

    batch_size: Count


class BaselineParameters(Parameters):
    """The classifiers of scikit-learn beside the probe, in the same runs, on embeddings of unit length."""

    methods: list[Literal["centroid", "neighbours", "logistic"]]
    """The class whose mean points the same way; the classes of the nearest segments; logistic regression."""
    segments_per_singer: Count
    """Training segments that they learn from: at most so many of each singer, drawn at random."""
    n_neighbours: Count
    inverse_regularisation: Positive
    """`C` of the logistic regression."""
    max_iterations: Count
    """Of the logistic regression, which may be left before it has converged."""


class RemixParameters(Parameters):
    """How the accompaniment of test tracks is changed behind their voices, to see whether encoders hear it."""

    levels_db: Annotated[list[float | None], Field(min_length=1)]
    """Of the own accompaniment, against its level in the song; null: the voice alone."""
    max_tracks: Count
    """Test tracks that are remixed at most, drawn at random: every segment of each is embedded once per level, and once
    over the accompaniment of another singer."""
    seed: int

    @model_validator(mode="after")
    def _levels_differ(self) -> "RemixParameters":
        if len(set(self.levels_db)) < len(self.levels_db):
            raise ValueError(f"levels_db must differ, got {self.levels_db}")
        return self


class ProbeParameters(Parameters):
    """The classifiers trained on frozen embeddings (paper, section 3.3)."""

    n_runs: Count
    n_singers: dict[str, list[Count] | Literal["all"]]
    """Class counts by corpus; a count above what the corpus holds is left out, and so is a corpus that is not named."""
    hidden_sizes: list[Count]
    batch_size: Count
    balance: Literal["singers", "tracks"] = "singers"
    """What is as likely as any other in a batch: singers (then one of the singer's tracks, then one of its segments;
    authors' code), or tracks. The paper does not say."""
    steps_per_epoch: Count
    n_validation_segments: Count
    max_epochs: Count
    learning_rate: Positive
    plateau_factor: Share
    plateau_patience: Count
    stop_patience: Count
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """`bfloat16` keeps weights and losses in float32; auto: bfloat16 where the hardware computes with it."""
    baselines: BaselineParameters
    seed: int


class ReportParameters(Parameters):
    """What the report shows, and what it says of itself."""

    title: str
    synthetic: bool
    """True where the singers are the demo's: the page then says so at its top."""
    figure2_min_tracks: Count
    """Genres with fewer test tracks are left out of Figure 2 (paper: 100)."""
    figure3_buckets: list[Count]
    """Lower edges of the buckets of training tracks in Figure 3 (paper: 5, 10, 20)."""
    n_bootstrap: Count
    seed: int

    @model_validator(mode="after")
    def _buckets_rise(self) -> "ReportParameters":
        if self.figure3_buckets != sorted(set(self.figure3_buckets)):
            raise ValueError(f"figure3_buckets must rise, got {self.figure3_buckets}")
        return self
