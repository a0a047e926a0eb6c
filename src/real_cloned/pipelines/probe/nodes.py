"""Nodes of the probe. Tables have the schemas of `schemas.corpora` and `schemas.results`."""

import pandas as pd

from real_cloned.artifacts.embeddings import Embeddings, average_embeddings
from real_cloned.parameters.ingest import CorpusParameters
from real_cloned.parameters.probe import ProbeParameters
from real_cloned.parameters.variants import VariantParameters
from real_cloned.pipelines.study import by_owner
from real_cloned.probing import experiments, robustness, similarity, stem_comparison
from real_cloned.probing.baselines import predict_baselines
from real_cloned.probing.data import ProbeCorpus
from real_cloned.probing.retrieval import TrackAverages, retrieve_tracks
from real_cloned.probing.stem_comparison import StemEmbeddings
from real_cloned.probing.verification import singer_cohort, verify_tracks
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.results import StemComparison


def identify_singers(
    variant: VariantParameters,
    corpus: CorpusParameters,
    parameters: ProbeParameters,
    tracks: pd.DataFrame,
    splits: pd.DataFrame,
    album_splits: pd.DataFrame,
    embeddings: Embeddings,
    remixes: Embeddings | None = None,
) -> tuple[pd.DataFrame, ...]:
    """Return Predictions, Confidences and Baselines of the test tracks, and Predictions by album and by track.

    The last two are of the same singers at the largest class count, once with no tested album in training, once not.

    Args:
        variant: Parameters of the variant.
        corpus: Parameters of the corpus.
        parameters: Of the probe.
        tracks: Tracks that could be decoded (`schemas.corpora.Tracks`).
        splits: Tracks that are used, with their roles (`schemas.corpora.Splits`).
        album_splits: Roles of the same tracks in which no tested album trains (`schemas.corpora.Splits`).
        embeddings: Embeddings of all segments of the used tracks.
        remixes: Embeddings of the remixes of test tracks. Where they are given, RemixPredictions come last: what the
            probes of most singers say of test tracks over changed accompaniment.
    """
    names = {"variant": variant.name, "corpus": corpus.name}
    gallery = ProbeCorpus.from_tables(tracks, splits, embeddings)
    by_album = ProbeCorpus.from_tables(tracks, album_splits, embeddings)
    others = None if remixes is None else robustness.remixes_as_corpus(tracks, remixes)
    results = experiments.identify_singers(
        gallery, gallery, parameters, variant=variant.name, corpus=corpus.name, others=others
    )
    baselines = predict_baselines(gallery, gallery, parameters, **names)
    both = robustness.identify_by_both_splits(by_album, gallery, results.predictions, parameters, **names)
    tables = (results.predictions, results.confidences, baselines, *both)
    return tables if remixes is None else (*tables, robustness.remix_predictions(results.others, remixes))


def identify_clones(
    variant: VariantParameters,
    corpus: CorpusParameters,
    parameters: ProbeParameters,
    tracks: pd.DataFrame,
    splits: pd.DataFrame,
    embeddings: Embeddings,
    clone_tracks: pd.DataFrame,
    clone_splits: pd.DataFrame,
    clone_embeddings: Embeddings,
) -> tuple[pd.DataFrame, ...]:
    """Return Predictions, Confidences and Baselines of clones, by probes trained on the real tracks of the gallery.

    Args:
        variant: Parameters of the variant.
        corpus: Parameters of the corpus.
        parameters: Of the probe.
        tracks: Tracks that could be decoded (`schemas.corpora.Tracks`).
        splits: Tracks that are used, with their roles (`schemas.corpora.Splits`).
        embeddings: Embeddings of all segments of the used tracks.
        clone_tracks: Tracks of the clones (`schemas.corpora.Tracks`).
        clone_splits: Clones that are used (`schemas.corpora.Splits`).
        clone_embeddings: Embeddings of all segments of the clones.
    """
    names = {"variant": variant.name, "corpus": corpus.name}
    gallery = ProbeCorpus.from_tables(tracks, splits, embeddings)
    clones = ProbeCorpus.from_tables(clone_tracks, clone_splits, clone_embeddings)
    results = experiments.identify_singers(gallery, clones, parameters, variant=variant.name, corpus=corpus.name)
    return results.predictions, results.confidences, predict_baselines(gallery, clones, parameters, **names)


