"""How a run decides what is fresh."""

from real_cloned.parameters.base import Parameters


class FreshnessParameters(Parameters):
    """Where the ledger lies, and how changes are looked for."""

    ledger: str
    """The file that says what made every stored output, relative to the project; it can be deleted at any time."""
    force: bool = False
    """Run everything that is asked for, fresh or not."""
    content_hash: bool = False
    """Know raw files by what is in them, which reads them all, rather than by size and time of change."""
