"""Nodes of version identification. Tables have the schemas of `schemas.covers`."""

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from real_cloned.artifacts.weights import Weights
from real_cloned.corpora.readers.performances import list_performances
from real_cloned.covers import corpus as cover_corpus
from real_cloned.covers.evaluation import evaluate_methods, find_neighbours, map_works
from real_cloned.covers.networks import load_cover_encoder, load_siamese
from real_cloned.covers.profiles import Profiles
from real_cloned.covers.training import train_cover_encoder, train_siamese
from real_cloned.demo.works import make_works
from real_cloned.parameters.covers import (
    CoverCorpusParameters,
    CoverDemoParameters,
    CoverEncoderParameters,
    CoverEvaluationParameters,
    ProfileParameters,
    SiameseParameters,
)
from real_cloned.parameters.ingest import DemoParameters
from real_cloned.reporting.sections.covers import draw_cover_map

Sets = dict[str, Profiles]


def make_demo_works(parameters: CoverDemoParameters, demo: DemoParameters) -> pd.DataFrame:
    """Write the audio of the demo's works; return what the performances are (CoverWorks).

    Args:
        parameters: How many works and versions there are.
        demo: Of what population singers and bands are.
    """
    return make_works(parameters, demo)


def prepare_profiles(
    corpus: CoverCorpusParameters, parameters: ProfileParameters, works: pd.DataFrame, folder: Path
) -> tuple[Sets, pd.DataFrame, pd.DataFrame]:
    """Return the profiles of a set, what they are of (Performances), and what has none (RejectedPerformances).

    `works` is an input only so that the demo's files are written first.

    Args:
        corpus: Where the set lies.
        parameters: Features and size of profiles.
        works: The demo's works (`schemas.covers.CoverWorks`).
        folder: Where features of audio are kept.
    """
    if corpus.root is None:
        return cover_corpus.prepare_nothing(parameters)
    if corpus.source == "da_tacos":
        return cover_corpus.prepare_da_tacos(corpus, parameters)
    root, found, unread = list_performances(corpus)
    profiles, performances, rejected = cover_corpus.prepare_audio(
        cover_corpus.select_part(found, corpus.part), root, folder, parameters
    )
    return profiles, performances, pd.concat([unread, rejected], ignore_index=True)


def train_siamese_network(
    parameters: SiameseParameters,
    profiles: ProfileParameters,
    train: Sets,
    validation: Sets,
    benchmark: Sets,
    folder: Path,
) -> tuple[Weights, pd.DataFrame]:
    """Return the Siamese network, and the course of its training (CoverHistory).

    Args:
        parameters: Of the network.
        profiles: The first feature is used.
        train: Profiles to train on.
        validation: Profiles to validate with.
        benchmark: Its works are left out of both.
        folder: Of checkpoints and logs.
    """
    seen, held_out = (_unseen(profiles, one, benchmark) for one in (train, validation))
    return train_siamese(parameters, seen, held_out, folder)


def train_retrieval_encoder(
    parameters: CoverEncoderParameters,
    profiles: ProfileParameters,
    train: Sets,
    validation: Sets,
    benchmark: Sets,
    folder: Path,
) -> tuple[Weights, pd.DataFrame]:
    """Return the retrieval encoder, and the course of its training (CoverHistory).

    Args:
        parameters: Of the network.
        profiles: The first feature is used.
        train: Profiles to train on.
        validation: Profiles to validate with.
        benchmark: Its works are left out of both.
        folder: Of checkpoints and logs.
    """
    seen, held_out = (_unseen(profiles, one, benchmark) for one in (train, validation))
    return train_cover_encoder(parameters, seen, held_out, folder)


def evaluate_covers(
    parameters: CoverEvaluationParameters,
    profiles: ProfileParameters,
    train: Sets,
    benchmark: Sets,
    siamese: Weights,
    encoder: Weights,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, Figure]:
    """Return how well each method finds versions (CoverResults), CoverNeighbours, CoverMap, and the map's drawing.

    Args:
        parameters: Which methods.
        profiles: The first feature is used.
        train: Profiles by which hubs are corrected.
        benchmark: Queries and candidates.
        siamese: The Siamese network.
        encoder: The retrieval encoder.
    """
    judged, fixed = benchmark[profiles.kinds[0]], _unseen(profiles, train, benchmark)
    network = load_cover_encoder(encoder)
    numbers = map_works(judged, network)
    results = evaluate_methods(judged, fixed, load_siamese(siamese), network, parameters)
    return results, find_neighbours(judged, network), numbers, draw_cover_map(numbers)


def _unseen(parameters: ProfileParameters, one: Sets, benchmark: Sets) -> Profiles:
    kind = parameters.kinds[0]
    return cover_corpus.without_works(one[kind], benchmark[kind])
