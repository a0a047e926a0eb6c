"""Nodes of the vocal filter, of its detector's training, and of the choice of tracks. Schemas: `schemas.corpora`."""

import pandas as pd

from real_cloned.artifacts.embeddings import EmbeddingPlan, Embeddings
from real_cloned.artifacts.weights import Weights
from real_cloned.audio.shard_store import ShardStore
from real_cloned.corpora import singer_split
from real_cloned.corpora.readers.published_splits import published_segments
from real_cloned.corpora.singer_split import Pool
from real_cloned.corpora.splits import select_enrolled, split_by_album, split_tracks
from real_cloned.parameters.ingest import AudioParameters, CorpusParameters
from real_cloned.parameters.vocal_filter import DetectorTrainingParameters, VocalFilterParameters
from real_cloned.pipelines.study import by_owner
from real_cloned.reporting.sections.rejected_files import rejected_files_table
from real_cloned.reporting.stage_tables import filter_table
from real_cloned.vocals.detection import inference, training
from real_cloned.vocals.detection.segments import select_segments


def score_windows(
    audio: ShardStore,
    tracks: pd.DataFrame,
    published: pd.DataFrame,
    corpus: CorpusParameters,
    parameters: VocalFilterParameters,
) -> EmbeddingPlan:
    """Return how the probability of singing in each window is computed; of none where segments are published.

    Args:
        audio: Store of the decoded tracks.
        tracks: Tracks that could be decoded (`schemas.corpora.Tracks`).
        published: The paper's published splits, or an empty table (`schemas.corpora.PublishedSplits`).
        corpus: Parameters of the corpus.
        parameters: Of the vocal filter.
    """
    scored = tracks if published.empty else tracks[:0]
    return inference.score_windows(audio, scored, corpus, parameters)


