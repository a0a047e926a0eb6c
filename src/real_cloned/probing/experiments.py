"""The paper's experiments: enrol some singers, train a probe, name the singer of every test track; repeat.

Section 3.3: real tracks are tested against randomly drawn singers of their own corpus; clones against their target
singers among others drawn from the closed corpus.
"""

from dataclasses import dataclass

import joblib
import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from real_cloned.embeddings import Embeddings
from real_cloned.parameters import ProbeParameters
from real_cloned.probing.classifier import LabelledTracks, log_probabilities, train_probe
from real_cloned.probing.voting import majority_vote
from real_cloned.schemas import Predictions, empty


@dataclass(frozen=True)
class ProbeCorpus:
    """A corpus as the probe sees it: one row per used track, and their embeddings by track.

    tracks : schemas.Tracks columns and `role`; segments : track_id to (n_segments, size) float32
    """

    tracks: pd.DataFrame
    segments: dict[str, NDArray[np.float32]]

    @classmethod
    def of(cls, tracks: pd.DataFrame, splits: pd.DataFrame, embeddings: Embeddings) -> "ProbeCorpus":
        """Return the tracks of `splits` that have embeddings."""
        by_track = embeddings.index.groupby("track_id")["row"]
        segments = {str(track): embeddings.matrix[rows.to_numpy()] for track, rows in by_track}
        used = tracks.merge(splits, on="track_id")
        return cls(used[used["track_id"].isin(list(segments))].sort_values("track_id"), segments)

    def labelled(self, role: str, classes: list[str]) -> LabelledTracks:
        """Return the tracks of one role by the singers in `classes`, labelled by their place in that list."""
        label = {singer: place for place, singer in enumerate(classes)}
        rows = self.tracks[(self.tracks["role"] == role) & self.tracks["singer_id"].isin(classes)]
        labels = np.asarray(rows["singer_id"].map(label), np.int64)
        return LabelledTracks([self.segments[track] for track in rows["track_id"]], labels)


@dataclass(frozen=True)
class Experiment:
    """One repetition: which singers are enrolled, and the seed of everything random in it."""

    enrolled: list[str]
    run: int
    seed: int


def identify_singers(
    names: tuple[str, str], gallery: ProbeCorpus, queries: ProbeCorpus, parameters: ProbeParameters
) -> pd.DataFrame:
    """Return the predictions table: what every run of every class count says of every query.

    names : the variant's and the query corpus' names; queries : its test tracks, or clones, are the ones to be named

    Each run draws the singers to enrol; the singers that clones imitate are always among them. A class count above what
    the gallery holds, or below what the clones need, is left out.
    """
    experiments = draw_experiments(names[1], gallery, queries, parameters)
    work = joblib.Parallel(n_jobs=parameters.n_jobs, return_as="generator")(
        joblib.delayed(_run)(experiment, gallery, queries, parameters) for experiment in experiments
    )
    bar = tqdm(work, total=len(experiments), desc=f"probe {names[0]} on {names[1]}", unit="run", mininterval=1.0)
    tables = [pd.DataFrame(rows) for rows in bar if rows]
    if not tables:
        return empty(Predictions)
    return pd.concat(tables, ignore_index=True).assign(variant=names[0], corpus=names[1])[list(empty(Predictions))]


def draw_experiments(
    corpus: str, gallery: ProbeCorpus, queries: ProbeCorpus, parameters: ProbeParameters
) -> list[Experiment]:
    """Return the experiments on one corpus; they depend on the seed and the singers alone, so variants share them."""
    singers = sorted(gallery.tracks.loc[gallery.tracks["role"] == "train", "singer_id"].unique())
    needed = sorted(set(singers) & {singer for ids in _clones(queries)["singer_ids"] for singer in ids})
    if not len(_questions(queries)):
        return []
    asked = parameters.n_singers.get(corpus, [])
    counts = [len(singers)] if asked == "all" else asked
    counts = [count for count in counts if max(2, len(needed)) <= count <= len(singers)]
    experiments = []
    for count in counts:
        for run in range(parameters.n_runs):
            rng = np.random.default_rng([parameters.seed, count, run])
            others = rng.permutation([singer for singer in singers if singer not in needed])[: count - len(needed)]
            experiments.append(Experiment(sorted([*needed, *others.tolist()]), run, int(rng.integers(2**31))))
    return experiments


def _run(
    experiment: Experiment, gallery: ProbeCorpus, queries: ProbeCorpus, parameters: ProbeParameters
) -> list[dict[str, object]]:
    torch.set_num_threads(1)
    classes = experiment.enrolled
    train, validation = gallery.labelled("train", classes), gallery.labelled("validation", classes)
    model = train_probe(train, validation, len(classes), parameters, experiment.seed)
    n_train = gallery.tracks.loc[gallery.tracks["role"] == "train", "singer_id"].value_counts()
    rows = []
    for track in _questions(queries).to_dict("records"):
        true = [singer for singer in track["singer_ids"] if singer in classes]
        if not true:
            continue
        values = log_probabilities(model, queries.segments[track["track_id"]])
        answer = majority_vote(values)
        named = [classes[place] for place in answer.classes]
        likeliest = [classes[place] for place in np.argsort(-values.mean(axis=0), kind="stable")[:5]]
        rows.append(
            {"n_singers": len(classes), "run": experiment.run, "true_ids": list(track["singer_ids"]), "top5_ids": named}
            | {"votes": answer.votes, "log_probability": answer.log_probability}
            | {"is_top1": named[0] in true, "is_top5": bool(set(named) & set(true))}
            | {"is_top5_by_log_probability": bool(set(likeliest) & set(true))}
            | {"n_train_tracks": int(n_train.get(true[0], 0))}
            | {name: track[name] for name in ("track_id", "genre", "language", "clone_method")}
        )
    return rows


def _questions(queries: ProbeCorpus) -> pd.DataFrame:
    return queries.tracks[queries.tracks["role"].isin(["test", "clone"])]


def _clones(queries: ProbeCorpus) -> pd.DataFrame:
    return queries.tracks[queries.tracks["role"] == "clone"]
