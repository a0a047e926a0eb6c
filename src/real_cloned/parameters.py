"""One frozen model per kind of parameter: what may be set, in which unit, and where the value comes from.

Kedro builds these from `conf/*/parameters/` before any node runs, so that a wrong value stops the run with a message
that names it. Times are in seconds, frequencies in hertz; samples and frames are computed here, once.
"""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator


def _rising(edges: tuple[Any, Any]) -> tuple[Any, Any]:
    if edges[0] > edges[1]:
        raise ValueError(f"the first must not be above the second, got {list(edges)}")
    return edges


def _different(values: list[Any]) -> list[Any]:
    if len(set(values)) < len(values):
        raise ValueError(f"all must differ, got {values}")
    return values


Share = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[float, Field(gt=0.0)]
Count = Annotated[int, Field(ge=1, lt=2**31)]
Size = Annotated[int, Field(ge=1, le=2**16)]
"""Of a layer, a window of the Fourier transform, or the like: what is larger is a slip of the keyboard."""
SampleRate = Annotated[int, Field(ge=1000, le=384_000)]
Seconds = Annotated[float, Field(ge=0.01, le=3600.0)]
Decibels = Annotated[float, Field(ge=-200.0, le=200.0)]
DecibelRange = Annotated[tuple[Decibels, Decibels], AfterValidator(_rising)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]
LearningRate = Annotated[float, Field(gt=0.0, le=10.0)]
Factor = Annotated[float, Field(ge=0.0, lt=1.0)]
"""What a learning rate is multiplied by, to lower it."""
Text = Annotated[str, Field(min_length=1)]
Stem = Literal["mixture", "vocals", "accompaniment"]


class Parameters(BaseModel):
    """Base of all parameter models: immutable; unknown keys, infinite numbers and those that are none are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _yes_is_no_number(cls, value: Any, info: ValidationInfo) -> Any:
        if isinstance(value, bool) and cls.model_fields[str(info.field_name)].annotation is not bool:
            raise ValueError(f"true and false do not belong here, got {value}")
        return value


class AudioParameters(Parameters):
    """How audio is kept, and how long a segment is (paper, section 3.2)."""

    sample_rate_hz: SampleRate
    n_channels: Literal[1, 2]
    segment_s: Seconds

    @property
    def segment_samples(self) -> int:
        """Samples per channel in one segment."""
        return round(self.segment_s * self.sample_rate_hz)


_Tracks = Annotated[int, Field(ge=1, le=200)]
_SongSeconds = Annotated[int, Field(ge=4, le=3600)]
_Spread = Annotated[float, Field(gt=0.0, le=20.0)]


class DemoParameters(Parameters):
    """The synthetic corpus: how many singers, how alike they are, how they are cloned."""

    root: Text
    seed: Seed
    sample_rate_hz: Literal[8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000]
    """One that MP3 knows."""
    n_singers: dict[Literal["train", "validation", "closed", "fma", "mtg"], Annotated[int, Field(ge=0, le=10**6)]]
    tracks_per_singer: Annotated[tuple[_Tracks, _Tracks], AfterValidator(_rising)]
    duration_s: Annotated[tuple[_SongSeconds, _SongSeconds], AfterValidator(_rising)]
    n_cloned_singers: Annotated[int, Field(ge=0, le=10**6)]
    n_clones_per_singer: Annotated[int, Field(ge=0, le=10**6)]
    voice_spread: _Spread
    """How far singers lie from the average voice; 1 is the spread of the founding trial. Smaller is harder."""
    song_spread: Annotated[float, Field(ge=0, le=20.0)]
    """How far one singer's voice moves from song to song, in the same unit."""
    band_spread: _Spread
    """How far bands lie from the average band."""
    band_loyalty: Share
    """Share of tracks on which a singer sings with the own band; another singer's band plays on the rest."""
    clone_blend: Share
    """Weight of the target's voice in a clone; the rest is the source singer's."""

    @model_validator(mode="after")
    def _clones_have_sources(self) -> "DemoParameters":
        n_closed = self.n_singers.get("closed", 0)
        if self.n_cloned_singers * self.n_clones_per_singer and 0 < n_closed < 3:
            raise ValueError(
                f"n_singers.closed must be at least 3 where there are clones, got {n_closed}: a clone is made of "
                "the song of another closed singer (or set n_cloned_singers to 0)"
            )
        return self


