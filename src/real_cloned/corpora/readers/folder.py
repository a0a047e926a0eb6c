"""Reader of a corpus that its folders describe: `SINGER/[ALBUM/]TRACK.mp3`.

Hidden files, folders that a system made for itself, and files whose suffix is not that of audio are passed over. Files
are not opened here.
"""

import logging
import os
import posixpath
import re
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

import pandas as pd
from upath import UPath

from real_cloned.audio.headers import PROTECTED
from real_cloned.core.errors import RealClonedError
from real_cloned.core.files import AnyPath, relative_posix
from real_cloned.core.walk import is_passed_over, list_files
from real_cloned.corpora.readers.base import UsableAndRejected, cli_override, corpus_root, mark_rejected, partition
from real_cloned.corpora.readers.corpus_files import unread_manifests
from real_cloned.parameters.ingest import CorpusParameters

AUDIO_SUFFIX = re.compile(
    r"\.(aac|ac3|adts|aif[cf]?|amr|ape|asf|au|caf|dff|dsf|dts|e?ac3|flac|m4[abp]|mka|mp[123c]|mp\+|og[agx]|opus|ra|rf64"
    r"|snd|spx|tak|tta|voc|w64|wave?|weba|wma|wv"
    r"|3g[2ap]|avi|flv|m2ts|m4v|mkv|mov|mp[4g]|mpeg|mts|ogv|rm|vob|webm|wmv)$",  # videos: their sound is read
    re.IGNORECASE,
)
UNUSABLE_SUFFIXES = {
    PROTECTED: re.compile(r"\.(aa|aaxc?)$", re.IGNORECASE),
    "no recorded sound: it holds notes, or points to a CD": re.compile(r"\.(cda|kar|midi?)$", re.IGNORECASE),
}
"""Suffixes of music that nothing here can decode, by the reason for which a file is rejected."""

DISC = re.compile(r"(cd|dis[ck]|dvd|lp|part|side|teil|vol(ume)?)\W*\w{1,3}|\d{1,2}", re.IGNORECASE)
"""Name of a folder in an album that holds one of its discs."""

logger = logging.getLogger(__name__)


def read_folder(parameters: CorpusParameters) -> UsableAndRejected:
    """Read all audio files under the corpus' root, in the order of their paths.

    The first folder is the singer, the folders between it and the file are the album. Rejected are audio directly in
    the root, links to files that are listed already, and folders that cannot be read or are read already.

    Args:
        parameters: The corpus.

    Returns:
        The usable tracks (`schemas.corpora.FoundTracks`) and the others (`schemas.corpora.Rejected`).

    Raises:
        RealClonedError: There is no audio file at all, or all of them are in one folder that holds several others,
            as where the root is the folder above the right one.
    """
    root = corpus_root(parameters)
    unread = unread_manifests(root)
    if unread:
        logger.warning(
            "%s: %s was not read, singers are taken from the folders: a manifest is called manifest.csv or "
            "manifest.parquet, and the source is manifest or own",
            *(parameters.name, ", ".join(unread)),
        )
    reasons = _local_files(root) if isinstance(root, Path) else dict.fromkeys(_remote_files(root))
    for reason, suffix in UNUSABLE_SUFFIXES.items():
        reasons |= {path: reason for path in reasons if reasons[path] is None and suffix.search(path)}
    reasons = {path: reasons[path] for path in sorted(reasons) if reasons[path] or AUDIO_SUFFIX.search(path)}
    if not any(map(AUDIO_SUFFIX.search, reasons)):
        raise RealClonedError(
            f"{parameters.name}: {root} holds no audio; expected SINGER/TRACK or SINGER/ALBUM/TRACK, such as "
            f"`Nina/Live/01.mp3`, or a manifest.csv{_first_reason(reasons)}"
        )
    listing = _listing(reasons)
    _check_depth(listing.loc[listing["reason"].isna(), "path"], root, parameters)
    return partition(listing)


def _remote_files(root: UPath) -> Iterator[str]:
    """Yield the path of each file under `root`, relative to it."""
    for folder, subfolders, files in root.walk():
        subfolders[:] = [name for name in subfolders if not is_passed_over(name, is_folder=True)]
        inside = relative_posix(folder, root)
        visible = (name for name in files if not is_passed_over(name, is_folder=False))
        yield from (f"{inside}/{name}".removeprefix("./") for name in visible)


