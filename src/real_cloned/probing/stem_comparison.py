"""Which stem does an encoder know singers by? The same tracks, embedded from several stems, without a probe.

Each stem is judged as the whole corpus is in `probing.verification` and `probing.retrieval`. The cohort of AS-norm is
embedded from the same stem.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from real_cloned.artifacts.embeddings import Embeddings, average_embeddings, track_averages
from real_cloned.parameters.base import CohortParameters
from real_cloned.probing.retrieval import TrackAverages, retrieve_tracks
from real_cloned.probing.verification import singer_cohort, verify_tracks
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.results import StemComparison

NO_RATES = {"equal_error_rate": np.nan, "as_norm_equal_error_rate": np.nan}


@dataclass(frozen=True)
class StemEmbeddings:
    """Tracks of a corpus, embedded from several stems.

    Attributes:
        tracks: `schemas.corpora.Tracks`, those that are embedded from each stem.
        by_stem: Embeddings of segments by the stem that they are of.
    """

    tracks: pd.DataFrame
    by_stem: Mapping[str, Embeddings]

    @classmethod
    def from_tables(cls, tracks: pd.DataFrame, stems: Iterable[str], *embeddings: Embeddings) -> "StemEmbeddings":
        """Return the tracks that are embedded from each stem.

        Args:
            tracks: `schemas.corpora.Tracks`.
            stems: Names of the stems.
            *embeddings: Their index says of which stem each segment is; those of one stem are in one of them.
        """
        by_stem = {}
        for stem in stems:
            named = [one for one in embeddings if one.index["stem"].eq(stem).any()] or [embeddings[0]]
            by_stem[stem] = Embeddings(named[0].index[named[0].index["stem"] == stem], named[0].matrix)
        for part in by_stem.values():
            tracks = tracks[tracks["track_id"].isin(part.index["track_id"])]
        return cls(tracks, by_stem)

    def averages(self, stem: str) -> TrackAverages:
        """Return the tracks with their average embeddings.

        Args:
            stem: The stem that they are embedded from.
        """
        return TrackAverages(*track_averages(self.by_stem[stem], self.tracks))

    def singers(self, stem: str) -> TrackAverages:
        """Return the singers with the averages of their tracks, each in the place of a track.

        Args:
            stem: The stem that they are embedded from.
        """
        singers = average_embeddings(self.by_stem[stem], self.tracks)
        matrix = np.array(singers["embedding"].tolist(), np.float32)
        return TrackAverages(
            singers[["singer_id"]].assign(singer_ids=singers["singer_id"].map(lambda one: [one])), matrix
        )


def compare_stems(
    real: StemEmbeddings,
    clones: StemEmbeddings,
    seed: int,
    *,
    variant: str,
    cohort: tuple[StemEmbeddings, CohortParameters] | None = None,
) -> pd.DataFrame:
    """Return how well singers are told apart from each stem, a row per stem.

    Args:
        real: Tracks of the closed corpus.
        clones: Tracks of the cloned corpus; none where there are no clones.
        seed: Seed of the trials, which are the same for all stems.
        variant: Name of the encoder variant.
        cohort: Tracks of other singers by whom scores are normalised, and how many of these count; None: they are not.

    Returns:
        `schemas.results.StemComparison`, without rows if there are no tracks.
    """
    if real.tracks.empty:
        return empty_table(StemComparison)
    rows = [
        {
            "variant": variant,
            "stem": stem,
            "n_singers": real.tracks["singer_id"].nunique(),
            "n_tracks": len(real.tracks),
            **_verify(real, stem, seed, cohort),
            **_retrieve(real, clones, stem, seed),
        }
        for stem in real.by_stem
    ]
    return pd.DataFrame(rows)[list(empty_table(StemComparison))]


def _verify(
    real: StemEmbeddings, stem: str, seed: int, cohort: tuple[StemEmbeddings, CohortParameters] | None
) -> dict[str, float]:
    """Return error rates over any trials, and over those of different albums."""
    others = None
    if cohort is not None:
        singers, settings = cohort
        others = singer_cohort(singers.by_stem[stem], singers.tracks, settings.n_nearest)
    table = verify_tracks(real.by_stem[stem], real.tracks, seed, variant="", cohort=others)
    rates = {str(row["trials"]): row for row in table.to_dict("records")}
    any_two, albums = ({**NO_RATES, **rates.get(kind, {})} for kind in ("any", "different_albums"))
    return {name: any_two[name] for name in NO_RATES} | {f"album_{name}": albums[name] for name in NO_RATES}


def _retrieve(real: StemEmbeddings, clones: StemEmbeddings, stem: str, seed: int) -> dict[str, float]:
    """Return how near tracks of one singer are, and how many clones have the imitated singer as the nearest one."""
    tracks, no_tracks = real.averages(stem), TrackAverages(real.tracks[:0], np.empty((0, 0), np.float32))
    by_tracks = retrieve_tracks(tracks, no_tracks, seed, variant="")
    by_singers = retrieve_tracks(real.singers(stem), clones.averages(stem), seed, variant="")
    precision, recall = ("mean_average_precision", "recall_at_1")
    return {
        **{name: by_tracks[name].iloc[0] if len(by_tracks) else np.nan for name in (precision, recall)},
        "n_clones": int(by_singers["n_queries"].sum()),
        "clones_top1": by_singers[recall].iloc[0] if len(by_singers) else np.nan,
    }
