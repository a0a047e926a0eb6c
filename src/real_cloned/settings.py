"""Project settings: where Kedro looks for what (https://docs.kedro.org/en/stable/configure/configuration_basics/)."""

import warnings

from omegaconf.resolvers import oc

from real_cloned.core.runtime import keep_freed_memory, use_small_arrow_pool
from real_cloned.hooks import (
    DeterminismHook,
    ErrorMessageHook,
    ExecutorHook,
    ParameterCheckHook,
    RunLockHook,
    SummaryHook,
)
from real_cloned.incremental.runner import IncrementalSession
from real_cloned.pipelines.configuration import StudyConfigLoader, StudyContext

keep_freed_memory()
use_small_arrow_pool()

# A user cannot act on these warnings: Kedro 1.7 calls a function that the newest OmegaConf renamed, it warns of dots in
# dataset names, which separate variant, corpus and table here, and previews of nodes are new in it.
warnings.filterwarnings("ignore", message=r"\s*register_new_resolver")
warnings.filterwarnings("ignore", message="One or more dataset names contain")
warnings.filterwarnings("ignore", message="The 'preview_fn' feature is experimental")
# joblib replaces worker processes that were idle or grew, and loses no work by it
warnings.filterwarnings("ignore", message="A worker stopped while some jobs were given to the executor")

# real_cloned.reporting.fonts says it once, with what to do.
warnings.filterwarnings("ignore", message=r"Glyph \d+ .* missing from font")

HOOKS = (
    ErrorMessageHook(),
    RunLockHook(),
    ParameterCheckHook(),
    DeterminismHook(),
    ExecutorHook(),
    SummaryHook(),
)

# Runs only what changed since its outputs were made (docs/incremental.md).
SESSION_CLASS = IncrementalSession

# Builds the pipelines for the variants and corpora that the environment's parameters name.
CONTEXT_CLASS = StudyContext

# Says what is wrong with an environment or a file, in one message.
CONFIG_LOADER_CLASS = StudyConfigLoader

# Plain `kedro run` is the demo; `--env=own` is one's own recordings, `--env=local` the paper's scale with one's own
# paths.
CONFIG_LOADER_ARGS = {
    "base_env": "base",
    "default_run_env": "demo",
    "merge_strategy": {"parameters": "soft"},
    # `${env:NAME,DEFAULT}` is an environment variable; Kedro's own `oc.env` serves credentials alone.
    "custom_resolvers": {"env": oc.env},
    "config_patterns": {
        "globals": ["globals*"],
        "parameters": ["parameters*", "parameters*/**", "**/parameters*"],
    },
}
