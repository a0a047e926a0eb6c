"""Further variants in a study whose corpora and stems are there already, run through Kedro's sessions."""

import copy
from collections.abc import Mapping
from typing import Any

import pandas as pd
from kedro.framework.project import settings
from kedro.framework.startup import bootstrap_project

from benchmarks.settings import ROOT

CORPORA = ("closed", "cloned")
"""Whose singers further variants are asked to name."""


def variant_parameters(env: str) -> dict[str, dict[str, Any]]:
    """Return the settings of all variants of an environment by name, as plain values.

    Args:
        env: Environment of conf/.
    """
    bootstrap_project(ROOT)
    with settings.SESSION_CLASS.create(project_path=ROOT, env=env) as session:
        return copy.deepcopy(dict(session.load_context().config_loader["parameters"]["pretrain"]))


def run_study(env: str) -> None:
    """Run all of an environment, as `kedro run` does; what is up to date is not run.

    Args:
        env: Environment of conf/.
    """
    bootstrap_project(ROOT)
    with settings.SESSION_CLASS.create(project_path=ROOT, env=env) as session:
        session.run()


def run_variants(env: str, variants: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Train, embed and probe further variants, and return what all of them predicted.

    Args:
        env: Environment of conf/, which was run before.
        variants: Settings by name, in addition to those of the environment.

    Returns:
        `schemas.results.Predictions` of these variants for CORPORA.
    """
    bootstrap_project(ROOT)
    added = {"pretrain": {name: {**entry, "name": name} for name, entry in variants.items()}}
    namespaces = [f"pretrain.{name}" for name in variants]
    namespaces += [
        f"{stage}.{name}.{corpus}" for stage in ("embed", "probe") for name in variants for corpus in CORPORA
    ]
    with settings.SESSION_CLASS.create(project_path=ROOT, env=env, runtime_params=added) as session:
        session.run(namespaces=namespaces)
    return load_predictions(env, tuple(variants), added)


def load_predictions(env: str, variants: tuple[str, ...], added: Mapping[str, Any] | None = None) -> pd.DataFrame:
    """Return what variants of an environment predicted for CORPORA.

    Args:
        env: Environment of conf/.
        variants: Their names.
        added: Parameters with which they were run, where they are not those of the environment.
    """
    bootstrap_project(ROOT)
    with settings.SESSION_CLASS.create(project_path=ROOT, env=env, runtime_params=dict(added or {})) as session:
        catalog = session.load_context().catalog
        names = [f"{variant}.{corpus}.predictions" for variant in variants for corpus in CORPORA]
        return pd.concat([catalog.load(name) for name in names], ignore_index=True)


def save_table(env: str, name: str, table: pd.DataFrame) -> None:
    """Save a dataset of an environment.

    Args:
        env: Environment of conf/.
        name: Name of the dataset in the catalog.
        table: What it then holds.
    """
    bootstrap_project(ROOT)
    with settings.SESSION_CLASS.create(project_path=ROOT, env=env) as session:
        session.load_context().catalog.save(name, table)
