"""The tracks of a corpus, whatever its source: the table of readers, and what each corpus takes of its source."""

import logging
from collections.abc import Callable

import pandas as pd

from real_cloned.core.errors import RealClonedError
from real_cloned.corpora.names import normalize_name
from real_cloned.corpora.readers.base import UsableAndRejected, corpus_root, rejected_rows
from real_cloned.corpora.readers.ctrsvdd import read_ctrsvdd
from real_cloned.corpora.readers.fma import read_fma
from real_cloned.corpora.readers.folder import read_folder
from real_cloned.corpora.readers.manifest import find_manifest, read_manifest
from real_cloned.corpora.readers.mtg_jamendo import read_mtg_jamendo
from real_cloned.corpora.readers.published_splits import read_published_splits
from real_cloned.corpora.spellings import unify_spellings
from real_cloned.parameters.ingest import CorpusParameters
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.corpora import ListedTracks, Rejected

logger = logging.getLogger(__name__)


def list_tracks(parameters: CorpusParameters) -> UsableAndRejected:
    """List the tracks of a corpus with the reader of its source.

    A corpus whose root is null gives two empty tables. Where the paper's published splits are given, only the tracks
    that they name are listed. Real tracks of several singers are rejected: a duet would be learned as one of its
    voices, and be right by either.

    Args:
        parameters: The corpus.

    Returns:
        The tracks that can be used (`schemas.corpora.ListedTracks`) and the others (`schemas.corpora.Rejected`).

    Raises:
        RealClonedError: The source cannot be read, or it lists no tracks, or tracks of which none can be used.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> root = Path(tempfile.mkdtemp())
        >>> (root / "Nina").mkdir()
        >>> (root / "Nina" / "1.mp3").touch()
        >>> corpus = CorpusParameters(name="closed", source="folder", root=str(root), split="probe")
        >>> listed, rejected = list_tracks(corpus)
        >>> listed[["track_id", "singer_id"]].values.tolist(), len(rejected)
        ([['Nina/1.mp3', 'Nina']], 0)
    """
    if parameters.root is None:
        return empty_table(ListedTracks), empty_table(Rejected)
    found, rejected = READERS[parameters.source](parameters)
    if found.empty and rejected.empty:
        part = "" if parameters.part == "all" else f" ({parameters.part})"
        raise RealClonedError(
            f"{parameters.name}: {corpus_root(parameters)} lists no tracks{part}; set "
            f"corpora.{parameters.name}.root to null if the corpus is not there"
        )
    found = unify_spellings(found, parameters)
    if parameters.split != "clone":
        found, rejected = _reject_duets(found, rejected)
        if parameters.published_splits is None:
            found, rejected = _reject_collective_names(found, rejected, parameters)
    if parameters.published_splits is not None:
        found, rejected = _select_published(found, rejected, parameters)
    if found.empty and not rejected.empty:
        raise RealClonedError(_nothing_usable_message(rejected, parameters))
    id_space = "manifest" if parameters.source in USER_ID_SOURCES else parameters.source
    return found.assign(id_space=found["id_space"].fillna(id_space) if "id_space" in found else id_space), rejected


def read_own(parameters: CorpusParameters) -> UsableAndRejected:
    """Read a person's own recordings: by their manifest where there is one, otherwise by their folders.

    Args:
        parameters: The corpus.

    Returns:
        The usable tracks (`schemas.corpora.FoundTracks`) and the others (`schemas.corpora.Rejected`).

    Raises:
        RealClonedError: The root is no folder, or as in `read_manifest` and `read_folder`.
    """
    has_manifest = find_manifest(corpus_root(parameters)) is not None
    return read_manifest(parameters) if has_manifest else read_folder(parameters)


READERS: dict[str, Callable[[CorpusParameters], UsableAndRejected]] = {
    "manifest": read_manifest,
    "folder": read_folder,
    "own": read_own,
    "fma": read_fma,
    "mtg_jamendo": read_mtg_jamendo,
    "ctrsvdd": read_ctrsvdd,
}
"""The reader of each source, by the name that `CorpusParameters.source` gives it."""

