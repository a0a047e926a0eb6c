"""Tables such as the other stages would make, of the demo's size, with accuracies like those of the founding trial."""

from typing import Any

import numpy as np
import pandas as pd

from real_cloned.parameters.report import ReportParameters
from real_cloned.schemas.corpora import History, Rejected, Splits, Tracks
from real_cloned.schemas.results import Confidences, Predictions, Similarities

GENRES = ("Pop", "Folk", "Hip-hop", "Electronic", "Country")


LANGUAGES = ("en", "es", "fr", None)


HIT_SHARE = {
    "closed": {"mixture": 0.93, "hybrid": 0.95, "vocal": 0.97, "mashup": 0.96},
    "cloned": {"mixture": 0.15, "hybrid": 0.55, "vocal": 0.72, "mashup": 0.64},
    "fma": {"mixture": 0.80, "hybrid": 0.85, "vocal": 0.90, "mashup": 0.88},
}


SIMILARITY = {
    "mixture": {"other": 0.42, "validation": 0.74, "vocals": 0.61, "accompaniment": 0.83, "test": 0.95},
    "hybrid": {"other": 0.31, "validation": 0.78, "vocals": 0.82, "accompaniment": 0.55, "test": 0.95},
    "vocal": {"other": 0.12, "validation": 0.81, "vocals": 0.93, "accompaniment": 0.21, "test": 0.96},
}


def parameters(**changes: object) -> ReportParameters:
    """Return report parameters of the demo's size."""
    values = {
        "title": "From Real to Cloned Singer Identification",
        "synthetic": True,
        "page": "study",
        "figure2_min_tracks": 3,
        "figure3_buckets": [2, 4, 6],
        "n_bootstrap": 300,
        "seed": 7,
    }
    return ReportParameters.model_validate(values | changes)


def prediction(**changes: object) -> dict[str, object]:
    """Return one row of predictions: a hit of singer a by the vocal variant, unless told otherwise."""
    row = {
        "variant": "vocal",
        "corpus": "closed",
        "n_singers": 10,
        "run": 0,
        "track_id": "t0",
        "true_ids": ["a"],
        "top5_ids": ["a", "b", "c"],
        "votes": [0.8, 0.2, 0.0],
        "log_probability": [-0.2, -2.0, -4.0],
        "is_top1": True,
        "is_top5": True,
        "is_top5_by_log_probability": True,
        "n_train_tracks": 5,
        "genre": "Pop",
        "language": "en",
        "clone_method": None,
    }
    return row | changes


def table_of(rows: list[dict[str, object]]) -> pd.DataFrame:
    """Return rows of predictions as a table that fits the schema."""
    return Predictions.validate(pd.DataFrame(rows))


def predictions(
    variants: tuple[str, ...] = ("mixture", "hybrid", "vocal"),
    corpora: tuple[str, ...] = ("closed", "cloned", "fma"),
    class_counts: tuple[int, ...] = (10, 20, 40),
    n_runs: int = 3,
    seed: int = 0,
) -> pd.DataFrame:
    """Return predictions of these variants on these corpora, every run with its own luck."""
    generator = np.random.default_rng(seed)
    rows = []
    for variant in variants:
        for corpus in corpora:
            for n_singers in class_counts if corpus != "fma" else (25,):
                for run in range(n_runs):
                    rows += _run(variant, corpus, n_singers, run, generator)
    return table_of(rows)


def _run(
    variant: str, corpus: str, n_singers: int, run: int, generator: np.random.Generator
) -> list[dict[str, object]]:
    share = HIT_SHARE[corpus][variant] - 0.05 * np.log2(n_singers / 10)
    per_singer = 3 if corpus == "cloned" else 1
    singers = range(8) if corpus == "cloned" else range(n_singers)
    rows = []
    for singer in singers:
        for take in range(per_singer):
            luck = generator.random()
            rows.append(
                prediction(
                    variant=variant,
                    corpus=corpus,
                    n_singers=n_singers,
                    run=run,
                    track_id=f"{corpus}/{singer}/{take}",
                    true_ids=[f"s{singer:03d}"],
                    is_top1=bool(luck < share),
                    is_top5=bool(luck < share + 0.6 * (1 - share)),
                    is_top5_by_log_probability=bool(luck < share + 0.7 * (1 - share)),
                    n_train_tracks=2 + singer % 7,
                    genre=GENRES[singer % len(GENRES)],
                    language=LANGUAGES[singer % len(LANGUAGES)],
                )
            )
    return rows


