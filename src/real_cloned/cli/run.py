"""Kedro's `run` with the project's reading of `--params`, and one message instead of a traceback where a user errs."""

from collections.abc import Callable
from copy import copy
from functools import wraps
from inspect import signature
from typing import Any

import click
from kedro.framework.cli.project import run as kedro_run
from kedro.framework.cli.utils import KedroCliError
from kedro.utils import load_obj
from kedro.validation import ParameterValidationError
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from real_cloned.cli.values import parse_params
from real_cloned.core.errors import RealClonedError
from real_cloned.core.suggestions import suggest_names
from real_cloned.hooks import PlainError, user_message

RUNNERS = ("SequentialRunner", "ThreadRunner", "ParallelRunner")
HELP = {
    "params": "NAME=VALUE, several separated by commas, such as own.root=PATH,probe.seed=1. A path or another text is "
    "taken as it is written; other values are YAML. Quotes round a value keep `, NAME=` inside it.",
    "env": "Environment of the configuration, a folder of conf/. Defaults to `demo`.",
}
"""Help of options that are not Kedro's own."""
CONFIGURATION_ERRORS = (ParameterValidationError, OmegaConfBaseException, YAMLError)
"""What Kedro raises of wrong parameters and configuration files before a run."""


def without_traceback(command: Callable[..., Any]) -> Callable[..., Any]:
    """Return a command that ends with the message alone where the user can correct the error.

    Args:
        command: The function of a click command, or of an option.
    """

    @wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except click.ClickException:
            raise
        except Exception as error:
            message = str(error) if isinstance(error, CONFIGURATION_ERRORS) else user_message(error)
            if message is None:
                raise
            raise PlainError(message) from error

    return wrapped


def make_run_command() -> click.Command:
    """Return the command `run` of this project."""
    command = copy(kedro_run)
    callbacks = {"params": _read_params, "config": _read_config}
    command.params = [_changed(option, callbacks.get(str(option.name))) for option in kedro_run.params]
    command.callback = without_traceback(_run)
    return command


def _run(**options: Any) -> Any:
    _check_runner(options["runner"] or "SequentialRunner", options["runner_params"])
    assert kedro_run.callback is not None
    return kedro_run.callback(**options)


def _check_runner(name: str, arguments: dict[str, Any]) -> None:
    try:
        signature(load_obj(name, "kedro.runner")).bind(**arguments)
    except (ImportError, AttributeError, ValueError) as error:
        raise RealClonedError(f"--runner: there is no runner `{name}`{suggest_names(name, RUNNERS)}") from error
    except TypeError as error:
        raise RealClonedError(f"--runner-params: {name} {error}") from error


def _changed(option: click.Parameter, callback: Callable[..., Any] | None) -> click.Parameter:
    changed = copy(option)
    if isinstance(changed, click.Option):
        changed.help = HELP.get(str(option.name), changed.help)
    if callback is not None:
        changed.callback = without_traceback(callback)
    return changed


def _read_params(_context: click.Context, _option: click.Parameter, value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else parse_params(value)  # a mapping comes from the file of --config


def _read_config(context: click.Context, option: click.Parameter, value: Any) -> Any:
    callback = next(one.callback for one in kedro_run.params if one.name == option.name)
    assert callback is not None
    try:
        return callback(context, option, value)
    except KedroCliError as error:
        raise RealClonedError(f"--config: {value}: {error.message}") from error
    except (*CONFIGURATION_ERRORS, KeyError, TypeError, AttributeError, ValueError, OSError) as error:
        raise RealClonedError(f"--config: {value} must be YAML with the options under `{context.info_name}`") from error