class EmbedParameters(Parameters):
    """How segments are embedded."""

    batch_size: Count


_DIFFERENT = AfterValidator(_different)


class BaselineParameters(Parameters):
    """The classifiers of scikit-learn beside the probe, in the same runs, on embeddings of unit length."""

    methods: Annotated[list[Literal["centroid", "neighbours", "logistic"]], Field(min_length=1), _DIFFERENT]
    """The class whose mean points the same way; the classes of the nearest segments; logistic regression."""
    segments_per_singer: Count
    """Training segments that they learn from: at most so many of each singer, drawn at random."""
    n_neighbours: Count
    inverse_regularisation: Annotated[float, Field(gt=0.0, le=1e9)]
    """`C` of the logistic regression."""
    max_iterations: Count
    """Of the logistic regression, which may be left before it has converged."""


class RemixParameters(Parameters):
    """How the accompaniment of test tracks is changed behind their voices, to see whether encoders hear it."""

    levels_db: Annotated[list[Decibels | None], Field(min_length=1), _DIFFERENT]
    """Of the own accompaniment, against its level in the song; null: the voice alone."""
    max_tracks: Count
    """Test tracks that are remixed at most, drawn at random: every segment of each is embedded once per level, and once
    over the accompaniment of another singer."""
    seed: Seed


class ProbeParameters(Parameters):
    """The classifiers trained on frozen embeddings (paper, section 3.3)."""

    n_runs: Count
    n_singers: dict[Literal["closed", "cloned", "fma", "mtg"], Annotated[list[Count], _DIFFERENT] | Literal["all"]]
    """Class counts by corpus; a count above what the corpus holds is left out, and so is a corpus that is not named."""
    hidden_sizes: list[Size]
    batch_size: Annotated[int, Field(ge=2, lt=2**31)]
    """Two at least: batch normalisation has no deviation of one."""
    balance: Literal["singers", "tracks"] = "singers"
    """What is as likely as any other in a batch: singers (then one of the singer's tracks, then one of its segments;
    authors' code), or tracks. The paper does not say."""
    steps_per_epoch: Count
    n_validation_segments: Count
    max_epochs: Count
    learning_rate: LearningRate
    plateau_factor: Factor
    plateau_patience: Count
    stop_patience: Count
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """`bfloat16` keeps weights and losses in float32; auto: bfloat16 where the hardware computes with it."""
    baselines: BaselineParameters
    seed: Seed

    def class_counts(self, corpus: str, n_singers: int) -> list[int]:
        """Return the class counts asked for on a corpus; `n_singers`, those that it holds, where it asks for all."""
        asked = next((counts for name, counts in self.n_singers.items() if name == corpus), [])
        return [n_singers] if asked == "all" else asked


class ReportParameters(Parameters):
    """What the report shows, and what it says of itself."""

    title: str
    synthetic: bool
    """True where the singers are the demo's: the page then says so at its top."""
    figure2_min_tracks: Count
    """Genres with fewer test tracks are left out of Figure 2 (paper: 100)."""
    figure3_buckets: Annotated[list[Count], Field(min_length=1)]
    """Lower edges of the buckets of training tracks in Figure 3 (paper: 5, 10, 20)."""
    n_bootstrap: Annotated[int, Field(ge=1, le=10**6)]
    seed: Seed

    @model_validator(mode="after")
    def _buckets_rise(self) -> "ReportParameters":
        if self.figure3_buckets != sorted(set(self.figure3_buckets)):
            raise ValueError(f"figure3_buckets must rise, got {self.figure3_buckets}")
        return self
