"""The benchmark of stores reads the project's own store from S3."""

import pytest

from benchmarks import stores


@pytest.mark.slow
@pytest.mark.usefixtures("object_storage")
def test_segments_from_s3_are_those_that_were_written(tmp_path, monkeypatch):
    import boto3

    monkeypatch.setattr(stores, "N_S3_TRACKS", 1)
    client = boto3.client("s3")
    client.create_bucket(Bucket=stores.BUCKET)
    assert float(stores.measure_s3("ours", tmp_path, client)) > 0  # it compares some of what it reads
