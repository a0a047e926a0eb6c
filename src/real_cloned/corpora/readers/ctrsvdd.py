"""Reader of CtrSVDD (https://zenodo.org/records/10467648): sung deepfakes and the singers they imitate, a cappella.

`train.txt` and `dev.txt` hold one clip per line, six fields between spaces: source corpus, singer, file name, `-`,
attack (or `-`), `bonafide` or `deepfake`. The clips are `<name>.flac` in `train_set/` and `dev_set/`. It is the closest
public substitute for the paper's closed and cloned sets: one corpus reads the real clips (`part: real`), another the
deepfakes (`part: clones`) of the same singers.
"""

import pandas as pd

from real_cloned.core.errors import RealClonedError
from real_cloned.core.files import AnyPath
from real_cloned.corpora.readers.base import UsableAndRejected, corpus_root, mark_rejected, partition
from real_cloned.corpora.readers.corpus_files import is_file
from real_cloned.parameters.ingest import CorpusParameters

LISTS = {"train.txt": "train_set", "dev.txt": "dev_set"}
FIELDS = ["source corpus", "singer", "file name", "-", "attack", "bonafide or deepfake"]
LICENCE = "CC BY-NC-ND 4.0"


def read_ctrsvdd(parameters: CorpusParameters) -> UsableAndRejected:
    """Read the clips of train.txt and dev.txt: the real ones, the deepfakes, or all.

    A clip without a file is rejected: the clips of four source corpora are listed, but not in the archives.

    Args:
        parameters: The corpus; `part` is read.

    Returns:
        The usable tracks (`schemas.corpora.FoundTracks`) and the others (`schemas.corpora.Rejected`).

    Raises:
        RealClonedError: Neither list exists, or a line does not have the six fields.
    """
    root = corpus_root(parameters)
    lists = [name for name in LISTS if is_file(root, name)]
    if not lists:
        raise RealClonedError(
            f"{parameters.name}: {root} holds neither train.txt nor dev.txt; unpack the archives of "
            "https://zenodo.org/records/10467648 there: train.txt, dev.txt, train_set/, dev_set/"
        )
    listing = pd.concat([_read_list(root, name) for name in lists], ignore_index=True)
    listing["reason"] = pd.Series(dtype=object)
    mark_rejected(listing, ~listing["path"].map(lambda path: is_file(root, path)).astype(bool), "missing on disk")
    return partition(listing, parameters.part)


def _read_list(root: AnyPath, name: str) -> pd.DataFrame:
    with (root / name).open(encoding="utf-8") as stream:
        lines = enumerate(stream, start=1)
        rows = [_row(line.split(), f"{root / name}, line {number}", LISTS[name]) for number, line in lines]
    return pd.DataFrame(rows, dtype=object)


def _row(fields: list[str], location: str, folder: str) -> dict[str, str | None]:
    if len(fields) != len(FIELDS) or fields[5] not in ("bonafide", "deepfake"):
        raise RealClonedError(f"{location}: expected {FIELDS} between spaces, got {fields}; fetch the file again")
    source, singer, clip, _, attack, kind = fields
    method = None if kind == "bonafide" else attack
    return {
        "track_id": clip, "singer_id": singer, "path": f"{folder}/{clip}.flac", "genre": source,
        "clone_method": method, "licence": LICENCE,
    }  # fmt: skip
