"""Near-duplicates: tracks that are one recording in another encoding, another master or a re-issue.

Bit-identical copies within a corpus are left out when it is decoded (`decoding`). These are found by acoustic
fingerprints, and bit-identical tracks of two corpora by their samples, even where chromaprint is not installed. The
first of a pair is in the corpus of higher precedence (`leakage.corpora_by_precedence`), or else is listed first. What
becomes of the second depends on what its corpus is for:

- Pretraining and its validation lose it, so that no recording that is identified, or that a clone was made of, trains.
- A corpus to be identified loses it if the first is in the same corpus, so that no recording is trained on and tested.
  Each such corpus has a probe of its own, so a track that another one has, too, stays. Published splits stay unchanged.
- Clones stay. They are expected to resemble their originals, from which they have the accompaniment.

A recording that one corpus credits to two singers, as a folder "Best of" beside those of its singers does, is credited
to neither: both tracks are left out. If the two are in different corpora, the rules above hold, and the pair is told.
"""

import logging
from collections.abc import Mapping
from itertools import combinations

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from numpy.typing import NDArray

from real_cloned.audio.fingerprint import MAX_S, find_matches, fingerprint, is_available
from real_cloned.audio.shard_store import ShardStore
from real_cloned.corpora.leakage import corpora_by_precedence
from real_cloned.corpora.names import share_a_singer
from real_cloned.corpora.readers.base import TWO_SINGERS, UsableAndRejected, rejected_rows
from real_cloned.parameters.ingest import CorpusParameters
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.corpora import Duplicates, Fingerprints, Rejected

NOT_FINGERPRINTED = "not fingerprinted"
MAX_LOGGED = 10
MEASURES = ["bit_error", "offset_s"]
CREDIT = ["track_id", "content_sha256", "singer_ids", "singer_name"]

logger = logging.getLogger(__name__)


def fingerprint_tracks(audio: ShardStore, tracks: pd.DataFrame) -> pd.DataFrame:
    """Return the acoustic fingerprint of each track; null for all where chromaprint is not installed.

    Args:
        audio: Store of the mixtures.
        tracks: The decoded tracks (`schemas.corpora.Tracks`).

    Returns:
        `schemas.corpora.Fingerprints`, a row per track.
    """
    if tracks.empty:
        return empty_table(Fingerprints)
    track_ids = tracks["track_id"].tolist()
    words = [None] * len(tracks)
    if is_available():
        # Threads are enough: chromaprint computes outside of Python's lock.
        words = Parallel(n_jobs=-1, prefer="threads")(delayed(_fingerprint)(audio, track_id) for track_id in track_ids)
    return pd.DataFrame({"track_id": track_ids, "fingerprint": pd.Series(words, dtype=object)})


