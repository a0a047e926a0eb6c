"""Folders of files for the readers, which never open them, and small WAVs for the decoder."""

import pytest

from real_cloned.parameters.ingest import CorpusParameters
from real_cloned.schemas.corpora import FoundTracks, Rejected
from tests import sounds


@pytest.fixture
def corpus(tmp_path):
    """Parameters of a corpus at `tmp_path`."""

    def make(**settings):
        return CorpusParameters(**{"name": "closed", "root": str(tmp_path), "split": "probe", **settings})

    return make


@pytest.fixture
def touch(tmp_path):
    """Make files, of a few bytes, at paths relative to `tmp_path`."""

    def make(*paths):
        for path in paths:
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_bytes(b"not opened by readers")

    return make


@pytest.fixture
def write_wav():
    """Write a WAV file of (n_channels, n) int16."""
    return sounds.write_wav


@pytest.fixture
def valid():
    """Hold a reading against its schemas, as the catalog does, and return it with the reasons by path."""

    def check(reading):
        found, rejected = FoundTracks.validate(reading[0]), Rejected.validate(reading[1])
        assert all(ids[0] == singer for ids, singer in zip(found["singer_ids"], found["singer_id"], strict=True))
        assert set(rejected["stage"]) <= {"ingest"}
        return found, dict(zip(rejected["path"], rejected["reason"], strict=True))

    return check
