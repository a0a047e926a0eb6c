"""One switch for the whole run, and what was made without it is made anew."""

import pytest
import torch
from kedro.framework.cli.utils import KedroCliError

from real_cloned.hooks import DeterminismHook
from real_cloned.incremental.fingerprint import library_versions


@pytest.fixture(autouse=True)
def _free():
    yield
    torch.use_deterministic_algorithms(False)


def test_the_parameter_switches_torch_and_is_part_of_what_made_an_output():
    DeterminismHook().after_catalog_created({"deterministic": False})
    assert not torch.are_deterministic_algorithms_enabled()
    free = library_versions({"torch", "numpy"})
    DeterminismHook().after_catalog_created({"deterministic": True})
    assert torch.are_deterministic_algorithms_enabled()
    bound = library_versions({"torch", "numpy"})
    assert bound == free | {"torch": f"{free['torch']}, deterministic"}


def test_anything_but_true_and_false_is_refused():
    with pytest.raises(KedroCliError, match="deterministic: must be true or false, got 'yes'"):
        DeterminismHook().after_catalog_created({"deterministic": "yes"})
