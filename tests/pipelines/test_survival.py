"""What a run says, and what it leaves, where files are damaged, gone or not to be had: and then it goes on."""

import os
import shutil
import subprocess
import sys

import pandas as pd
import pytest
import yaml
from kedro.framework.cli.utils import KedroCliError

from real_cloned.audio.shard_store import ShardStore
from tests.pipelines.study import ROOT

pytestmark = pytest.mark.slow


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


DAMAGES = {
    "03_primary/closed/tracks.parquet": ("vocal_filter", "tracks.parquet is damaged .*: delete it and run again"),
    "06_models/mixture/weights.safetensors": ("embed", "weights.safetensors holds no weights .*; delete it and run"),
    "02_intermediate/closed/audio/shards/*/*.i16": ("vocal_filter", r"\.i16 is missing or cut short"),
    "05_model_input/mixture/closed/embeddings.npy": ("probe", "embeddings.npy or its index cannot be read .*; delete"),
}


@pytest.mark.parametrize(("name", "slice_", "message"), [(name, *what) for name, what in DAMAGES.items()])
def test_a_damaged_file_is_named_by_what_reads_it_and_made_anew_by_a_whole_run(whole, name, slice_, message):
    before = whole.contents()
    cut(sorted(whole.data.glob(name))[0])
    damaged = whole.contents()
    with pytest.raises(KedroCliError, match=message):
        whole.run(slice_)
    assert whole.contents() == damaged
    whole.run("__default__")
    assert [name for name, content in whole.contents().items() if before.get(name) != content] == []


def test_the_demo_is_made_again_where_its_folder_is_gone(whole):
    before = whole.contents()
    shutil.rmtree(whole.data / "01_raw" / "demo")
    whole.run("__default__")
    after = whole.contents()
    assert after.keys() == before.keys()
    assert [name for name, content in after.items() if before[name] != content] == []


def test_a_table_of_the_demo_that_is_gone_is_named_and_no_singer_is_called_by_a_folder(whole, tmp_path):
    manifest = whole.data / "01_raw" / "demo" / "closed" / "manifest.csv"
    before = whole.contents()
    shutil.move(manifest, tmp_path / "manifest.csv")
    with pytest.raises(KedroCliError, match="manifest.csv"):
        whole.run("__default__")
    shutil.move(tmp_path / "manifest.csv", manifest)
    whole.run("__default__")
    assert whole.contents() == before


def test_a_recording_that_is_gone_since_it_was_listed_is_a_row_and_comes_back_with_the_file(whole, tmp_path):
    before = whole.contents()
    found = whole.load("closed.candidates")
    song = whole.data / "01_raw" / "demo" / "closed" / found["path"].iloc[0]
    shutil.move(song, tmp_path / "song.mp3")
    with whole.session() as session:
        session.run(node_names=["ingest.closed.decode_tracks", "ingest.closed.describe_tracks"])
    rows = whole.load("closed.rejected_by_decoding").set_index("track_id")["reason"]
    assert list(rows.index) == [found["track_id"].iloc[0]] and rows.iloc[0].lower().startswith("no such file")
    shutil.move(tmp_path / "song.mp3", song)
    whole.run("__default__")
    assert [name for name, content in whole.contents().items() if before.get(name) != content] == []


def kedro(study, *arguments, within=()):
    """Run `kedro run` as a user does, `within` being what the command is run by; return what it printed, and how."""
    config = study.conf / "run.yml"
    told = {"env": study.env, "conf_source": str(study.conf), "params": study.parameters}
    config.write_text(yaml.safe_dump({"run": told}))
    done = subprocess.run(
        [*within, sys.executable, "-m", "kedro", "run", f"--config={config}", *arguments],
        cwd=ROOT, env={**os.environ, "COLUMNS": "1000", "DO_NOT_TRACK": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stdout + done.stderr, done.stdout + done.stderr
    return done


def possible(*within):
    return subprocess.run([*within, "true"], capture_output=True, check=False).returncode == 0


OBEDIENT = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ("env",)
"""Root may read everything; without these two rights it is as other users are."""
APART = ("unshare", "--map-root-user", "--mount")
"""Whoever has a name space of one's own may mount file systems in it."""
needs_rights = pytest.mark.skipif(not possible(*OBEDIENT), reason="rights cannot be given up here")
needs_mounts = pytest.mark.skipif(not possible(*APART, "sh", "-c", "mount -t tmpfs none /mnt"), reason="needs mounts")


@needs_rights
def test_a_recording_without_permission_costs_a_row_and_a_table_without_permission_is_named(new):
    assert kedro(new, "--nodes=ingest.demo.make_demo").returncode == 0
    song = next((new.data / "01_raw" / "demo" / "closed").rglob("*.flac"))
    song.chmod(0)
    done = kedro(new, "--pipelines=ingest", within=OBEDIENT)
    assert done.returncode == 0, done.stderr
    assert "Permission denied" in new.load("closed.rejected_by_ingest")["reason"].item()
    song.chmod(0o644)
    table = new.data / "03_primary" / "closed" / "tracks.parquet"
    table.chmod(0)
    done = kedro(new, "--pipelines=vocal_filter", within=OBEDIENT)
    assert done.returncode == 1
    assert "The run stopped: " in done.stderr and f"{table} cannot be read: permission is denied" in done.stderr


@needs_mounts
def test_a_folder_that_can_only_be_read_is_named_before_any_work(whole):
    before = whole.contents()
    script = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
    done = kedro(whole, within=(*APART, "sh", "-c", script, str(whole.data)))
    assert done.returncode == 1
    assert f"The run stopped: {whole.data} cannot be written to (Read-only file system)" in done.stderr
    assert whole.contents() == before


@needs_mounts
@pytest.mark.parametrize("megabytes", [12, 100])
def test_a_full_disk_is_one_message_leaves_nothing_half_made_and_with_more_room_the_run_goes_on(
    new, whole, tmp_path, megabytes
):
    script = 'mount -t tmpfs -o size="$1"m none "$0"; left=$2; shift 2; "$@"; code=$?; cp -a "$0" "$left"; exit $code'
    new.data.mkdir(exist_ok=True)
    within = (*APART, "sh", "-c", script, str(new.data), str(megabytes), str(tmp_path / "left"))
    done = kedro(new, within=within)
    assert done.returncode == 1, done.stdout
    assert "The run stopped: " in done.stderr and "the disk is full: free some space" in done.stderr
    new.data.rmdir()
    shutil.copytree(tmp_path / "left", new.data)
    for table in new.data.rglob("*.parquet"):
        pd.read_parquet(table)
    for store in new.data.rglob("store.json"):
        ShardStore(store.parent)
    new.run("__default__")
    assert new.contents().keys() == whole.contents().keys()