def similarities(seed: int = 0) -> pd.DataFrame:
    """Return similarities of 40 test tracks for three variants."""
    generator = np.random.default_rng(seed)
    rows = [
        {"variant": variant, "track_id": f"t{track}", "reference": name, "similarity": mean + generator.normal(0, 0.02)}
        for variant, means in SIMILARITY.items()
        for name, mean in means.items()
        for track in range(40)
    ]
    return Similarities.validate(pd.DataFrame(rows))


def tracks(songs: dict[str, int], duration_s: float = 180.0, others: tuple[str, ...] = ()) -> pd.DataFrame:
    """Return tracks of `songs[singer]` songs per singer. others : further singers on every track"""
    rows = [
        {
            "track_id": f"{singer}-{song}",
            "singer_id": singer,
            "singer_ids": [singer, *others],
            "singer_name": singer,
            "path": f"{singer}/{song}.flac",
            "album_id": None,
            "genre": None,
            "language": None,
            "clone_method": None,
            "clone_source_id": None,
            "licence": None,
            "duration_s": duration_s,
            "sample_rate_hz": 16000,
            "n_channels": 1,
            "content_sha256": "0" * 64,
        }
        for singer, count in songs.items()
        for song in range(count)
    ]
    return Tracks.validate(pd.DataFrame(rows))


def splits(of: pd.DataFrame, role: str = "train") -> pd.DataFrame:
    """Return splits that give every track of `of` the same role."""
    return Splits.validate(pd.DataFrame({"track_id": of["track_id"], "role": role}))


def history(losses: tuple[float, ...], seconds: float = 2.0) -> pd.DataFrame:
    """Return a pretraining with these validation losses, one per epoch."""
    rows = [
        {"epoch": epoch, "train_loss": loss, "validation_loss": loss, "learning_rate": 1e-4, "seconds": seconds}
        for epoch, loss in enumerate(losses)
    ]
    return History.validate(pd.DataFrame(rows))


def rejected(counts: dict[str, int], stage: str = "ingest") -> pd.DataFrame:
    """Return rejected files, `counts[reason]` for each reason."""
    rows = [
        {"track_id": None, "path": f"{reason}/{k}.mp3", "stage": stage, "reason": reason}
        for reason, count in counts.items()
        for k in range(count)
    ]
    return Rejected.validate(pd.DataFrame(rows))


def confidences(
    variants: tuple[str, ...] = ("mixture", "vocal"),
    corpora: tuple[str, ...] = ("closed", "cloned"),
    class_counts: tuple[int, ...] = (10, 20, 40),
    n_runs: int = 3,
    n_all: int = 40,
    seed: int = 0,
) -> pd.DataFrame:
    """Return confidences of `n_all` tracks per run, one per singer, of whom the class count is enrolled.

    Answers are right as often as the calibrated confidence says; the plain confidence is nearer to 1.
    """
    rng = np.random.default_rng(seed)
    tables = [
        _confident_run(rng, n_all, n_singers).assign(variant=variant, corpus=corpus, n_singers=n_singers, run=run)
        for variant in variants
        for corpus in corpora
        for n_singers in class_counts
        for run in range(n_runs)
    ]
    return Confidences.validate(pd.concat(tables, ignore_index=True))


def _confident_run(rng: np.random.Generator, n_all: int, n_singers: int) -> pd.DataFrame:
    enrolled = np.arange(n_all) < n_singers
    calibrated = rng.beta(2 + 3 * enrolled, 2, n_all)
    return pd.DataFrame(
        {
            "track_id": [f"t{track}" for track in range(n_all)],
            "clone_method": None,
            "is_enrolled": enrolled,
            "is_right": enrolled & (rng.random(n_all) < calibrated),
            "confidence": calibrated**0.4,
            "calibrated": calibrated,
            "temperature": 2.0,
            "is_at_bound": False,
            "clone_calibrated": np.nan,
            "clone_temperature": np.nan,
            "clone_is_at_bound": False,
        }
    )


def clone_confidences(methods: tuple[str, ...] = ("blend", "vocoder"), **changes: Any) -> pd.DataFrame:
    """Return confidences of clones by these methods in turn, with temperatures that other clones ask for."""
    table = confidences(**{"corpora": ("cloned",)} | changes)
    numbers = table["track_id"].str[1:].astype(int)
    clones = table["corpus"] == "cloned"
    table["clone_method"] = [methods[number % len(methods)] for number in numbers]
    table["clone_calibrated"], table["clone_temperature"] = table["calibrated"] ** 2, 3.0 + numbers % len(methods)
    table["clone_is_at_bound"] = table["clone_temperature"] >= 4.0
    table.loc[~clones, ["clone_method", "clone_calibrated", "clone_temperature"]] = None
    table.loc[~clones, "clone_is_at_bound"] = False
    return Confidences.validate(table)
