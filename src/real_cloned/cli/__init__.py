"""The project's commands beside Kedro's own. Kedro looks for `cli` and `run` here."""

from real_cloned.cli.commands import cli, run

__all__ = ["cli", "run"]
