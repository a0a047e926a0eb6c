"""`kedro reclaim`: the space of what stores keep of earlier runs and no longer use."""

from pathlib import Path
from typing import Any

import click
from kedro.framework.project import pipelines, settings

from real_cloned.core.files import resolve_in
from real_cloned.core.run_lock import RunLock


def reclaim(conf_source: str, env: str, params: dict[str, Any]) -> None:
    """Delete what is kept of tracks that are gone, or that were made from other parameters or by other code."""
    with settings.SESSION_CLASS.create(env=env, conf_source=conf_source, runtime_params=params) as session:
        context = session.load_context()
        lock = RunLock(resolve_in(Path(session.store["project_path"]), context.config_loader["globals"]["data"]))
        catalog = context.catalog
        lock.acquire()
        try:
            for name in sorted(pipelines["__default__"].all_outputs()):
                dataset = catalog.get(name)
                if hasattr(dataset, "reclaim_space") and dataset.exists():
                    click.echo(f"{name}: {dataset.reclaim_space() / 1e6:.1f} MB given back")
        finally:
            lock.release()
