"""Parameters that the session reads, and no node, have their effect in a session as Kedro makes it."""

import pytest
import torch
from kedro.framework.cli.utils import KedroCliError
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline

from real_cloned.core import executor
from real_cloned.parameters.session import ExecutorParameters


@pytest.fixture
def begin(new):
    """Begin a run with these parameters, as far as its hooks; return what ends it."""
    ends = []

    def run(**parameters):
        with new.session(**parameters) as session:
            session.load_context().catalog  # noqa: B018 (making it calls the hooks)
            hooks = session._hook_manager.hook
            hooks.before_pipeline_run(run_params={}, pipeline=Pipeline([]), catalog=DataCatalog())
            ends.append(hooks.after_pipeline_run)
            return lambda: ends.pop()(run_params={}, run_result={}, pipeline=Pipeline([]), catalog=DataCatalog())

    yield run
    for end in ends:
        end(run_params={}, run_result={}, pipeline=Pipeline([]), catalog=DataCatalog())


def test_deterministic_algorithms_are_used_from_the_start(begin):
    try:
        begin(deterministic=True)
        assert torch.are_deterministic_algorithms_enabled()
    finally:
        torch.use_deterministic_algorithms(False)


def test_the_executor_of_the_parameters_is_used_until_the_run_ends(begin):
    end = begin(executor={"n_jobs": 3, "retries": 0})
    assert executor._active == ExecutorParameters(n_jobs=3, retries=0)
    end()
    assert executor._active == ExecutorParameters()


def test_a_wrong_executor_stops_the_run_with_its_name(begin):
    with pytest.raises(KedroCliError, match=r"executor\.backend: .*'processes' or 'ray'.*got 'spark'"):
        begin(executor={"backend": "spark"})
