"""Kedro's configuration loader and context, with an error that a user can act on for each fault of an environment, a
file, a parameter or an entry of the catalog.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kedro.config import MissingConfigException, OmegaConfigLoader
from kedro.framework.context import KedroContext
from kedro.io import CatalogProtocol, DatasetError
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from real_cloned.core.errors import RealClonedError
from real_cloned.core.suggestions import suggest_names
from real_cloned.parameters.groups import find_type_faults
from real_cloned.pipelines.study import configure_study

REQUIRED = ("catalog", "globals", "parameters")
"""Kinds of configuration without which there is no run. Kedro-Airflow and other plugins look for their own."""

FAULTS_HEADING = "parameters (conf/*/parameters, --params):"


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
            if key not in REQUIRED:  # Kedro and its plugins go on without
                raise
            raise RealClonedError(f"conf: {error}") from error
        except (YAMLError, OmegaConfBaseException, ValueError, TypeError, AttributeError) as error:
            where = f"conf/{{{self.base_env},{self.env or self.default_run_env}}}"
            raise RealClonedError(f"{key} ({where}) cannot be read: {error}") from error


class StudyContext(KedroContext):
    """Kedro's context, which tells the pipelines of the variants and corpora of its environment.

    A hook cannot be used, because Kedro-Viz loads projects without their hooks.
    """

    def __init__(self, **attributes: Any):
        """Read variants and corpora before anything asks for a pipeline.

        Args:
            **attributes: Those of KedroContext.

        Raises:
            RealClonedError: When an entry under `pretrain` or `corpora` does not make a variant or a corpus, or when
                parameters do not fit their models.
        """
        super().__init__(**attributes)
        _refuse_folder(attributes.get("runtime_params") or {})
        parameters = self.config_loader["parameters"]
        configure_study(parameters)
        faults = find_type_faults(parameters)  # before Kedro's validation, which logs each fault and then raises them
        if faults:
            raise RealClonedError("\n".join([FAULTS_HEADING, *(f"- {fault}" for fault in faults)]))

    def _get_catalog(self, *args: Any, **kwargs: Any) -> CatalogProtocol:
        try:
            return super()._get_catalog(*args, **kwargs)
        except DatasetError as error:
            raise RealClonedError(f"catalog (conf/*/catalog, --load-versions): {error}") from error


def _refuse_folder(given: Mapping[str, Any]) -> None:
    """Refuse a folder for recordings that comes from where a run is asked for: it is to protect from whoever asks."""
    for name in ("enrol", "identify"):
        group = given.get(name)
        if (isinstance(group, Mapping) and "folder" in group) or f"{name}.folder" in given:
            raise RealClonedError(
                f"{name}.folder can only be set in a file of conf/, such as conf/local/parameters.yml"
            )


def _check_environment(folder: Path, env: str | None) -> None:
    if env is None or not folder.is_dir():  # an archive or an address
        return
    known = {path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith((".", "_"))}
    if env not in known:
        raise RealClonedError(f"--env: there is no environment `{env}` in {folder}{suggest_names(env, known)}")
