"""`kedro status`: what `kedro run` would do with the same options, and why."""

from pathlib import Path
from typing import Any

import click
from kedro.framework.project import pipelines, settings

from real_cloned.incremental.plan import RunPlan
from real_cloned.incremental.upstream import stale_upstream
from real_cloned.pipelines.selection import Selection


def status(pipeline: str, conf_source: str, env: str, params: dict[str, Any], **chosen: Any) -> None:
    """Print what `kedro run` would do with the same options, and why, without doing it."""
    selection = Selection.from_arguments([pipeline] if pipeline else chosen["pipelines"], chosen)
    with settings.SESSION_CLASS.create(env=env, conf_source=conf_source, runtime_params=params) as session:
        catalog = session.load_context().catalog
        part = selection.select(pipelines)
        project_path = Path(session.store["project_path"])
        for line in stale_upstream(part, pipelines["__default__"], catalog, project_path):
            click.echo(line)
        click.echo(RunPlan(part, catalog, chosen["node_names"], project_path))
