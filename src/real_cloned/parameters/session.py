"""How a run decides which nodes are up to date."""

from real_cloned.parameters.base import Parameters

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
