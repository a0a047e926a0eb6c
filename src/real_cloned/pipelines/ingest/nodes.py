"""Doors to the demo's maker, the corpus readers and the decoder."""

import pandas as pd

from real_cloned.audio.shard_store import ShardStore
from real_cloned.audio.store_plan import StorePlan
from real_cloned.corpora.decoding import decode_tracks, describe_tracks
from real_cloned.corpora.leakage import remove_leakage
from real_cloned.corpora.readers.published_splits import read_published_splits
from real_cloned.corpora.readers.registry import list_tracks
from real_cloned.demo.corpus import demo_corpus, truth_table, write_tables
from real_cloned.parameters.ingest import AudioParameters, CorpusParameters, DemoParameters
from real_cloned.pipelines.names import CORPORA
from real_cloned.reporting.stage_tables import ingest_table


def make_demo(parameters: DemoParameters) -> StorePlan:
    """Write the tables that the demo's readers need; return its ground-truth stems, with which its audio is written."""
    write_tables(parameters)
    return demo_corpus(parameters)


def describe_demo(stems: ShardStore) -> pd.DataFrame:
    """Return what is known of every track."""
    return truth_table(stems)


def list_corpus(corpus: CorpusParameters, demo_truth: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return what a corpus lists, what it lists in vain, and its published splits; the demo's files exist by now."""
    return *list_tracks(corpus), read_published_splits(corpus)


def find(corpus: CorpusParameters, unusable: pd.DataFrame, *listed: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tracks of singers who stand in no other corpus, and all tracks left out so far."""
    found, overlapping = remove_leakage(dict(zip(CORPORA, listed, strict=True)), corpus)
    return found, pd.concat([unusable, overlapping], ignore_index=True)


def decode(found: pd.DataFrame, corpus: CorpusParameters, audio: AudioParameters) -> StorePlan:
    """Return the decoded tracks."""
    return decode_tracks(found, corpus, audio)


def describe(found: pd.DataFrame, unlisted: pd.DataFrame, audio: ShardStore) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tracks that could be decoded, and all that could not be used so far."""
    tracks, undecoded = describe_tracks(found, audio.index)
    return tracks, pd.concat([unlisted, undecoded], ignore_index=True)


def summarise(*tables: pd.DataFrame) -> pd.DataFrame:
    """Return what the stage found, kept and left out, from the tracks of all corpora, then their unreadable files."""
    tracks, unreadable = tables[: len(CORPORA)], tables[len(CORPORA) :]
    return ingest_table(dict(zip(CORPORA, tracks, strict=True)), dict(zip(CORPORA, unreadable, strict=True)))
