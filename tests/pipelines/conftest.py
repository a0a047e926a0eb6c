"""Studies of a handful of singers, made once for all tests."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.pipelines.study import ONE_ENCODER, STAGES, TINY, Study


@pytest.fixture(scope="session")
def new_study(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, dict[str, Any]], Study]:
    """A maker of studies: environment and parameters in, a study of one's own out."""
    return lambda env, parameters: Study(tmp_path_factory.mktemp(env), env, parameters)


@pytest.fixture(scope="session")
def study(new_study: Callable[[str, dict[str, Any]], Study]) -> Study:
    """The demo with a handful of singers, all stages run one after the other, each alone."""
    tiny = new_study("demo", TINY)
    for stage in STAGES:
        tiny.run(stage)
    return tiny


@pytest.fixture(scope="session")
def whole(new_study: Callable[[str, dict[str, Any]], Study]) -> Study:
    """A study of one encoder that has run to its end; who changes its files makes them anew."""
    study = new_study("demo", ONE_ENCODER)
    study.run("__default__")
    return study


@pytest.fixture
def new(new_study: Callable[[str, dict[str, Any]], Study]) -> Study:
    """A study of one encoder that has not begun."""
    return new_study("demo", ONE_ENCODER)
