"""Who sings what: the plan of every track of the demo, drawn from one seed before a sound is made.

Each plan holds the seeds from which its track can be made alone, in any order, on any machine.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from real_cloned.demo.effects import GENRES
from real_cloned.demo.score import LANGUAGES
from real_cloned.parameters.ingest import DemoParameters

CLONE_METHODS = ("blend", "envelope", "vocoder")
CORPORA: tuple[Literal["train", "validation", "closed", "fma", "mtg"], ...] = (
    "train",
    "validation",
    "closed",
    "fma",
    "mtg",
)
TRACKS_PER_ALBUM = 2
"""So few that most singers have the three albums which a split by album needs."""
SONG, ALBUM, PEOPLE, CLONE = range(4)


@dataclass(frozen=True)
class TrackPlan:
    """All that makes one track: numbers of singer, band, album and source singer are seeds of what they name.

    source is the singer who really sang a clone, and original the number of the closed track it was made of; None for
    real tracks. vocal_share in [0, 1].
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
        """The id under which the reader of this track's corpus finds it."""
        return {"fma": f"{self.number:06d}", "mtg": f"track_{self.number:07d}"}.get(
            self.corpus, f"{self.corpus}_{self.number:06d}"
        )

    @property
    def original_id(self) -> str | None:
        """The id of the closed track that a clone was made of."""
        return None if self.original is None else f"closed_{self.original:06d}"

    @property
    def song(self) -> int:
        """The number from whose draws tune, playing and singing come: a clone has those of its original."""
        return self.number if self.original is None else self.original


def draw_catalogue(parameters: DemoParameters) -> list[TrackPlan]:
    """Return the plans of all tracks of all corpora; singers of different corpora are different."""
    first = 0
    plans: list[TrackPlan] = []
    for corpus in CORPORA:
        count = parameters.n_singers.get(corpus, 0)
        for singer in range(first, first + count):
            plans += list(_discography(parameters, corpus, singer, range(first, first + count), len(plans)))
        first += count
    return plans + list(_clones(parameters, [plan for plan in plans if plan.corpus == "closed"], len(plans)))


def singer_name(singer: int) -> str:
    """Return a pronounceable name, different for each singer number."""
    first, last = (
        ("Ada", "Bo", "Cleo", "Dov", "Edda", "Finn", "Gia", "Hal", "Ines", "Jun"),
        ("ren", "lo", "vik", "mar", "tis"),
    )
    middle = ("ba", "ko", "li", "mu", "na", "ro", "sa", "te", "vi", "zo")
    family = middle[singer // 10 % 10].title() + middle[singer // 100 % 10] + last[singer // 1000 % 5]
    return f"{first[singer % 10]} {family}"


def _discography(
    parameters: DemoParameters, corpus: str, singer: int, colleagues: range, first_number: int
) -> Iterator[TrackPlan]:
    rng = np.random.default_rng([parameters.seed, PEOPLE, singer])
    fewest, most = parameters.tracks_per_singer
    shortest, longest = (int(edge) for edge in parameters.duration_s)
    count = int(min(fewest + rng.geometric(0.5) - 1, most))
    genre, language = str(rng.choice(GENRES)), str(rng.choice(LANGUAGES, p=[0.4, 0.25, 0.2, 0.15]))
    for track in range(count):
        loyal = rng.random() < parameters.band_loyalty
        yield TrackPlan(
            corpus=corpus,
            number=first_number + track,
            singer=singer,
            band=singer if loyal else int(rng.choice(colleagues)),
            album=singer * 100 + track // TRACKS_PER_ALBUM,
            genre=genre if rng.random() < 0.9 else str(rng.choice(GENRES)),
            language=language,
            duration_s=int(rng.integers(shortest, longest + 1)),
            vocal_share=0.3 if rng.random() < 0.03 else float(rng.uniform(0.85, 0.95)),
        )


def _clones(parameters: DemoParameters, real: list[TrackPlan], first_number: int) -> Iterator[TrackPlan]:
    """Targets' voices on other singers' songs, over the bands of those others: each method in turn."""
    rng = np.random.default_rng([parameters.seed, CLONE])
    singers = sorted({plan.singer for plan in real})
    targets = rng.permutation(singers)[: parameters.n_cloned_singers]
    for index, target in enumerate(np.repeat(targets, parameters.n_clones_per_singer)):
        song = real[rng.choice([i for i, plan in enumerate(real) if target not in (plan.singer, plan.band)])]
        yield replace(
            song,
            corpus="cloned",
            number=first_number + index,
            singer=int(target),
            vocal_share=max(song.vocal_share, 0.85),
            clone_method=CLONE_METHODS[index % len(CLONE_METHODS)],
            source=song.singer,
            original=song.number,
        )
