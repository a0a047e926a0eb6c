"""By which hash an encoder is known."""

import torch

from real_cloned.artifacts.weights import Weights, content_hash, read_weights, write_weights

WEIGHTS = Weights({"a": torch.arange(3.0), "b": torch.zeros(2, 2)}, {"pretrain": {"name": "x"}})


def test_a_hash_stays_through_a_file_and_does_not_depend_on_the_order_of_tensors(tmp_path):
    write_weights(tmp_path / "weights.safetensors", WEIGHTS)
    assert content_hash(read_weights(tmp_path / "weights.safetensors")) == content_hash(WEIGHTS)
    assert content_hash(Weights(dict(reversed(WEIGHTS.tensors.items())), WEIGHTS.config)) == content_hash(WEIGHTS)


def test_a_number_a_name_a_shape_and_a_setting_change_the_hash():
    changed = [
        Weights({**WEIGHTS.tensors, "a": torch.tensor([0.0, 1.0, 2.0001])}, WEIGHTS.config),
        Weights({"c": WEIGHTS.tensors["a"], "b": WEIGHTS.tensors["b"]}, WEIGHTS.config),
        Weights({**WEIGHTS.tensors, "b": torch.zeros(4)}, WEIGHTS.config),
        Weights(WEIGHTS.tensors, {"pretrain": {"name": "y"}}),
    ]
    assert len({content_hash(one) for one in [WEIGHTS, *changed]}) == 5