def measure_embeddings(
    variant: VariantParameters,
    parameters: ProbeParameters,
    tracks: pd.DataFrame,
    splits: pd.DataFrame,
    embeddings: Embeddings,
    stems: Embeddings,
    clone_tracks: pd.DataFrame,
    clone_splits: pd.DataFrame,
    clone_embeddings: Embeddings,
    cohort_tracks: pd.DataFrame | None = None,
    cohort_embeddings: Embeddings | None = None,
) -> tuple[pd.DataFrame, ...]:
    """Return what embeddings say without a probe.

    Args:
        variant: Parameters of the variant.
        parameters: Of the probe.
        tracks: Tracks that could be decoded (`schemas.corpora.Tracks`).
        splits: Tracks that are used, with their roles (`schemas.corpora.Splits`).
        embeddings: Embeddings of all segments of the used tracks.
        stems: Embeddings of the test tracks' vocals and accompaniment, each alone.
        clone_tracks: Tracks of the clones (`schemas.corpora.Tracks`).
        clone_splits: Clones that are used (`schemas.corpora.Splits`).
        clone_embeddings: Embeddings of all segments of the clones.
        cohort_tracks: Tracks of other singers (`schemas.corpora.Tracks`), by whom verification scores are normalised;
            None where the variant has no cohort.
        cohort_embeddings: Embeddings of some of these tracks.

    Returns:
        Similarities of test tracks to their own stems and to other tracks, Verification, Retrieval, SingerAverages, and
        CloneSimilarities of clones to their targets and sources.
    """
    used = tracks.merge(splits, on="track_id")
    real = TrackAverages.from_tables(tracks, splits, embeddings)
    clones = TrackAverages.from_tables(clone_tracks, clone_splits, clone_embeddings)
    name = variant.name
    cohort = None
    if variant.root.cohort is not None and cohort_tracks is not None and cohort_embeddings is not None:
        cohort = singer_cohort(cohort_embeddings, cohort_tracks, variant.root.cohort.n_nearest)
    return (
        similarity.track_similarities(embeddings, stems, used, parameters.seed, variant=name),
        verify_tracks(embeddings, used, parameters.seed, variant=name, cohort=cohort),
        retrieve_tracks(real, clones, parameters.seed, variant=name),
        average_embeddings(embeddings, tracks[tracks["track_id"].isin(splits["track_id"])]),
        similarity.clone_similarities(tracks, embeddings, clone_tracks, clone_embeddings, variant=name),
    )


def compare_stems(
    variant: VariantParameters,
    parameters: ProbeParameters,
    tracks: pd.DataFrame,
    embeddings: Embeddings,
    other_stems: Embeddings,
    clone_tracks: pd.DataFrame,
    clone_embeddings: Embeddings,
    clone_other_stems: Embeddings,
    cohort_tracks: pd.DataFrame | None = None,
    cohort_embeddings: Embeddings | None = None,
    cohort_other_stems: Embeddings | None = None,
) -> pd.DataFrame:
    """Return StemComparison: how well singers are told apart, without a probe, from each of several stems.

    Args:
        variant: Parameters of the variant.
        parameters: Of the probe.
        tracks: Tracks that could be decoded (`schemas.corpora.Tracks`).
        embeddings: Embeddings of all segments of the used tracks, of the variant's own stem.
        other_stems: Embeddings of some of these tracks, of other stems.
        clone_tracks: Tracks of the clones (`schemas.corpora.Tracks`).
        clone_embeddings: Embeddings of all segments of the clones, of the variant's own stem.
        clone_other_stems: Embeddings of some of the clones, of other stems.
        cohort_tracks: Tracks of other singers (`schemas.corpora.Tracks`), by whom verification scores are normalised;
            None where the variant has no cohort.
        cohort_embeddings: Embeddings of some of these tracks, of the variant's own stem.
        cohort_other_stems: Embeddings of the same, of other stems.
    """
    stems = variant.root.compare_stems.stems if variant.root.compare_stems else []
    real = StemEmbeddings.from_tables(tracks, stems, embeddings, other_stems)
    clones = StemEmbeddings.from_tables(clone_tracks, stems, clone_embeddings, clone_other_stems)
    cohort = None
    if variant.root.cohort is not None and cohort_tracks is not None:
        parts = [part for part in (cohort_embeddings, cohort_other_stems) if part is not None]
        cohort = (StemEmbeddings.from_tables(cohort_tracks, stems, *parts), variant.root.cohort)
    return stem_comparison.compare_stems(real, clones, parameters.seed, variant=variant.name, cohort=cohort)


def collect_predictions(**tables: pd.DataFrame) -> tuple[pd.DataFrame, ...]:
    """Return what was said of every track, all variants and corpora together: a table per kind.

    Args:
        **tables: `{variant}.{corpus}.predictions` and so on, of every variant and corpus.

    Returns:
        Predictions, Confidences, Baselines, Predictions by album and by track, RemixPredictions (`schemas.results`).
    """
    kinds = ("predictions", "confidences", "baselines", "album_predictions", "track_predictions", "remix_predictions")
    return tuple(_concat(by_owner(tables, kind)) for kind in kinds)


def collect_measures(**tables: pd.DataFrame) -> tuple[pd.DataFrame, ...]:
    """Return what embeddings say without a probe, all variants together: a table per kind.

    Args:
        **tables: `{variant}.{corpus}.similarities` and so on, of every variant.

    Returns:
        Similarities, Verification, Retrieval, VariantSingerAverages, CloneSimilarities, StemComparison
        (`schemas.results`); the last without rows where no variant compares stems.
    """
    averages = by_owner(tables, "averages")
    named = {owner: table.assign(variant=owner.partition(".")[0]) for owner, table in averages.items()}
    similarities, verification, retrieval, clones = (
        _concat(by_owner(tables, kind)) for kind in ("similarities", "verification", "retrieval", "clone_similarities")
    )
    stems = by_owner(tables, "stem_comparison") or {"": empty_table(StemComparison)}
    return similarities, verification, retrieval, _concat(named), clones, _concat(stems)


def _concat(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(tables.values(), ignore_index=True)
