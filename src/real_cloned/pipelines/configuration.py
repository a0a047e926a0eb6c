"""Kedro's configuration loader, with an error that a user can act on for each fault of an environment or a file."""

from pathlib import Path
from typing import Any

from kedro.config import MissingConfigException, OmegaConfigLoader
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from real_cloned.core.errors import RealClonedError, suggest_names


class StudyConfigLoader(OmegaConfigLoader):
    """Kedro's OmegaConfigLoader, which names environments and files that are missing or cannot be read."""

    def __init__(self, conf_source: str, env: str | None = None, **settings: Any):
        """Check that the environment is there, and read its globals.

        Args:
            conf_source: Folder of the environments, or an archive or a remote address of it.
            env: Name of the environment; None for the default one.
            **settings: As in OmegaConfigLoader.

        Raises:
            RealClonedError: There is no such environment, or its globals cannot be read.
        """
        _check_environment(Path(conf_source), env)
        super().__init__(conf_source, env, **settings)

    def __getitem__(self, key: str) -> dict[str, Any]:
        """Return the merged configuration of one kind, such as `parameters`."""
        try:
            return super().__getitem__(key)
        except MissingConfigException as error:
            if key == "credentials":  # Kedro goes on without them
                raise
            raise RealClonedError(f"conf: {error}") from error
        except (YAMLError, OmegaConfBaseException, ValueError, TypeError, AttributeError) as error:
            where = f"conf/{{{self.base_env},{self.env or self.default_run_env}}}"
            raise RealClonedError(f"{key} ({where}) cannot be read: {error}") from error


def _check_environment(folder: Path, env: str | None) -> None:
    if env is None or not folder.is_dir():  # an archive or an address
        return
    known = {path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith((".", "_"))}
    if env not in known:
        raise RealClonedError(f"--env: there is no environment `{env}` in {folder}{suggest_names(env, known)}")
