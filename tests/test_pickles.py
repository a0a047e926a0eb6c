"""A pickle handed in as weights is refused wherever weights can be named, and what it would run does not run."""

import json
import os
import pickle

import pytest
import torch

from real_cloned.artifacts.weights import read_weights
from real_cloned.core.errors import RealClonedError
from real_cloned.encoders.baselines.campplus import campplus_tensors
from real_cloned.encoders.baselines.ge2e import ge2e_tensors
from real_cloned.encoders.lstm.runs import load_initial_weights
from real_cloned.vocals.detection.detectors import read_detector
from real_cloned.vocals.separation.models import load_model


class Trap:
    """Makes a file when it is unpickled."""

    def __init__(self, trace):
        self.trace = trace

    def __reduce__(self):
        return os.system, (f"touch {self.trace}",)


@pytest.fixture(params=["plain", "torch"])
def trap(tmp_path, request):
    """A maker of pickles, plain or in torch's zip, that leave a trace when they are opened."""

    def make(name):
        path, content = tmp_path / name, {"model_state": Trap(tmp_path / "trace"), "made_from": "{}"}
        if request.param == "torch":
            torch.save(content, path)
        else:
            path.write_bytes(pickle.dumps(content))
        return path

    yield make
    assert not (tmp_path / "trace").exists()


@pytest.mark.parametrize("name", ["trap.safetensors", "trap.pt"])
@pytest.mark.parametrize("opened", [read_detector, load_model, ge2e_tensors, campplus_tensors])
def test_a_pickle_is_refused_by_name_as_detector_separator_and_speech_weights(trap, opened, name):
    path = str(trap(name))
    with pytest.raises(RealClonedError, match=path):
        opened(path)


def test_a_pickle_is_refused_as_weights_of_the_catalog_and_of_a_run_to_start_from(trap, tmp_path):
    path = trap("weights.safetensors")
    (tmp_path / "run.json").write_text(json.dumps({"name": "run", "ancestors": []}))
    with pytest.raises(RealClonedError, match="holds no weights"):
        read_weights(path)
    with pytest.raises(RealClonedError, match="holds no weights"):
        load_initial_weights(torch.nn.Linear(1, 1), tmp_path)


def test_the_trap_springs_where_it_is_unpickled(tmp_path):
    pickle.loads(pickle.dumps(Trap(tmp_path / "trace")))  # noqa: S301 (it is our own)
    assert (tmp_path / "trace").exists()
