"""Kedro's session with a runner that runs only what changed: `SESSION_CLASS` in the settings."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from kedro.framework.session import KedroSession
from kedro.runner import AbstractRunner, SequentialRunner

from real_cloned.incremental.runner import IncrementalRunner


class IncrementalSession(KedroSession):
    """A KedroSession whose runs leave out what is fresh; another runner than the sequential one is left alone."""

    def run(
        self,
        pipeline_name: str | None = None,
        pipeline_names: list[str] | None = None,
        tags: Iterable[str] | None = None,
        runner: AbstractRunner | None = None,
        node_names: Iterable[str] | None = None,
        *rest: Any,
        **others: Any,
    ) -> dict[str, Any]:
        """Run as KedroSession does, arguments as there; nodes that `node_names` names run whether fresh or not."""
        named = tuple(node_names or ())
        if runner is None or type(runner) is SequentialRunner:
            is_async = getattr(runner, "_is_async", False)  # where `kedro run --async` leaves it
            runner = IncrementalRunner(named, Path(self.store["project_path"]), is_async)
        else:
            print(f"{type(runner).__name__} runs everything: only the sequential runner knows what is fresh")
        outputs: dict[str, Any] = super().run(pipeline_name, pipeline_names, tags, runner, named, *rest, **others)
        return outputs
