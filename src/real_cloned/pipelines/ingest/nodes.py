"""Doors to the demo's maker, the corpus readers and the decoder."""

from collections.abc import Iterable

import pandas as pd

from real_cloned.audio.store import Clip, ShardStore
from real_cloned.corpora.decoding import decode_tracks, describe_tracks
from real_cloned.corpora.read import find_tracks
from real_cloned.demo.corpus import DemoCorpus, truth_table
from real_cloned.parameters import AudioParameters, CorpusParameters, DemoParameters


def make_demo(parameters: DemoParameters) -> Iterable[Clip]:
    """Write the demo corpus and return its ground-truth stems."""
    return DemoCorpus(parameters)


def describe_demo(stems: ShardStore) -> pd.DataFrame:
    """Return what is known of every track of the demo."""
    return truth_table(stems)


def find(corpus: CorpusParameters, demo_truth: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tracks that a corpus lists, and those it lists in vain; the demo's files exist once its truth does."""
    return find_tracks(corpus)


def decode(found: pd.DataFrame, corpus: CorpusParameters, audio: AudioParameters) -> Iterable[Clip]:
    """Return the decoded tracks."""
    return decode_tracks(found, corpus, audio)


def describe(found: pd.DataFrame, unlisted: pd.DataFrame, audio: ShardStore) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tracks that could be decoded, and all that could not be used so far."""
    tracks, undecoded = describe_tracks(found, audio.index)
    return tracks, pd.concat([unlisted, undecoded], ignore_index=True)