USER_ID_SOURCES = ("manifest", "folder", "own")
"""Sources whose singer ids were chosen by the user: an id means the same singer in all of them."""

COLLECTIVE_NAMES = frozenset(
    normalize_name(name)
    for name in (
        *("Various Artists", "Various Artist", "Various", "VA", "Unknown Artist", "Unknown", "No Artist"),
        *("Compilation", "Compilations", "Soundtrack", "Soundtracks", "Original Soundtrack"),
        *("Verschiedene Interpreten", "Diverse Interpreten", "Unbekannter Interpret", "Unbekannter Künstler"),
        *("Artistes divers", "Artistes variés", "Artiste inconnu", "Varios Artistas", "Artista desconocido"),
        *("Vários Artistas", "Artista desconhecido", "Artisti vari", "AA.VV.", "Artista sconosciuto"),
        *("Diverse artiesten", "Onbekende artiest", "Blandade artister", "Okänd artist", "Diverse artister"),
        *("Ukjent artist", "Ukendt kunstner", "Różni wykonawcy", "Nieznany wykonawca", "Різні виконавці"),
        *("Разные исполнители", "Неизвестный исполнитель", "ヴァリアス・アーティスト", "アーティスト情報なし"),
        *("不明なアーティスト", "群星", "未知艺术家", "未知歌手", "여러 아티스트", "알 수 없는 아티스트"),
    )
)
"""What programs write where a singer is unknown or there are several, as `normalize_name` spells it."""


def _reject_duets(found: pd.DataFrame, rejected: pd.DataFrame) -> UsableAndRejected:
    is_duet = found["singer_ids"].map(len) > 1
    rows = rejected_rows(found[is_duet], "several singers: the singer of a real track must be one")
    return found[~is_duet].reset_index(drop=True), pd.concat([rejected, rows], ignore_index=True)


def _reject_collective_names(
    found: pd.DataFrame, rejected: pd.DataFrame, parameters: CorpusParameters
) -> UsableAndRejected:
    is_collective = found["singer_name"].map(normalize_name).isin(COLLECTIVE_NAMES)
    if is_collective.any():
        names = ", ".join(map(repr, found.loc[is_collective, "singer_name"].unique()))
        logger.warning(
            "%s: %d tracks are left out, as %s names no single singer. Name the singer of each track, by its folder or "
            "in a manifest; a singer who is really called so can be spelt otherwise",
            *(parameters.name, is_collective.sum(), names),
        )
    reasons = [f"no single singer: {name}" for name in found.loc[is_collective, "singer_name"]]
    rows = rejected_rows(found[is_collective], reasons)
    return found[~is_collective].reset_index(drop=True), pd.concat([rejected, rows], ignore_index=True)


def _select_published(found: pd.DataFrame, rejected: pd.DataFrame, parameters: CorpusParameters) -> UsableAndRejected:
    published = read_published_splits(parameters)["track_id"].drop_duplicates()
    unknown = published[~published.isin([*found["track_id"], *rejected["track_id"]])]
    missing = rejected_rows(unknown.to_frame(), "not in the metadata: the published splits name it")
    rejected = rejected[rejected["track_id"].isin(published)]
    found = found[found["track_id"].isin(published)].reset_index(drop=True)
    return found, pd.concat([rejected, missing], ignore_index=True)


def _nothing_usable_message(rejected: pd.DataFrame, parameters: CorpusParameters) -> str:
    reasons = rejected["reason"].value_counts()
    first = rejected.fillna({"path": rejected["track_id"]}).iloc[0]
    return (
        f"{parameters.name}: of the {len(rejected)} tracks listed in {corpus_root(parameters)} none is usable: "
        f"{'; '.join(f'{reason} ({count})' for reason, count in reasons.items())}. The first is {first['path']}"
    )
