"""Parameters of the corpora: where they lie, how they are read, what of them is kept."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from real_cloned.parameters import Count, Parameters, Seed, Share, Text

Amount = Annotated[int, Field(ge=0)] | Share
"""A whole number counts, a fraction is a share: 1 is one, 1.0 is all."""


class CatalogueDraw(Parameters):
    """How one catalogue serves as closed, validation and train corpus at once (paper, section 3.1)."""

    closed: Amount
    """Singers to be identified, drawn from those with at least `min_tracks` tracks (paper: 7500)."""
    validation: Amount
    """Singers to validate the encoders on, drawn from the rest (paper: 4096); all others train."""
    min_tracks: Count


class CorpusParameters(Parameters):
    """One corpus: where it lies, how it is read, which of its tracks and singers are kept (paper, section 3.1)."""

    name: Literal["train", "validation", "closed", "cloned", "fma", "mtg"]
    """That under which the corpus stands in the configuration."""
    source: Literal["manifest", "folder", "own", "fma", "mtg_jamendo", "ctrsvdd"] = "own"
    root: Text | None
    """Folder that holds the corpus, here or on any file system that fsspec knows (`s3://bucket/music`); null: the
    corpus is not there, and every stage passes on an empty table."""
    metadata: Text | None = None
    """The table to read, relative to the root, where the source has several: a TSV of MTG-Jamendo, another manifest."""
    path_column: Text = "path"
    singer_column: Text = "singer_id"
    part: Literal["all", "real", "clones", "closed", "validation", "train"] = "all"
    """Which tracks of the source are the corpus: its real ones or its clones, or the part of `draw` that is named."""
    draw: CatalogueDraw | None = None
    published_splits: Text | None = None
    """Folder `splits` of the paper's release: roles and segments then come from it (sources fma and mtg_jamendo)."""
    split: Literal["train", "validation", "probe", "clone"]
    """What the tracks are for: pretraining, its validation, probing (one test and one validation track per singer), or
    clones to be named."""
    split_by: Literal["track", "album"] = "track"
    """`track`: test and validation tracks at random (paper); `album`: from albums of which no track trains."""
    min_tracks_per_singer: Count = 1
    min_vocal_share: Share = 0.0
    seed: Seed = 0

    @model_validator(mode="after")
    def _parts_are_drawn(self) -> "CorpusParameters":
        if (self.draw is not None) != (self.part in ("closed", "validation", "train")):
            raise ValueError(
                f"corpus {self.name}: `draw` and a `part` of closed, validation or train belong together, "
                f"got part {self.part} and draw {self.draw}"
            )
        return self
