"""`kedro train-features`: a training on a features folder, and its singers as a table and as a map."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from real_cloned.artifacts.embeddings import average_embeddings
from real_cloned.core.errors import RealClonedError
from real_cloned.core.files import atomic_write
from real_cloned.encoders.lstm.features import FeatureFolder, embed_files, load_feature_network
from real_cloned.encoders.lstm.runs import run_lineage
from real_cloned.encoders.lstm.training import train_on_features
from real_cloned.metrics.trials import trial_list
from real_cloned.metrics.verification import pairwise_eer
from real_cloned.parameters.variants import FeatureRunParameters
from real_cloned.reporting.sections.singer_map import draw_singer_map, singer_map_numbers

N_TRIALS = 100_000


def run_on_features(features: Path, runs: Path, name: str, init_from: Path | None, parameters: Path | None) -> str:
    """Train on a features folder, and return the run's error rate and lineage as text.

    The run's folder also gets `singers.parquet`, the average embedding of each validation singer, and `singers.png`, a
    map of their utterances.

    Args:
        features: The features folder.
        runs: Folder of runs; not used where `init_from` is given.
        name: Of the run.
        init_from: Folder of the run whose weights this one starts from; None: untrained.
        parameters: A YAML file with `network` and `training`; None: the values of O'Connor et al.

    Raises:
        RealClonedError: The folders or the parameters are wrong.
    """
    folder = train_on_features(features, _read_parameters(parameters, name), runs, init_from)
    embeddings, tracks = embed_files(load_feature_network(folder), FeatureFolder.read(features).val)
    with atomic_write(folder / "singers.parquet") as path:
        average_embeddings(embeddings, tracks).to_parquet(path)
    utterances = average_embeddings(embeddings, tracks, by="track_id")
    with atomic_write(folder / "singers.png") as path:
        draw_singer_map(singer_map_numbers(utterances)).savefig(path, format="png")
    trials = trial_list(tracks, N_TRIALS, seed=0)
    rate = f"pairwise equal error rate of whole utterances {100 * pairwise_eer(trials, embeddings.matrix):.1f} %"
    return f"{folder}: {rate}, {len(trials)} trials\n{run_lineage(folder)}"


def _read_parameters(file: Path | None, name: str) -> FeatureRunParameters:
    try:
        config: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8")) if file else {}
        return FeatureRunParameters.model_validate({"name": name} | (config or {}))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, TypeError, ValidationError) as error:
        raise RealClonedError(f"{file} holds no parameters of a training: {error}") from error