def _local_files(root: Path) -> dict[str, str | None]:
    """Return the path of each file under `root`, relative to it, and why it cannot be used."""
    found = list_files(root)
    reasons: dict[Path, str | None] = dict.fromkeys(found.files)
    links = set(found.links)
    if links:
        listed = _by_real_path(file for file in reasons if file not in links)
        for link in sorted(links):
            target = link.resolve() if link.exists() else None
            if target is None:
                reasons[link] = None if AUDIO_SUFFIX.search(link.name) else "no such file: its link leads to nothing"
            elif listed.setdefault(target, link) != link:
                reasons[link] = f"link to a file that is listed: {listed[target].relative_to(root).as_posix()}"
    reasons |= found.unread
    return {relative_posix(path, root): reason for path, reason in reasons.items()}


def _by_real_path(files: Iterable[Path]) -> dict[Path, Path]:
    """Return files, which are no links themselves, by their paths without the links to folders in them."""
    folders: dict[Path, Path] = {}
    return {folders.setdefault(file.parent, file.parent.resolve()) / file.name: file for file in files}


def _first_reason(reasons: dict[str, str | None]) -> str:
    path, reason = next(((path, reason) for path, reason in reasons.items() if reason), ("", None))
    return f". Not read: {path} ({reason})" if reason else ""


def _listing(reasons: dict[str, str | None]) -> pd.DataFrame:
    paths = list(reasons)
    readable = [os.fsencode(path).decode("utf-8", "replace") for path in paths]
    listing = pd.DataFrame({"track_id": readable, "path": readable}, dtype=object)
    listing["singer_id"] = [PurePosixPath(path).parts[0] for path in readable]
    listing["album_id"] = [_album(PurePosixPath(path)) for path in readable]
    listing["reason"] = pd.Series(list(reasons.values()), dtype=object)
    mark_rejected(
        listing, ~listing["path"].str.contains("/"), "no singer folder: put it into a folder named after its singer"
    )
    mark_rejected(listing, listing["path"] != pd.Series(paths, dtype=object), "its name is not UTF-8; rename it")
    return listing


def _album(path: PurePosixPath) -> str | None:
    return path.parent.as_posix() if len(path.parts) > 2 else None


def _check_depth(paths: Iterable[str], root: AnyPath, parameters: CorpusParameters) -> None:
    """Stop, or warn, where the folders look as if the root were too high."""
    folders: dict[str, list[PurePosixPath]] = {}  # by singer
    for folder in dict.fromkeys(PurePosixPath(path).parent for path in paths):
        folders.setdefault(folder.parts[0], []).append(folder)
    if len(folders) == 1 and parameters.split != "clone":
        ((singer, own),) = folders.items()
        common = PurePosixPath(posixpath.commonpath(map(str, own)))
        inside = {name for folder in own for name in _below(folder, common)[:1]}
        if len(inside) > 1:
            advice = _advice(common, inside, root, parameters)
            raise RealClonedError(f"{advice}; if {singer} is a singer, add others: one cannot be told from any")
    for singer, own in folders.items():
        below = [names for folder in own if (names := _below(folder, PurePosixPath(singer)))]
        inside = {names[0] for names in below}
        if len(inside) > 1 and 2 * len({names[0] for names in below if len(names) > 1}) >= len(inside):
            logger.warning("%s", _advice(PurePosixPath(singer), inside, root, parameters))


def _below(folder: PurePosixPath, above: PurePosixPath) -> list[str]:
    """Return the names of the folders from one above to another, without those of discs."""
    return [name for name in folder.relative_to(above).parts if not DISC.fullmatch(name)]


def _advice(above: PurePosixPath, inside: set[str], root: AnyPath, parameters: CorpusParameters) -> str:
    return (
        f"{parameters.name}: the folders in {root} are the singers, so all tracks in {above.parts[0]} are by one singer"
        f" of that name. If the folders in {above.name} ({', '.join(sorted(inside)[:3])}, …) are the singers, give "
        f"{cli_override(parameters, 'root', str(root / str(above)))}"
    )
