"""Doors to the probe."""

from typing import Any

import pandas as pd

from real_cloned.artifacts.embeddings import Embeddings
from real_cloned.parameters.ingest import CorpusParameters
from real_cloned.parameters.probe import ProbeParameters
from real_cloned.parameters.variants import VariantParameters
from real_cloned.probing.baselines import try_baselines
from real_cloned.probing.data import ProbeCorpus
from real_cloned.probing.experiments import identify_remixes, identify_singers


def name_singers(
    variant: VariantParameters, corpus: CorpusParameters, parameters: ProbeParameters, *sides: Any
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what each probe says of each query, and how sure it is.

    sides : tracks, splits and embeddings of the gallery, then of the queries
    """
    gallery, queries = ProbeCorpus.of(*sides[:3]), ProbeCorpus.of(*sides[3:])
    findings = identify_singers((variant.name, corpus.name), gallery, queries, parameters)
    return findings.predictions, findings.confidences


def name_singers_without_probe(
    variant: VariantParameters, corpus: CorpusParameters, parameters: ProbeParameters, *sides: Any
) -> pd.DataFrame:
    """Return what scikit-learn's classifiers say of each query; sides as above."""
    gallery, queries = ProbeCorpus.of(*sides[:3]), ProbeCorpus.of(*sides[3:])
    return try_baselines((variant.name, corpus.name), gallery, queries, parameters)


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
    gallery = ProbeCorpus.of(tracks, splits, embeddings)
    return identify_remixes((variant.name, corpus.name), gallery, tracks, remixes, parameters)
