"""Reader of a corpus that its folders describe: `SINGER/[ALBUM/]TRACK.mp3`.

Hidden files, and files whose suffix is not that of audio, are ignored. Files are not opened here.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pandas as pd

from real_cloned.core.errors import RealClonedError
from real_cloned.core.files import AnyPath, relative_posix
from real_cloned.corpora.readers.base import UsableAndRejected, corpus_root, mark_rejected, partition
from real_cloned.parameters.ingest import CorpusParameters

AUDIO_SUFFIX = re.compile(
    r"\.(aac|ac3|aif[cf]?|amr|ape|au|caf|flac|m4[ab]|mka|mp[234c]|og[ag]|opus|tta|wave?|web[am]|wma|wv)$", re.IGNORECASE
)


def read_folder(parameters: CorpusParameters) -> UsableAndRejected:
    """Read all audio files under the corpus' root, in the order of their paths.

    The first folder is the singer, the folders between it and the file are the album. Audio directly in the root is
    rejected.

    Args:
        parameters: The corpus.

    Returns:
        The usable tracks (`schemas.corpora.FoundTracks`) and the others (`schemas.corpora.Rejected`).

    Raises:
        RealClonedError: There is no audio file at all.
    """
    root = corpus_root(parameters)
    paths = sorted(path for path in _visible_files(root) if AUDIO_SUFFIX.search(path))
    if not paths:
        raise RealClonedError(
            f"{parameters.name}: {root} holds no audio; expected SINGER/TRACK or SINGER/ALBUM/TRACK, such as "
            "`Nina/Live/01.mp3`, or a manifest.csv"
        )
    return partition(_listing(paths))


def _visible_files(root: AnyPath) -> Iterator[str]:
    """Give the path of each file under `root`, relative to it; links to folders are followed."""
    walk = os.walk(root, followlinks=True) if isinstance(root, Path) else root.walk()
    for folder, subfolders, files in walk:
        subfolders[:] = [name for name in subfolders if not name.startswith(".")]
        inside = relative_posix(Path(folder) if isinstance(folder, str) else folder, root)
        yield from (f"{inside}/{name}".removeprefix("./") for name in files if not name.startswith("."))


def _listing(paths: list[str]) -> pd.DataFrame:
    readable = [os.fsencode(path).decode("utf-8", "replace") for path in paths]
    listing = pd.DataFrame({"track_id": readable, "path": readable}, dtype=object)
    listing["singer_id"] = [PurePosixPath(path).parts[0] for path in readable]
    listing["album_id"] = [_album(PurePosixPath(path)) for path in readable]
    listing["reason"] = pd.Series(dtype=object)
    mark_rejected(
        listing, ~listing["path"].str.contains("/"), "no singer folder: put it into a folder named after its singer"
    )
    mark_rejected(listing, listing["path"] != pd.Series(paths, dtype=object), "its name is not UTF-8; rename it")
    return listing


def _album(path: PurePosixPath) -> str | None:
    return path.parent.as_posix() if len(path.parts) > 2 else None
