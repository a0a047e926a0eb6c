"""What all parameter models share: the base class, and the types of their fields with units and bounds."""

from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator


def ascending(edges: tuple[Any, Any]) -> tuple[Any, Any]:
    """Return a range as it is.

    Args:
        edges: The lower and the upper edge.

    Raises:
        ValueError: The first is above the second.
    """
    if edges[0] > edges[1]:
        raise ValueError(f"the first must not be above the second, got {list(edges)}")
    return edges


def distinct(values: list[Any]) -> list[Any]:
    """Return a list as it is.

    Args:
        values: Of any type that can be hashed.

    Raises:
        ValueError: A value stands in it twice.
    """
    if len(set(values)) < len(values):
        raise ValueError(f"all must differ, got {values}")
    return values


Distinct = AfterValidator(distinct)
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[float, Field(gt=0.0)]
Count = Annotated[int, Field(ge=1, lt=2**31)]
Size = Annotated[int, Field(ge=1, le=2**16)]
"""Of a layer, a window of the Fourier transform, or the like: a larger one is a typo."""
SampleRate = Annotated[int, Field(ge=1000, le=384_000)]
Seconds = Annotated[float, Field(ge=0.01, le=3600.0)]
Decibels = Annotated[float, Field(ge=-200.0, le=200.0)]
DecibelRange = Annotated[tuple[Decibels, Decibels], AfterValidator(ascending)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]
LearningRate = Annotated[float, Field(gt=0.0, le=10.0)]
Factor = Annotated[float, Field(ge=0.0, lt=1.0)]
"""By which a learning rate is multiplied when it is lowered."""
Text = Annotated[str, Field(min_length=1)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
"""Of a variant or a corpus: it becomes part of the names of datasets, nodes and folders."""
Stem = Literal["mixture", "vocals", "accompaniment"]
TURNED_DOWN = "turned_down"
"""The stem that is mixed when it is read: vocals and a part of the accompaniment."""


class Parameters(BaseModel):
    """Base of all parameter models: immutable; unknown keys, infinite numbers and NaN are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _refuse_booleans_as_numbers(cls, value: Any, info: ValidationInfo) -> Any:
        if isinstance(value, bool) and cls.model_fields[str(info.field_name)].annotation is not bool:
            raise ValueError(f"true and false do not belong here, got {value}")
        return value


@lru_cache
def text_of(parameters: Parameters) -> str:
    """Return the parameters as a text, which is made once for all tasks that have the same.

    Args:
        parameters: None of which is a list.
    """
    return repr(parameters)


class CohortParameters(Parameters):
    """Other singers, by whom scores are normalised: those of the training corpus, on the stem of the variant."""

    n_nearest: Annotated[int, Field(ge=2, lt=2**31)] = 50
    """Singers of the cohort that count, of those that are nearest to a track; in a smaller cohort all."""
    tracks_per_singer: Count = 1
    """Tracks that are embedded of each singer, at most."""


class CompareStemsParameters(Parameters):
    """Stems that some tracks are embedded from, to be compared without a probe (`probing.stem_comparison`)."""

    stems: Annotated[list[Literal["mixture", "vocals", "turned_down"]], Field(min_length=2), Distinct]
    tracks_per_singer: Annotated[int, Field(ge=2, lt=2**31)] = 3
    """Tracks of each singer, and clones of each voice, at most; of the cohort as many as `cohort` says."""


class InferenceStemParameters(Parameters):
    """What an encoder is given to embed; a part of the parameters of every variant."""

    inference_stem: Stem | Literal["turned_down"]
    """`turned_down` is the vocals and `accompaniment_gain` times the accompaniment, by which what the separator took
    from the voice comes back in part. No training is given it."""
    accompaniment_gain: Share = 0.35
    """Of `turned_down`; 0.35 is 9 dB less."""
    cohort: CohortParameters | None = None
    """Verification is reported by AS-norm, too (`metrics.score_normalisation`); null: by cosine alone."""
    compare_stems: CompareStemsParameters | None = None
    """null: no tracks are embedded from other stems to compare them."""
