"""The album effect: the probe on a split by album, and by the paper's split on the same singers.

{corpus}.splits ──► {corpus}.album_splits ──┐
{variant}.{corpus}.embeddings ──────────────┴──► {variant}.{corpus}.album_predictions, track_predictions
"""

from itertools import product
from typing import Any

import pandas as pd
from kedro.pipeline import Node, Pipeline

from real_cloned.corpora.splits import split_by_album
from real_cloned.parameters.ingest import CorpusParameters
from real_cloned.parameters.probe import ProbeParameters
from real_cloned.parameters.variants import VariantParameters
from real_cloned.pipelines.names import REAL, VARIANTS, dotted, own
from real_cloned.pipelines.probe.placing import HOW, WHERE, WHO, placed, side
from real_cloned.probing.data import ProbeCorpus
from real_cloned.probing.robustness import identify_by_both_splits


def part_by_album(corpus: CorpusParameters, tracks: pd.DataFrame, splits: pd.DataFrame) -> pd.DataFrame:
    """Return the roles of the used tracks such that no album of a test track trains."""
    return split_by_album(tracks, splits, corpus.seed)


def name_singers_by_album(
    variant: VariantParameters,
    corpus: CorpusParameters,
    parameters: ProbeParameters,
    album_splits: pd.DataFrame,
    *side: Any,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what probes say by album, and by the paper's split; side: tracks, splits, embeddings."""
    tracks, splits, embeddings = side
    by_album, by_track = (ProbeCorpus.from_tables(tracks, one, embeddings) for one in (album_splits, splits))
    return identify_by_both_splits(by_album, by_track, parameters, variant=variant.name, corpus=corpus.name)


def create_pipeline() -> Pipeline:
    """Return a split by album per corpus of real singers, and a probe on it per variant."""
    probes = [_probe(variant, corpus) for variant, corpus in product(VARIANTS, REAL)]
    return sum([*map(_splits, REAL), *probes], Pipeline([]))


def _splits(corpus: str) -> Pipeline:
    tables = [dotted(corpus, "tracks"), dotted(corpus, "splits")]
    node = Node(part_by_album, ["params:corpora", *tables], "album_splits", name="part_by_album")
    return Pipeline([node], namespace=corpus, inputs=set(tables), parameters=own(corpus, "corpora"), tags="probe")


def _probe(variant: str, corpus: str) -> Pipeline:
    tables = [dotted(corpus, "album_splits"), *side(variant, corpus)]
    made = ["album_predictions", "track_predictions"]
    return placed(name_singers_by_album, [WHO, WHERE, HOW], tables, made, (variant, corpus))