def find_vocal_segments(
    scores: Embeddings,
    tracks: pd.DataFrame,
    published: pd.DataFrame,
    corpus: CorpusParameters,
    audio_parameters: AudioParameters,
    parameters: VocalFilterParameters,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the Segments with singing, and the tracks Rejected for too little; published segments stay.

    Args:
        scores: Probability of singing in each window.
        tracks: Tracks that could be decoded (`schemas.corpora.Tracks`).
        published: The paper's published splits, or an empty table (`schemas.corpora.PublishedSplits`).
        corpus: Parameters of the corpus.
        audio_parameters: Sample rate, channels and segment length.
        parameters: Of the vocal filter.
    """
    if published.empty:
        return select_segments(scores, tracks, corpus, audio_parameters, parameters)
    return published_segments(published, tracks, audio_parameters.segment_s)


def assign_roles(
    tracks: pd.DataFrame,
    segments: pd.DataFrame,
    published: pd.DataFrame,
    rejected_by_ingest: pd.DataFrame,
    rejected_by_vocal_filter: pd.DataFrame,
    corpus: CorpusParameters,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the used tracks with their roles (Splits), and every track that is Rejected, with the reason.

    Args:
        tracks: Tracks that could be decoded (`schemas.corpora.Tracks`).
        segments: Segments with singing (`schemas.corpora.Segments`).
        published: The paper's published splits, or an empty table (`schemas.corpora.PublishedSplits`).
        rejected_by_ingest: What ingest rejected (`schemas.corpora.Rejected`).
        rejected_by_vocal_filter: What has too little singing (`schemas.corpora.Rejected`).
        corpus: Parameters of the corpus.
    """
    splits, without_role = split_tracks(tracks, segments, published, corpus)
    return splits, pd.concat([rejected_by_ingest, rejected_by_vocal_filter, without_role], ignore_index=True)


def assign_clone_roles(
    tracks: pd.DataFrame,
    gallery_tracks: pd.DataFrame,
    gallery_splits: pd.DataFrame,
    corpus: CorpusParameters,
    **tables: pd.DataFrame,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what `assign_roles` does, for clones with an enrolled target singer; the others are Rejected.

    Args:
        tracks: Clones that could be decoded (`schemas.corpora.Tracks`).
        gallery_tracks: Tracks of the gallery that could be decoded (`schemas.corpora.Tracks`).
        gallery_splits: Tracks of the gallery that are used (`schemas.corpora.Splits`).
        corpus: Parameters of the corpus of clones.
        **tables: The other inputs of `assign_roles`.
    """
    splits, rejected = assign_roles(tracks=tracks, corpus=corpus, **tables)
    asked, unasked = select_enrolled(tracks, splits, gallery_tracks, gallery_splits, corpus.gallery)
    return asked, pd.concat([rejected, unasked], ignore_index=True)


def assign_probe_roles(
    tracks: pd.DataFrame, corpus: CorpusParameters, **tables: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return what `assign_roles` does, and the Splits of the same tracks in which no tested album trains.

    Args:
        tracks: Tracks that could be decoded (`schemas.corpora.Tracks`).
        corpus: Parameters of the corpus.
        **tables: The other inputs of `assign_roles`.
    """
    splits, rejected = assign_roles(tracks=tracks, corpus=corpus, **tables)
    return splits, rejected, split_by_album(tracks, splits, corpus.seed)


def draw_singers(
    tracks: pd.DataFrame,
    segments: pd.DataFrame,
    rejected_by_ingest: pd.DataFrame,
    rejected_by_vocal_filter: pd.DataFrame,
    duplicates: pd.DataFrame,
    **parts: CorpusParameters,
) -> dict[str, pd.DataFrame]:
    """Return the Tracks, Segments, Splits and Rejected of the corpora that divide one source, by part and table.

    What is to be identified has a table `album_splits`, too, in which no tested album trains.

    Args:
        tracks: Tracks of the source that could be decoded (`schemas.corpora.Tracks`).
        segments: Its segments with singing (`schemas.corpora.Segments`).
        rejected_by_ingest: What ingest rejected (`schemas.corpora.Rejected`).
        rejected_by_vocal_filter: What has too little singing (`schemas.corpora.Rejected`).
        duplicates: Pairs of the same recording (`schemas.corpora.Duplicates`).
        **parts: Parameters of the corpus that takes each part: `train`, `validation`, `closed`.
    """
    rejected = pd.concat([rejected_by_ingest, rejected_by_vocal_filter], ignore_index=True)
    # Kedro types what stands in a signature, so not these: one part or another may not be there.
    parts = {part: CorpusParameters.model_validate(corpus) for part, corpus in parts.items()}
    corpora = singer_split.draw_singers(Pool(tracks, segments, rejected, duplicates), parts)
    drawn = {f"{part}.{table}": value for part, corpus in corpora.items() for table, value in vars(corpus).items()}
    if "closed" in corpora:
        closed = corpora["closed"]
        drawn["closed.album_splits"] = split_by_album(closed.tracks, closed.splits, parts["closed"].seed)
    return drawn


def summarise_vocal_filter(**tables: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what the stage kept and rejected, a row per corpus, and how many files both stages rejected, and why.

    Args:
        **tables: `{corpus}.tracks`, `{corpus}.splits`, `{corpus}.segments` and `{corpus}.rejected` of every
            corpus (schemas of these names in `schemas.corpora`).
    """
    tracks, splits, segments, rejected = (
        by_owner(tables, kind) for kind in ("tracks", "splits", "segments", "rejected")
    )
    return filter_table(tracks, splits, segments, rejected), rejected_files_table(rejected)


def train_vocal_detector(stems: ShardStore, truth: pd.DataFrame, parameters: DetectorTrainingParameters) -> Weights:
    """Return the vocal detector, trained on the demo's ground truth (DemoTruth).

    Args:
        stems: Store of the demo's true stems.
        truth: Ground truth of every demo track (`schemas.corpora.DemoTruth`).
        parameters: Of the training.
    """
    return training.train_vocal_detector(stems, truth, parameters)
