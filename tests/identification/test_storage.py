"""A registry in a folder: a round trip, and one line about each thing that does not fit."""

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.numpy import load_file, save_file

from real_cloned.artifacts.weights import Weights, write_weights
from real_cloned.core.errors import RealClonedError
from real_cloned.identification import storage
from real_cloned.identification.registry import Registry
from tests.identification.people import NAMES, registry

ENCODER = Weights({"bias": torch.arange(3.0)}, {"pretrain": {"name": "made up"}})


@pytest.fixture
def folder(tmp_path):
    storage.write_registry(tmp_path / "registry", registry(NAMES[:3]), ENCODER)
    return tmp_path / "registry"


def test_what_is_read_is_what_was_written(folder):
    made, (read, encoder) = registry(NAMES[:3]), storage.read_registry(folder)
    pd.testing.assert_frame_equal(read.tracks, made.tracks, check_dtype=False)
    np.testing.assert_array_equal(read.embeddings, made.embeddings)
    np.testing.assert_array_equal(read.durations_s, made.durations_s)
    assert read.config == made.config
    assert torch.equal(encoder.tensors["bias"], ENCODER.tensors["bias"])


def test_a_registry_of_nobody_can_be_kept(tmp_path):
    storage.write_registry(tmp_path, Registry.empty({}), ENCODER)
    assert storage.read_registry(tmp_path)[0].singers.empty


def test_another_encoder_is_refused(folder):
    write_weights(folder / storage.ENCODER, Weights({"bias": torch.zeros(3)}, ENCODER.config))
    with pytest.raises(RealClonedError, match="another encoder made.*enrol the singers again"):
        storage.read_registry(folder)


def test_another_version_is_refused(folder, monkeypatch):
    monkeypatch.setattr(storage, "VERSION", 2)
    with pytest.raises(RealClonedError, match="registry of format 1, and this version of real_cloned reads format 2"):
        storage.read_registry(folder)


def test_missing_damaged_and_foreign_files_are_named(folder):
    tracks = folder / storage.TRACKS
    pd.read_parquet(tracks).iloc[1:].to_parquet(tracks)
    with pytest.raises(RealClonedError, match="tracks.parquet does not belong to"):
        storage.read_registry(folder)
    tracks.write_bytes(b"no table")
    with pytest.raises(RealClonedError, match="damaged registry.*enrol"):
        storage.read_registry(folder)
    tracks.unlink()
    with pytest.raises(RealClonedError, match="holds no registry of singers .tracks.parquet is missing"):
        storage.read_registry(folder)


def test_a_safetensors_file_of_something_else_is_no_registry(folder):
    save_file(load_file(folder / storage.REGISTRY), str(folder / storage.REGISTRY))
    with pytest.raises(RealClonedError, match="format unknown"):
        storage.read_registry(folder)
