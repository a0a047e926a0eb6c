"""Singers who may be one: their names are the same but for case, accents, spaces and punctuation (`names`).

`Adele`, `ADELE` and a folder `Adele ` are ids of three singers, and so are `Zoë` with a composed and with a decomposed
accent, since an id is what it is. Whether they are one singer only the user knows, so they are told and listed, and
taken for one where `same_singer: normalised` asks for it.
"""

import logging
import unicodedata
from collections.abc import Mapping

import pandas as pd

from real_cloned.corpora.names import normalize_name
from real_cloned.corpora.readers.base import cli_override
from real_cloned.parameters.ingest import CorpusParameters
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.corpora import Spellings

MAX_LOGGED = 10

logger = logging.getLogger(__name__)


def find_spellings(listed: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the singers of different ids whose names are the same but for their spelling, within and across corpora.

    Args:
        listed: The tracks that each corpus lists (`schemas.corpora.ListedTracks`), by name of the corpus.

    Returns:
        `schemas.corpora.Spellings`: two rows or more for each such name.
    """
    parts = [_singers(tracks).assign(corpus=corpus) for corpus, tracks in listed.items() if len(tracks)]
    if not parts:
        return empty_table(Spellings)
    singers = pd.concat(parts, ignore_index=True)
    ids = pd.Series(list(zip(singers["id_space"], singers["singer_id"], strict=True)), index=singers.index)
    is_double = ids.groupby(singers["name"]).transform("nunique") > 1
    doubles = singers[is_double].sort_values(["name", "corpus", "singer_id"], ignore_index=True)
    return doubles[list(empty_table(Spellings))]


def unify_spellings(tracks: pd.DataFrame, parameters: CorpusParameters) -> pd.DataFrame:
    """Return the tracks of a corpus with one id for all spellings of a singer, where `same_singer` asks for it.

    The id with the most tracks stays; of several, the first in the order of the alphabet. Where `same_singer` is
    `exact`, nothing changes, and the spellings are logged.

    Args:
        tracks: What a reader found (`schemas.corpora.FoundTracks`).
        parameters: The corpus; `same_singer` is read.
    """
    if tracks.empty:
        return tracks
    singers = _singers(tracks.assign(id_space="")).sort_values(["n_tracks", "singer_id"], ascending=[False, True])
    doubles = singers[singers.duplicated("name", keep=False)]
    if doubles.empty:
        return tracks
    _log_spellings(doubles, parameters)
    if parameters.same_singer == "exact":
        return tracks
    return _rename(tracks, _new_ids(doubles, doubles))


def adopt_spellings(tracks: pd.DataFrame, gallery: pd.DataFrame) -> pd.DataFrame:
    """Return clones with the ids that their gallery has for their singers, whatever their spelling.

    Args:
        tracks: The clones (`schemas.corpora.ListedTracks`).
        gallery: The tracks of the gallery (`schemas.corpora.ListedTracks`).
    """
    if tracks.empty or gallery.empty:
        return tracks
    known = _singers(gallery).sort_values(["n_tracks", "singer_id"], ascending=[False, True])
    singers = _singers(tracks)
    return _rename(tracks, _new_ids(singers[~singers["singer_id"].isin(known["singer_id"])], known))


def _singers(tracks: pd.DataFrame) -> pd.DataFrame:
    """Return the singers whose names are known. Columns: id_space, singer_id, singer_name, name (normalized), n_tracks.

    A name of digits alone that repeats the id may be none, as in `leakage`.
    """
    rows = tracks[["id_space", "singer_id", "singer_ids", "singer_name"]].explode("singer_ids", ignore_index=True)
    is_first = rows["singer_ids"] == rows["singer_id"]
    rows["singer_name"] = rows["singer_name"].where(is_first, rows["singer_ids"])
    rows["is_id"] = rows["singer_name"] == rows["singer_ids"]
    rows = rows.assign(singer_id=rows["singer_ids"]).sort_values("is_id", kind="stable")
    singers = rows.groupby(["id_space", "singer_id"], sort=False, as_index=False).agg(
        singer_name=("singer_name", "first"), is_id=("is_id", "first"), n_tracks=("singer_ids", "size")
    )
    is_number = singers["is_id"] & singers["singer_id"].str.isdigit()
    return singers.assign(name=singers["singer_name"].map(normalize_name))[~is_number]


def _new_ids(singers: pd.DataFrame, known: pd.DataFrame) -> dict[str, str]:
    """Return the id that the first of the known singers with the same name has, by singer id."""
    chosen = known.drop_duplicates("name").set_index("name")["singer_id"]
    new = singers.assign(new=singers["name"].map(chosen)).dropna(subset="new")
    return dict(zip(new["singer_id"], new["new"], strict=True))


def _rename(tracks: pd.DataFrame, new_ids: Mapping[str, str]) -> pd.DataFrame:
    singer_ids = [list(dict.fromkeys(new_ids.get(one, one) for one in ids)) for ids in tracks["singer_ids"]]
    renamed = {
        column: tracks[column].map(lambda one: new_ids.get(one, one), na_action="ignore").astype("str")
        for column in ("singer_id", "clone_source_id")
    }
    return tracks.assign(singer_ids=pd.Series(singer_ids, tracks.index, dtype=object), **renamed)


def _log_spellings(doubles: pd.DataFrame, parameters: CorpusParameters) -> None:
    groups = [group["singer_id"].tolist() for _, group in doubles.groupby("name")]
    shown = "; ".join(", ".join(map(_shown, ids)) for ids in groups[:MAX_LOGGED])
    more = f" and {len(groups) - MAX_LOGGED} more" if len(groups) > MAX_LOGGED else ""
    outcome = (
        f"each id is a singer of its own; {cli_override(parameters, 'same_singer', 'normalised')} takes them for one"
        if parameters.same_singer == "exact"
        else "taken for one, with the first of these ids"
    )
    logger.warning("%s: singers who may be one, by their names: %s%s; %s", parameters.name, shown, more, outcome)


def _shown(name: str) -> str:
    """Return a name in quotes, with escapes for what cannot be seen: a zero-width space, a decomposed accent."""
    return repr(name) if unicodedata.is_normalized("NFC", name) else ascii(name)
