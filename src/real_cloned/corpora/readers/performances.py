"""Reader of performances for version identification: the work takes the place that the singer has elsewhere."""

from typing import Literal

import pandas as pd

from real_cloned.core.files import AnyPath
from real_cloned.corpora.readers.base import corpus_root
from real_cloned.corpora.readers.registry import READERS
from real_cloned.parameters.covers import CoverCorpusParameters
from real_cloned.parameters.ingest import CorpusParameters
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.covers import RejectedPerformances


def list_performances(corpus: CoverCorpusParameters) -> tuple[AnyPath, pd.DataFrame, pd.DataFrame]:
    """Return the root of a set of audio, its performances, and files that cannot be used.

    Args:
        corpus: Of source `folder`, WORK/PERFORMANCE.mp3, or `manifest`, with a column that names the work.

    Returns:
        The root; table of work_id, performance_id (the track_id), path and singer (the singer_name, or null); and
        `schemas.covers.RejectedPerformances`.

    Raises:
        RealClonedError: As the reader of the source.
    """
    source: Literal["folder", "manifest"] = "manifest" if corpus.source == "manifest" else "folder"
    read_as = CorpusParameters(
        name=f"covers_{corpus.name}", root=corpus.root, source=source, singer_column=corpus.work_column,
        split="probe",
    )  # fmt: skip
    found, rejected = READERS[source](read_as)
    names = {"singer_id": "work_id", "track_id": "performance_id"}
    singers = {} if source == "manifest" else {"singer": None}  # a folder's name is that of the work
    table = found.rename(columns={**names, "singer_name": "singer"}).assign(**singers)
    unread = rejected.rename(columns=names).reindex(columns=list(empty_table(RejectedPerformances)))
    return corpus_root(read_as), table[["work_id", "performance_id", "path", "singer"]], unread
