"""Nodes of the ingest stage. Tables have the schemas of `schemas.corpora`."""

from typing import Any

import pandas as pd

from real_cloned.audio.shard_store import ShardStore
from real_cloned.audio.store_plan import StorePlan
from real_cloned.corpora import decoding, duplicates, leakage, spellings
from real_cloned.corpora.readers import registry
from real_cloned.corpora.readers.published_splits import read_published_splits
from real_cloned.demo.corpus import demo_store_plan, ground_truth, write_metadata
from real_cloned.parameters.ingest import AudioParameters, CorpusParameters, DemoParameters
from real_cloned.pipelines.study import by_owner
from real_cloned.reporting.stage_tables import ingest_table


def make_demo(parameters: DemoParameters) -> StorePlan:
    """Write the tables that the demo's readers need; return the plan of its true stems, whose tasks write its audio.

    Args:
        parameters: Of the demo.
    """
    write_metadata(parameters)
    return demo_store_plan(parameters)


def describe_demo(stems: ShardStore) -> pd.DataFrame:
    """Return what is known of every track of the demo (DemoTruth).

    Args:
        stems: Store of the demo's true stems.
    """
    return ground_truth(stems)


def list_tracks(corpus: CorpusParameters, demo_truth: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return what a corpus lists (ListedTracks), what of it cannot be used (Rejected), and its PublishedSplits.

    `demo_truth` is an input only so that the demo's files are written first.

    Args:
        corpus: Parameters of the corpus.
        demo_truth: The demo's ground truth (`schemas.corpora.DemoTruth`).
    """
    return *registry.list_tracks(corpus), read_published_splits(corpus)


def remove_leakage(
    corpus: CorpusParameters, rejected: pd.DataFrame, **listed: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tracks of singers who stand in no other corpus (FoundTracks), and all tracks Rejected so far.

    Args:
        corpus: Parameters of the corpus.
        rejected: What was rejected so far (`schemas.corpora.Rejected`).
        **listed: `{corpus}.listed` of every corpus (`schemas.corpora.ListedTracks`).
    """
    candidates, leaked = leakage.remove_leakage(by_owner(listed, "listed"), corpus)
    return candidates, pd.concat([rejected, leaked], ignore_index=True)


def decode_tracks(candidates: pd.DataFrame, corpus: CorpusParameters, audio: AudioParameters) -> StorePlan:
    """Return the plan of a store with the decoded tracks.

    Args:
        candidates: Tracks to decode (`schemas.corpora.FoundTracks`).
        corpus: Parameters of the corpus.
        audio: Sample rate, channels and segment length.
    """
    return decoding.decode_tracks(candidates, corpus, audio)


def describe_tracks(
    candidates: pd.DataFrame, rejected: pd.DataFrame, audio: ShardStore
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return the tracks that could be decoded (Tracks), all that are Rejected so far, and the tracks' Fingerprints.

    Args:
        candidates: Tracks to decode (`schemas.corpora.FoundTracks`).
        rejected: What was rejected so far (`schemas.corpora.Rejected`).
        audio: Store of the decoded tracks.
    """
    tracks, undecoded = decoding.describe_tracks(candidates, audio.index)
    return tracks, pd.concat([rejected, undecoded], ignore_index=True), duplicates.fingerprint_tracks(audio, tracks)


def find_duplicates(**tables: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs of tracks that are the same recording (Duplicates).

    Args:
        **tables: `{corpus}.decoded` (`schemas.corpora.Tracks`) and `{corpus}.fingerprints`
            (`schemas.corpora.Fingerprints`) of every corpus.
    """
    return duplicates.find_duplicates(by_owner(tables, "decoded"), by_owner(tables, "fingerprints"))


def remove_duplicates(
    tracks: pd.DataFrame, pairs: pd.DataFrame, rejected: pd.DataFrame, corpus: CorpusParameters
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tracks that repeat no other recording (Tracks), and all that are Rejected so far.

    Args:
        tracks: Tracks that could be decoded (`schemas.corpora.Tracks`).
        pairs: Pairs of the same recording (`schemas.corpora.Duplicates`).
        rejected: What was rejected so far (`schemas.corpora.Rejected`).
        corpus: Parameters of the corpus.
    """
    kept, repeated = duplicates.remove_duplicates(tracks, pairs, corpus)
    return kept, pd.concat([rejected, repeated], ignore_index=True)


def summarise_ingest(**tables: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what the stage found, kept and rejected, a row per corpus, and the singers who may be one (Spellings).

    Args:
        **tables: `{corpus}.listed`, `{corpus}.tracks`, `{corpus}.rejected_by_ingest` and `{corpus}.fingerprints` of
            every corpus, and `duplicates` (schemas of these names in `schemas.corpora`); what else the stage hands over
            is not read.
    """
    near_duplicates = duplicates.count_duplicates(by_owner(tables, "fingerprints"), tables["duplicates"])
    summary = ingest_table(by_owner(tables, "tracks"), by_owner(tables, "rejected_by_ingest"), near_duplicates)
    return summary, spellings.find_spellings(by_owner(tables, "listed"))
