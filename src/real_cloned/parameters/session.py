"""How a run decides which nodes are up to date, and what it works on."""

from typing import Annotated, Literal

from pydantic import Field

from real_cloned.parameters.base import Parameters, Text

RENAMED_GROUPS = {
    "freshness": "`freshness` is called `incremental` now: rename it in conf/*/parameters and in --params"
}
"""A message by the old name of each parameter group that has a new one."""


class IncrementalParameters(Parameters):
    """Where the ledger lies, and how changes are looked for."""

    ledger: str
    """The file that says what each stored output was made from, relative to the project; it can be deleted."""
    force: bool = False
    """Run everything that is asked for, even if it is up to date."""
    content_hash: bool = False
    """Know raw files by their content, which reads them all, rather than by size and time of change."""


class ExecutorParameters(Parameters):
    """What the stages that work on track after track work on. Nothing is made anew for it."""

    backend: Literal["processes", "ray"] = "processes"
    """Processes of this machine, or the machines of a Ray cluster (docs/scaling.md)."""
    address: Text | None = None
    """Of the cluster, such as `10.0.0.1:6379`; `auto` for the one that runs on this machine;
    null starts one here, for the run."""
    n_jobs: Literal[-1] | Annotated[int, Field(ge=1, le=2**16)] = -1
    """Tasks at a time; -1 for all cores of this machine or of the cluster (with `gpus_per_task`, all GPUs)."""
    gpus_per_task: Annotated[float, Field(ge=0.0, le=64.0)] = 0.0
    """GPUs of a task on a cluster; 0.25: four tasks share one."""
    retries: Annotated[int, Field(ge=0, le=100)] = 3
    """How often a track is tried again that fails, or whose process dies, before it is rejected."""
