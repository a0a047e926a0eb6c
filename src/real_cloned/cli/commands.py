"""Commands beside Kedro's own: `kedro family FOLDER`, or `python -m real_cloned family FOLDER`, and so on.

Kedro finds a project's commands in the group `cli` of this module, and the command that runs it under the name `run`.
"""

from collections.abc import Callable
from copy import copy
from functools import wraps
from pathlib import Path
from typing import Any

import click
from kedro.framework.cli.project import run as kedro_run
from kedro.validation import ParameterValidationError
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from real_cloned.cli.status import status
from real_cloned.core.errors import RealClonedError
from real_cloned.hooks import PlainError

__all__ = ["cli", "run"]

WRONG_SETTINGS = (ParameterValidationError, OmegaConfBaseException, YAMLError)
"""What Kedro raises of parameters and configuration files before a run."""

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group(name="real_cloned")
def cli() -> None:
    """Commands of this project."""


def _plain(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command end with the message of a RealClonedError alone."""

    @wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except (RealClonedError, *WRONG_SETTINGS) as error:
            raise PlainError(str(error)) from error

    return wrapped


def _plain_run() -> click.Command:
    """Return Kedro's `run`, which ends with the message alone where a parameter or a configuration file is wrong."""
    command = copy(kedro_run)
    if kedro_run.callback:
        command.callback = _plain(kedro_run.callback)
    return command


run = _plain_run()


@cli.command()
@click.argument("folder", type=FOLDER)
@_plain
def family(folder: Path) -> None:
    """Print which runs of the LSTM started from which. FOLDER is a run, or a folder of runs."""
    from real_cloned.encoders.lstm.runs import family_tree

    click.echo(family_tree(folder))


@cli.command("train-features")
@click.argument("features", type=FOLDER)
@click.option("--runs", type=click.Path(path_type=Path), default=Path("runs"), help="Where the run's folder goes.")
@click.option("--name", default="lstm", help="The run's name, which is its folder's.")
@click.option("--init-from", type=FOLDER, help="Folder of a run: start from its weights, inside its folder.")
@click.option("--parameters", type=click.Path(exists=True, path_type=Path), help="YAML with `network` and `training`.")
@_plain
def train_features(features: Path, runs: Path, name: str, init_from: Path | None, parameters: Path | None) -> None:
    """Train the voice-identity LSTM on FEATURES: train/SINGER/*.npy, val/SINGER/*.npy and feat_params.yaml."""
    from real_cloned.cli.features import run_on_features

    click.echo(run_on_features(features, runs, name, init_from, parameters))


ASKED_OF_RUNS = ("runner", "runner_params", "is_async", "only_missing_outputs", "load_versions")
"""Options of `kedro run` that say how a run is done, or choose by another rule: `kedro status` does not take them."""
choosing = [option for option in run.params if option.name not in ASKED_OF_RUNS]
cli.add_command(click.Command("status", params=choosing, callback=_plain(status), help=status.__doc__))
