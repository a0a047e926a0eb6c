"""Parameters of the registry of singers: who is enrolled, by which encoder, and how scores are read."""

from typing import Annotated, Literal

from pydantic import Field

from real_cloned.parameters.base import Name, Parameters, Share, Text
from real_cloned.parameters.ingest import CorpusParameters


class ScoringParameters(Parameters):
    """How scores against enrolled singers are read."""

    false_accept_rate: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.05
    """Share of tracks by singers who are not enrolled that are to be given a name, on singers left out in turn."""
    not_enrolled_share: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.5
    """Prior probability that a track is by nobody who is enrolled; probabilities depend on it, verdicts do not."""
    model: Literal["centroid", "probe"] = "centroid"
    """`centroid`: a singer is the mean direction of their tracks; `probe`: a logistic regression tells all singers
    apart, and `normalisation` is not read."""
    normalisation: Literal["auto", "as_norm", "none"] = "auto"
    """`as_norm`: scores are normalised by a cohort; `none`: they are cosines; `auto`: what names more of the enrolled
    tracks, left out in turn, at the rate of false accepts."""
    n_nearest: Annotated[int, Field(ge=2, lt=2**31)] = 50
    """Singers of the cohort that a score is normalised by, of the nearest (AS-norm)."""
    unclear_rate: Share = 0.01
    """Share of tracks of enrolled singers, left out in turn, that resemble other singers less than a voice has to."""


class EnrolParameters(Parameters):
    """A registry of singers."""

    corpus: CorpusParameters
    """Whose recordings are enrolled: a folder SINGER/[ALBUM/]TRACK, a manifest, or any other source."""
    cohort: CorpusParameters | None = None
    """Recordings of other singers, by which scores are normalised, too; null: the enrolled singers alone serve."""
    encoder: Name = "speaker"
    """A variant, an entry under `pretrain`."""
    separator: Text = "auto"
    """Where the encoder is given separated vocals: as under `separation`, except `reference`."""
    folder: Text | None = None
    """The recordings must lie in this folder, which only a file of conf/ can name; null: they may lie anywhere."""
    scoring: ScoringParameters = ScoringParameters()
