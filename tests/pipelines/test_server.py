"""Enrolment and identification over HTTP on the loopback address, by the server that Kedro has."""

import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pandas as pd
import pytest
import yaml

from tests.pipelines.study import ONE_ENCODER, ROOT, TINY

pytest.importorskip("uvicorn")
pytestmark = pytest.mark.slow

MFCC = {"n_mfcc": 8, "inference_stem": "mixture"}


@pytest.fixture(scope="module")
def study(new_study):
    """The demo's recordings below a folder, which the configuration names as the only one."""
    made = new_study("demo", ONE_ENCODER)
    made.run("ingest")
    folder = str(made.data / "01_raw/demo")
    settings = {
        "pretrain": {**TINY["pretrain"], "mfcc": MFCC},
        "vocal_filter": {"threshold": 0.0},
        "enrol": {"encoder": "mfcc", "folder": folder},
        "identify": {"folder": folder},
    }
    parameters = made.conf / "demo" / "parameters.yml"
    merged = {**yaml.safe_load(parameters.read_text()), **settings}
    parameters.write_text(yaml.safe_dump(merged))
    return made


@pytest.fixture(scope="module")
def ask(study):
    """Send a request to run a pipeline to the server, and return its answer."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    kedro = shutil.which("kedro") or str(Path(sys.executable).parent / "kedro")
    command = [kedro, "server", "start", "--env=demo", f"--conf-source={study.conf}", f"--port={port}"]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(f"{address}/health", server)
        yield lambda pipeline, **params: post(f"{address}/run", {"pipeline_names": [pipeline], "params": params})
    finally:
        server.terminate()
        server.wait(60)


def test_singers_are_enrolled_and_recordings_identified_by_relative_paths(ask, study):
    done = ask("enrol", enrol={"corpus": {"root": "closed"}})
    assert done.get("error") is None
    done = ask("identify", identify={"input": "cloned"})
    assert done.get("error") is None
    answers = pd.read_csv(study.data / "08_reporting/identifications.csv")
    assert len(answers) == 6


@pytest.mark.parametrize("path", ["/etc", "../..", "../../../conf"])
def test_a_path_outside_of_the_folder_is_refused(ask, path):
    for refused in (
        ask("identify", identify={"input": path}),
        ask("enrol", enrol={"corpus": {"root": path}}),
    ):
        assert refused["status"] == "failure"
        assert "lies outside of" in refused["error"]["message"]


@pytest.mark.parametrize("params", [{"identify": {"input": "/etc", "folder": "/"}}, {"identify": {"folder": None}}])
def test_the_folder_cannot_be_set_by_a_request(ask, params):
    refused = ask("identify", **params)
    assert refused["status"] == "failure"
    assert "identify.folder can only be set in a file of conf/" in refused["error"]["message"]


def post(address, body):
    request = urllib.request.Request(address, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=400) as response:
        return json.loads(response.read())


def wait_for(address, server):
    for _ in range(600):
        assert server.poll() is None, "the server ended"
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.5)
    raise AssertionError("the server does not answer")
