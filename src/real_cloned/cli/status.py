"""`kedro status`: what `kedro run` would do with the same options, and why."""

from pathlib import Path
from typing import Any

import click
from kedro.framework.project import pipelines, settings
from kedro.pipeline import Pipeline

from real_cloned.core.errors import RealClonedError
from real_cloned.incremental.plan import RunPlan


def status(pipeline: str, conf_source: str, env: str, params: dict[str, Any], **chosen: Any) -> None:
    """Print what `kedro run` would do with the same options, and why, without doing it."""
    filters = ("tags", "from_nodes", "to_nodes", "node_names", "from_inputs", "to_outputs")
    with settings.SESSION_CLASS.create(env=env, conf_source=conf_source, runtime_params=params) as session:
        catalog = session.load_context().catalog
        names = [pipeline] if pipeline else chosen["pipelines"] or ["__default__"]
        unknown = [name for name in names if name not in pipelines]
        if unknown:
            raise RealClonedError(f"there is no pipeline {unknown[0]}; there are {', '.join(pipelines)}")
        whole = sum((pipelines[name] for name in names), Pipeline([]))
        part = whole.filter(**{name: chosen[name] for name in filters}, node_namespaces=chosen["namespaces"])
        click.echo(RunPlan(part, catalog, chosen["node_names"], Path(session.store["project_path"])))
