"""Nodes of version identification. Tables have the schemas of `schemas.covers`."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from real_cloned.artifacts.weights import Weights
from real_cloned.corpora.readers.base import corpus_root
from real_cloned.corpora.readers.performances import list_performances
from real_cloned.covers import corpus as cover_corpus
from real_cloned.covers import voices
from real_cloned.covers.evaluation import evaluate_methods, find_neighbours, map_works
from real_cloned.covers.networks import load_cover_encoder, load_siamese
from real_cloned.covers.profiles import Profiles
from real_cloned.demo.work_chroma import FRAME_RATE_HZ
from real_cloned.demo.works import chroma_of_scores, make_works
from real_cloned.parameters.covers import (
    CoverCorpusParameters,
    CoverDemoParameters,
    CoverEncoderParameters,
    CoverEvaluationParameters,
    CoverVoiceParameters,
    ProfileParameters,
    SiameseParameters,
)
from real_cloned.parameters.ingest import CorpusParameters, DemoParameters
from real_cloned.pipelines.study import by_owner
from real_cloned.reporting.sections.covers import draw_cover_map
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.covers import CoverVoices

Sets = dict[str, Profiles]


def make_demo_works(parameters: CoverDemoParameters, demo: DemoParameters) -> pd.DataFrame:
    """Write the audio of the demo's works; return what the performances are (CoverWorks).

    Args:
        parameters: How many works and versions there are.
        demo: Of what population singers and bands are.
    """
    return make_works(parameters, demo)


def make_score_profiles(parameters: CoverDemoParameters, demo: DemoParameters, profiles: ProfileParameters) -> Sets:
    """Return the profiles of the demo's works of which there are scores only.

    Args:
        parameters: How many works there are.
        demo: Of what population singers and bands are.
        profiles: Features and size of profiles.
    """
    chroma = chroma_of_scores(parameters, demo, profiles.smoothing_s)
    return cover_corpus.prepare_scores(chroma, FRAME_RATE_HZ, profiles)


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
    folder: Path,
    **sets: Sets,
) -> tuple[Weights, pd.DataFrame]:
    """Return the Siamese network, and the course of its training (CoverHistory).

    Args:
        parameters: Of the network.
        profiles: The first feature is used.
        folder: Of checkpoints and logs.
        **sets: Profiles of `train` and `scores`, to train on; of `validation`; and of `benchmark`, whose works are left
            out of all.
    """
    from real_cloned.covers.training import train_siamese

    return train_siamese(parameters, *_training_sets(profiles, sets), folder)


def train_retrieval_encoder(
    parameters: CoverEncoderParameters,
    profiles: ProfileParameters,
    folder: Path,
    **sets: Sets,
) -> tuple[Weights, pd.DataFrame]:
    """Return the retrieval encoder, and the course of its training (CoverHistory).

    Args:
        parameters: Of the network.
        profiles: The first feature is used.
        folder: Of checkpoints and logs.
        **sets: Profiles of `train` and `scores`, to train on; of `validation`; and of `benchmark`, whose works are left
            out of all.
    """
    from real_cloned.covers.training import train_cover_encoder

    return train_cover_encoder(parameters, *_training_sets(profiles, sets), folder)


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


def prepare_study_profiles(
    corpus: CorpusParameters,
    parameters: ProfileParameters,
    joined: CoverVoiceParameters,
    tracks: pd.DataFrame,
    splits: pd.DataFrame,
    folder: Path,
) -> tuple[Sets, pd.DataFrame, pd.DataFrame]:
    """Return the profiles of a corpus of the study, what they are of (Performances), and RejectedPerformances.

    Args:
        corpus: Where its files lie.
        parameters: Features and size of profiles.
        joined: Whether works and voices are joined; otherwise nothing is extracted.
        tracks: `schemas.corpora.Tracks`; empty where the study was not run.
        splits: `schemas.corpora.Splits`.
        folder: Where features are kept.
    """
    if joined.variant is None or tracks.empty:
        return cover_corpus.prepare_nothing(parameters)
    found = voices.study_performances(tracks, splits)
    return cover_corpus.prepare_audio(found, corpus_root(corpus), folder, parameters)


def join_voices(
    joined: CoverVoiceParameters,
    parameters: ProfileParameters,
    validation: Sets,
    encoder: Weights,
    predictions: pd.DataFrame,
    **corpora: Any,
) -> pd.DataFrame:
    """Return the nearest work and the voice that was named of clones and of their gallery's test tracks (CoverVoices).

    Args:
        joined: By which variant, and how the nearest work is found.
        parameters: The first feature is used.
        validation: Profiles by which the method is chosen.
        encoder: The retrieval encoder.
        predictions: `schemas.results.Predictions`; empty where the study was not run.
        **corpora: `{corpus}.profiles`, `{corpus}.tracks` and `{corpus}.splits` of clones and their galleries.
    """
    kind = parameters.kinds[0]
    if joined.variant is None or predictions.empty or validation[kind].works.max(initial=0) < 1:
        return empty_table(CoverVoices)
    network, named = load_cover_encoder(encoder), voices.named_singers(predictions, joined.variant)
    tracks, splits = by_owner(corpora, "tracks"), by_owner(corpora, "splits")
    profiles = {corpus: sets[kind] for corpus, sets in by_owner(corpora, "profiles").items()}
    rows = [voices.study_rows(corpus, one, tracks[corpus], splits[corpus]) for corpus, one in profiles.items()]
    method = voices.choose_method(joined, validation[kind], network)
    similarities = voices.SIMILARITIES[method](np.concatenate([one.values for one in profiles.values()]), network)
    table = voices.join_voices(pd.concat(rows, ignore_index=True), named, similarities, joined.false_known)
    return table.assign(method=method)


def _training_sets(parameters: ProfileParameters, sets: dict[str, Sets]) -> tuple[Profiles, Profiles]:
    """Return what is trained on and what is validated with."""
    train, scores, validation = (
        _unseen(parameters, sets[name], sets["benchmark"]) for name in ("train", "scores", "validation")
    )
    return cover_corpus.join_profiles(train, scores), validation


def _unseen(parameters: ProfileParameters, one: Sets, benchmark: Sets) -> Profiles:
    kind = parameters.kinds[0]
    return cover_corpus.without_works(one[kind], benchmark[kind])
