"""Who sings what: the plan of every track of the demo, drawn from one seed before any audio is made.

Each plan holds all numbers from which its track can be rendered alone, in any order, on any machine.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Literal

import numpy as np

from real_cloned.demo.effects import GENRES
from real_cloned.demo.score import LANGUAGES
from real_cloned.parameters.ingest import DemoParameters

CORPORA: tuple[Literal["train", "validation", "closed", "fma", "mtg"], ...] = (
    "train",
    "validation",
    "closed",
    "fma",
    "mtg",
)
TRACKS_PER_ALBUM = 2
"""Few, so that most singers have the three albums which a split by album needs."""


class RandomStream(IntEnum):
    """Second element of the seeds `[seed, stream, number]`, so that independent draws use independent generators."""

    SONG = 0
    ALBUM = 1
    SINGER = 2
    CLONE = 3
    WORK = 4
    VERSION = 5
    VOICE = 10
    BAND = 11


@dataclass(frozen=True)
class TrackPlan:
    """All that determines one track. The numbers of singer, band and album are seeds of what they name.

    Attributes:
        corpus: Name of the corpus.
        number: Number of the track in the whole demo.
        singer: Number of the singer; of a clone, the singer who is imitated.
        band: Number of the band.
        album: Number of the album.
        genre: One of GENRES.
        language: One of LANGUAGES.
        duration_s: Length in seconds.
        vocal_share: Share of the time that is sung, in [0, 1].
        clone_method: One of the demo's `clone_methods`; None for real tracks.
        source: Number of the singer who really sang a clone; None for real tracks.
        original: Number of the closed track that a clone was made of; None for real tracks.
    """

    corpus: str
    number: int
    singer: int
    band: int
    album: int
    genre: str
    language: str
    duration_s: int
    vocal_share: float
    clone_method: str | None = None
    source: int | None = None
    original: int | None = None

    @property
    def track_id(self) -> str:
        """The id that the reader of this track's corpus gives it."""
        return {"fma": f"{self.number:06d}", "mtg": f"track_{self.number:07d}"}.get(
            self.corpus, f"{self.corpus}_{self.number:06d}"
        )

    @property
    def original_track_id(self) -> str | None:
        """The id of the closed track that a clone was made of; None for real tracks."""
        return None if self.original is None else f"closed_{self.original:06d}"

    @property
    def song(self) -> int:
        """The seed of melody, accompaniment and performance: a clone has that of its original."""
        return self.number if self.original is None else self.original


def plan_tracks(parameters: DemoParameters) -> list[TrackPlan]:
    """Plan all tracks of all corpora; singers of different corpora are different.

    Args:
        parameters: The demo.

    Returns:
        The real tracks in the order of CORPORA, then the clones; the plan at index i has number i.
    """
    first = 0
    plans: list[TrackPlan] = []
    for corpus in CORPORA:
        count = parameters.n_singers.get(corpus, 0)
        singers = range(first, first + count)
        for singer in singers:
            plans += list(_plan_discography(parameters, corpus, singer, singers, len(plans)))
        first += count
    return plans + list(_plan_clones(parameters, [plan for plan in plans if plan.corpus == "closed"], len(plans)))


def singer_name(singer: int) -> str:
    """Return a pronounceable name that no real singer has; those of the first 5000 singers are different.

    Args:
        singer: Number of the singer.
    """
    first, last = (
        ("Ada", "Bo", "Cleo", "Dov", "Edda", "Finn", "Gia", "Hal", "Ines", "Jun"),
        ("ren", "lo", "vik", "mar", "tis"),
    )
    middle = ("ba", "ko", "li", "mu", "na", "ro", "sa", "te", "vi", "zo")
    family = middle[singer // 10 % 10].title() + middle[singer // 100 % 10] + last[singer // 1000 % 5]
    return f"{first[singer % 10]} {family} (synthetic)"


def _plan_discography(
    parameters: DemoParameters, corpus: str, singer: int, colleagues: range, first_number: int
) -> Iterator[TrackPlan]:
    """Plan the tracks of one singer, sometimes with the band of a colleague."""
    rng = np.random.default_rng([parameters.seed, RandomStream.SINGER, singer])
    fewest, most = parameters.tracks_per_singer
    shortest, longest = (int(edge) for edge in parameters.duration_s)
    count = int(min(fewest + rng.geometric(0.5) - 1, most))
    genre, language = str(rng.choice(GENRES)), str(rng.choice(LANGUAGES, p=[0.4, 0.25, 0.2, 0.15]))
    for track in range(count):
        has_own_band = rng.random() < parameters.band_loyalty
        yield TrackPlan(
            corpus=corpus,
            number=first_number + track,
            singer=singer,
            band=singer if has_own_band else int(rng.choice(colleagues)),
            album=singer * 100 + track // TRACKS_PER_ALBUM,
            genre=genre if rng.random() < 0.9 else str(rng.choice(GENRES)),
            language=language,
            duration_s=int(rng.integers(shortest, longest + 1)),
            vocal_share=0.3 if rng.random() < 0.03 else float(rng.uniform(0.85, 0.95)),
        )


def _plan_clones(parameters: DemoParameters, real: list[TrackPlan], first_number: int) -> Iterator[TrackPlan]:
    """Plan the voices of target singers on the songs and bands of others, by each method in turn."""
    rng = np.random.default_rng([parameters.seed, RandomStream.CLONE])
    singers = sorted({plan.singer for plan in real})
    targets = rng.permutation(singers)[: parameters.n_cloned_singers]
    for index, target in enumerate(np.repeat(targets, parameters.n_clones_per_singer)):
        original = real[rng.choice([i for i, plan in enumerate(real) if target not in (plan.singer, plan.band)])]
        yield replace(
            original,
            corpus="cloned",
            number=first_number + index,
            singer=int(target),
            vocal_share=max(original.vocal_share, 0.85),
            clone_method=parameters.clone_methods[index % len(parameters.clone_methods)],
            source=original.singer,
            original=original.number,
        )
