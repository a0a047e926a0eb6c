"""The table of methods: how well each finds the other performances of a work, and where performances lie."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from torch import Tensor

from real_cloned.covers import baselines
from real_cloned.covers.measures import (
    Floats,
    Similarities,
    correct_hubs,
    cosine_similarities,
    hubness,
    measure_retrieval,
)
from real_cloned.covers.networks import CoverEncoder, SiameseNetwork
from real_cloned.covers.profiles import Profiles
from real_cloned.parameters.covers import CoverEvaluationParameters
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.covers import CoverMap, CoverNeighbours, CoverResults

BATCH_SIZE = 64
"""Profiles that a network embeds at a time."""
N_MAPPED_WORKS = 10
"""Works on the map, as in the seed's picture."""


def evaluate_methods(
    profiles: Profiles,
    fixed: Profiles,
    siamese: SiameseNetwork,
    encoder: CoverEncoder,
    parameters: CoverEvaluationParameters,
) -> pd.DataFrame:
    """Return how well each method finds versions, a row per method in the order of the parameters.

    Args:
        profiles: Queries and candidates.
        fixed: Performances that hubs are corrected by, which are neither; those of the training.
        siamese: The Siamese network.
        encoder: The retrieval encoder.
        parameters: Which methods, and their settings.

    Returns:
        `schemas.covers.CoverResults`; no row where there is no performance.
    """
    values = profiles.values
    methods: dict[str, Callable[[], Similarities]] = {
        "chroma_mean": lambda: baselines.chroma_mean_similarities(values),
        "cross_correlation": lambda: baselines.cross_correlation_similarities(values),
        "qmax": lambda: baselines.qmax_similarities(values, parameters.qmax_frames, parameters.n_jobs),
        "siamese": lambda: siamese_similarities(siamese, values),
        "encoder": lambda: cosine_similarities(embed_profiles(encoder.embed, values)),
        "encoder_hubs": lambda: _without_hubs(encoder, values, fixed.values, parameters.hub_neighbours),
    }
    if not len(values):
        return empty_table(CoverResults)
    rows = []
    for method in parameters.methods:
        measured = measure_retrieval(methods[method](), profiles.works)
        rows.append({"method": method, "n_candidates": len(values), **vars(measured)})
    return pd.DataFrame(rows)[list(empty_table(CoverResults))]


@torch.inference_mode()
def embed_profiles(embed: Callable[[Tensor], Tensor], values: Floats) -> Floats:
    """Return the embeddings of profiles.

    Args:
        embed: Of a network in evaluation mode, on the CPU.
        values: Shape: (n, 12, n_frames).

    Returns:
        Shape (n, embedding_size) float32.
    """
    batches = torch.from_numpy(values).split(BATCH_SIZE)
    return torch.cat([embed(batch) for batch in batches]).numpy()


def siamese_similarities(network: SiameseNetwork, values: Floats) -> Similarities:
    """Return the logits of performances being of one work.

    Args:
        network: In evaluation mode.
        values: Shape: (n, 12, n_frames).
    """
    embeddings = torch.from_numpy(embed_profiles(network.embed, values))

    def similarities(rows: NDArray[np.int64]) -> Floats:
        with torch.inference_mode():
            return np.asarray(network.compare(embeddings[torch.from_numpy(rows)], embeddings).numpy())

    return similarities


def find_neighbours(profiles: Profiles, encoder: CoverEncoder) -> pd.DataFrame:
    """Return the nearest other performance of each one.

    Args:
        profiles: Of all performances.
        encoder: The retrieval encoder.

    Returns:
        `schemas.covers.CoverNeighbours`; no row where there are less than two performances.
    """
    if len(profiles.values) < 2:
        return empty_table(CoverNeighbours)
    similarities = cosine_similarities(embed_profiles(encoder.embed, profiles.values))
    nearest, highest = np.empty(len(profiles.values), np.int64), np.empty(len(profiles.values), np.float32)
    for rows in np.array_split(np.arange(len(nearest)), -(-len(nearest) // 256)):
        matrix = similarities(rows)
        matrix[np.arange(len(rows)), rows] = -np.inf
        nearest[rows], highest[rows] = matrix.argmax(axis=1), matrix.max(axis=1)
    works = profiles.work_ids
    return pd.DataFrame(
        {
            "performance_id": profiles.performance_ids, "work_id": works,
            "nearest_id": profiles.performance_ids[nearest], "nearest_work_id": works[nearest],
            "similarity": highest, "is_same_work": works == works[nearest],
        }
    )  # fmt: skip


def map_works(profiles: Profiles, encoder: CoverEncoder) -> pd.DataFrame:
    """Return where the performances of the first works lie on two principal components of their embeddings.

    Args:
        profiles: Of all performances; works that are performed once are left out.
        encoder: The retrieval encoder.

    Returns:
        `schemas.covers.CoverMap`.
    """
    works = profiles.works
    several = np.flatnonzero(np.bincount(works, minlength=1) > 1)[:N_MAPPED_WORKS]
    rows = np.flatnonzero(np.isin(works, several))
    if len(rows) < 2:
        return empty_table(CoverMap)
    points = PCA(n_components=2, svd_solver="full").fit_transform(embed_profiles(encoder.embed, profiles.values[rows]))
    ids = {"work_id": profiles.work_ids[rows], "performance_id": profiles.performance_ids[rows]}
    return pd.DataFrame({**ids, "x": points[:, 0], "y": points[:, 1]})


def _without_hubs(encoder: CoverEncoder, values: Floats, fixed: Floats, n_neighbours: int) -> Similarities:
    embeddings, others = (embed_profiles(encoder.embed, one) for one in (values, fixed))
    return correct_hubs(cosine_similarities(embeddings), hubness(embeddings, others, n_neighbours))