def find_duplicates(tracks: Mapping[str, pd.DataFrame], fingerprints: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the pairs of tracks that are the same recording, within and across corpora.

    Args:
        tracks: `schemas.corpora.Tracks` by corpus; their singers are compared.
        fingerprints: `schemas.corpora.Fingerprints` by corpus.

    Returns:
        `schemas.corpora.Duplicates`, a row per pair.
    """
    parts = [
        fingerprints[corpus].assign(corpus=corpus).merge(tracks[corpus][CREDIT], on="track_id")
        for corpus in corpora_by_precedence(tracks)
    ]
    rows = pd.concat(parts, ignore_index=True)
    if _is_without(rows):
        logger.warning(
            "near-duplicates are not looked for: libchromaprint is not installed (apt install libchromaprint1, "
            "brew install chromaprint)"
        )
    matches = _matches(rows)
    if matches.empty:
        return empty_table(Duplicates)
    first, second = (rows.loc[matches[side]].reset_index(drop=True) for side in ("first", "second"))
    pairs = zip(first.to_dict("records"), second.to_dict("records"), strict=True)
    share = pd.Series([share_a_singer(*pair) for pair in pairs], name="share_singer")
    names = [side[["corpus", "track_id"]] for side in (first, second)]
    return pd.concat([names[0], names[1].add_prefix("other_"), share, matches[MEASURES]], axis=1)


def remove_duplicates(
    tracks: pd.DataFrame, duplicates: pd.DataFrame, parameters: CorpusParameters
) -> UsableAndRejected:
    """Leave out the tracks of a corpus that repeat a recording, as far as its use forbids it (see the module).

    Args:
        tracks: The decoded tracks (`schemas.corpora.Tracks`).
        duplicates: The pairs of all corpora (`schemas.corpora.Duplicates`).
        parameters: The corpus; `name`, `split`, `draw` and `published_splits` are read.

    Returns:
        The tracks that stay (`schemas.corpora.Tracks`) and the others (`schemas.corpora.Rejected`).
    """
    if parameters.split == "clone" or parameters.published_splits is not None:
        return tracks, empty_table(Rejected)
    of_others = duplicates["other_corpus"] == parameters.name
    is_inside = of_others & (duplicates["corpus"] == parameters.name)
    _log_two_singers(duplicates[of_others & ~duplicates["share_singer"]], parameters)
    stays_with_others = parameters.split == "probe" or parameters.draw is not None  # not yet known which of them train
    reasons = {
        **_reasons(duplicates[is_inside if stays_with_others else of_others], "near-duplicate"),
        **_reasons(_both_ways(duplicates[is_inside & ~duplicates["share_singer"]]), TWO_SINGERS),
    }
    is_left_out = tracks["track_id"].isin(reasons.keys())
    left_out = tracks[is_left_out]
    if left_out.empty:
        return tracks, empty_table(Rejected)
    texts = left_out["track_id"].map(reasons).tolist()
    return tracks[~is_left_out].reset_index(drop=True), rejected_rows(left_out, texts)


def count_duplicates(fingerprints: Mapping[str, pd.DataFrame], duplicates: pd.DataFrame) -> dict[str, int | str]:
    """Return how many tracks of each corpus are in a pair; NOT_FINGERPRINTED where chromaprint was not installed.

    Args:
        fingerprints: `schemas.corpora.Fingerprints` by corpus.
        duplicates: The pairs of all corpora (`schemas.corpora.Duplicates`).
    """
    sides = (duplicates[["corpus", "track_id"]], duplicates[["other_corpus", "other_track_id"]])
    tracks = pd.concat([side.set_axis(["corpus", "track_id"], axis=1) for side in sides]).drop_duplicates()
    n_tracks = tracks["corpus"].value_counts()
    return {
        corpus: NOT_FINGERPRINTED if _is_without(table) else int(n_tracks.get(corpus, 0))
        for corpus, table in fingerprints.items()
    }


def _matches(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs of rows that are the same recording: first, second (labels of rows) and MEASURES."""
    printed = rows[rows["fingerprint"].notna()]
    matches = pd.DataFrame(find_matches(printed["fingerprint"].tolist()), columns=["first", "second", *MEASURES])
    matches = matches.assign(**{side: printed.index[matches[side]] for side in ("first", "second")})
    copies = rows[rows["content_sha256"].duplicated(keep=False)].groupby("content_sha256")
    same = [(*pair, 0.0, 0.0) for _, group in copies for pair in combinations(group.index, 2)]
    identical = pd.DataFrame(same, columns=matches.columns).astype(matches.dtypes)
    both = pd.concat([identical, matches], ignore_index=True).drop_duplicates(["first", "second"])
    return both.sort_values(["first", "second"], ignore_index=True)


def _reasons(pairs: pd.DataFrame, kind: str) -> dict[str, str]:
    """Return why the second track of each pair is left out, by its id."""
    first = pairs.drop_duplicates("other_track_id")
    columns = (first[name] for name in ("other_track_id", "track_id", "corpus", "bit_error"))
    return {
        other: f"{kind}: the recording is track {track} of {corpus}, {error:.0%} of the fingerprint's bits differ"
        for other, track, corpus, error in zip(*columns, strict=True)
    }


def _both_ways(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs of one corpus, and the same with the two tracks exchanged."""
    exchanged = pairs.rename(columns={"track_id": "other_track_id", "other_track_id": "track_id"})
    return pd.concat([pairs, exchanged], ignore_index=True)


def _log_two_singers(pairs: pd.DataFrame, parameters: CorpusParameters) -> None:
    """Log the recordings of a corpus that are credited to other singers, there or in other corpora."""
    for row in pairs[:MAX_LOGGED].itertuples():
        logger.warning(
            "%s: the recording of %s is track %s of %s, which is credited to another singer",
            *(parameters.name, row.other_track_id, row.track_id, row.corpus),
        )
    if len(pairs) > MAX_LOGGED:
        logger.warning(
            "%s: and %d more such recordings; `duplicates` has them", parameters.name, len(pairs) - MAX_LOGGED
        )


def _is_without(fingerprints: pd.DataFrame) -> bool:
    return len(fingerprints) > 0 and bool(fingerprints["fingerprint"].isna().all())


def _fingerprint(audio: ShardStore, track_id: str) -> NDArray[np.uint32]:
    duration_s = min(MAX_S, audio.duration_s(track_id, "mixture"))
    return fingerprint(audio.read(track_id, "mixture", duration_s=duration_s), audio.sample_rate_hz)
