"""Commands beside Kedro's own: `kedro lineage FOLDER`, or `python -m real_cloned lineage FOLDER`, and so on.

Kedro finds a project's commands in the group `cli` of this module, and the command that runs it under the name `run`.
What a command does is imported when it is called, so that `kedro` starts without torch.
"""

from copy import copy
from pathlib import Path

import click

from real_cloned.cli.reclaim import reclaim
from real_cloned.cli.run import make_run_command, without_traceback
from real_cloned.cli.status import status

__all__ = ["cli", "run"]

RUNNER_OPTIONS = ("runner", "runner_params", "is_async", "only_missing_outputs", "load_versions")
"""Options of `kedro run` that `kedro status` lacks: they say how a run is done, or select nodes by another rule."""

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group(name="real_cloned")
def cli() -> None:
    """Commands of this project."""


@cli.command()
@click.argument("folder", type=FOLDER)
@without_traceback
def lineage(folder: Path) -> None:
    """Print which runs of the LSTM started from which. FOLDER is a run, or a folder of runs."""
    from real_cloned.encoders.lstm.runs import run_lineage

    click.echo(run_lineage(folder))


@cli.command("train-features")
@click.argument("features", type=FOLDER)
@click.option("--runs", type=click.Path(path_type=Path), default=Path("runs"), help="Where the run's folder goes.")
@click.option("--name", default="lstm", help="The run's name, which is its folder's.")
@click.option("--init-from", type=FOLDER, help="Folder of a run: start from its weights, inside its folder.")
@click.option("--parameters", type=click.Path(exists=True, path_type=Path), help="YAML with `network` and `training`.")
@without_traceback
def train_features(features: Path, runs: Path, name: str, init_from: Path | None, parameters: Path | None) -> None:
    """Train the voice-identity LSTM on FEATURES: train/SINGER/*.npy, val/SINGER/*.npy and feat_params.yaml."""
    from real_cloned.cli.features import run_on_features

    click.echo(run_on_features(features, runs, name, init_from, parameters))


def _renamed(command: click.Command, name: str) -> click.Command:
    """Return a command under its former name, which `--help` does not list."""
    alias = copy(command)
    alias.name, alias.hidden = name, True
    return alias


run = make_run_command()
cli.add_command(run)  # Kedro takes the command `run` of this group before its own
selecting = [option for option in run.params if option.name not in RUNNER_OPTIONS]
cli.add_command(click.Command("status", params=selecting, callback=without_traceback(status), help=status.__doc__))
placing = [option for option in run.params if option.name in ("env", "conf_source", "params")]
cli.add_command(click.Command("reclaim", params=placing, callback=without_traceback(reclaim), help=reclaim.__doc__))
cli.add_command(_renamed(lineage, "family"))
