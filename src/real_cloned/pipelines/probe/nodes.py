"""Doors to the probe."""

from typing import Any

import pandas as pd

from real_cloned.artifacts.embeddings import Embeddings
from real_cloned.parameters.ingest import CorpusParameters
from real_cloned.parameters.probe import ProbeParameters
from real_cloned.parameters.variants import VariantParameters
from real_cloned.probing.baselines import predict_baselines
from real_cloned.probing.data import ProbeCorpus
from real_cloned.probing.experiments import identify_singers
from real_cloned.probing.robustness import identify_remixes


def name_singers(
    variant: VariantParameters, corpus: CorpusParameters, parameters: ProbeParameters, *sides: Any
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what each probe says of each query, and how sure it is.

    sides : tracks, splits and embeddings of the gallery, then of the queries
    """
    gallery, queries = ProbeCorpus.from_tables(*sides[:3]), ProbeCorpus.from_tables(*sides[3:])
    results = identify_singers(gallery, queries, parameters, variant=variant.name, corpus=corpus.name)
    return results.predictions, results.confidences


def name_singers_without_probe(
    variant: VariantParameters, corpus: CorpusParameters, parameters: ProbeParameters, *sides: Any
) -> pd.DataFrame:
    """Return what scikit-learn's classifiers say of each query; sides as above."""
    gallery, queries = ProbeCorpus.from_tables(*sides[:3]), ProbeCorpus.from_tables(*sides[3:])
    return predict_baselines(gallery, queries, parameters, variant=variant.name, corpus=corpus.name)


def name_remixed(
    variant: VariantParameters,
    corpus: CorpusParameters,
    parameters: ProbeParameters,
    tracks: pd.DataFrame,
    splits: pd.DataFrame,
    embeddings: Embeddings,
    remixes: Embeddings,
) -> pd.DataFrame:
    """Return what the probe of most singers says of the test tracks over changed accompaniment."""
    gallery = ProbeCorpus.from_tables(tracks, splits, embeddings)
    return identify_remixes(gallery, tracks, remixes, parameters, variant=variant.name, corpus=corpus.name)
