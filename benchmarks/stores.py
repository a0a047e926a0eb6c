"""How this project's store and four kept formats hold decoded audio: random segments, adding a track, S3, and a kill.

    OMP_NUM_THREADS=1 python -m benchmarks.stores [--only ours lance zarr litdata mds] [--tracks 64] [--reads 2000]

The formats are Lance, Zarr 3 (through obstore), LitData and Mosaic's MDS, of the packages pylance, zarr with obstore,
litdata and mosaicml-streaming, none of which the project needs; what is not installed is left out. Tracks are noise of
a minute, int16 stereo, at 16 and at 44.1 kHz. A random read is one of 6 s at any place, and once one that begins at a
multiple of 6 s: LitData and MDS read samples as they were written, which are of 6 s here, so that any other place takes
two of them. Reads are copied into a batch. Files are in the page cache, and reads are counted by CPU time, which other
work on the machine changes less. S3 is moto's server on this machine, and reads from it are counted by the clock,
opening included.
The kill comes while tracks are added one by one; then all tracks from before it are compared, and those added counted.
"""

import argparse
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from real_cloned.audio.clip_task import ClipTask
from real_cloned.audio.segment_bank import SegmentBank
from real_cloned.audio.shard_files import read_frames, shard_path
from real_cloned.audio.shard_store import ShardStore
from real_cloned.audio.shard_writer import ShardWriter
from real_cloned.audio.store_plan import StorePlan, write_store

TRACK_S, SEGMENT_S = 60, 6
SHARD_BYTES = 64 * 2**20
BUCKET = "stores"
N_S3_TRACKS, N_S3_READS = 4, 20
N_KILL_TRACKS = 8

Read = Callable[[int, int], Any]
"""From a track's number and its first frame to (n_frames, 2) int16 of 6 s."""


def track(number: int, rate: int) -> Any:
    """Return a track, (n_frames, 2) int16."""
    return np.random.default_rng(number).integers(-9999, 9999, (TRACK_S * rate, 2), np.int16)


class Store(Protocol):
    """A format; a folder holds one store."""

    def add(self, folder: str, numbers: Sequence[int], rate: int) -> None:
        """Write tracks into a new store, or add them to one, whose tracks have the numbers before."""
        ...

    def open(self, folder: str, rate: int) -> Read:
        """Return what reads segments, from a path or an address that begins with s3://."""
        ...


@dataclass(frozen=True)
class OurTrack(ClipTask):
    """The task of one track of the project's store."""

    track_id: str
    rate: int

    def __call__(self, shard: ShardWriter) -> None:
        shard.clip(self.track_id, "mixture").append(track(int(self.track_id), self.rate).T)


class Ours:
    """The project's own store; on S3, ranges of its files through fsspec."""

    def add(self, folder: str, numbers: Sequence[int], rate: int) -> None:
        plan = [OurTrack(str(number), rate) for number in range(numbers[-1] + 1)]
        write_store(Path(folder), StorePlan(plan), rate, 2)

    def open(self, folder: str, rate: int) -> Read:
        if not folder.startswith("s3:"):
            store = ShardStore(Path(folder))
            segments = pd.DataFrame({"track_id": store.index["track_id"], "offset_s": 0.0})
            bank = SegmentBank.from_stores(segments, ["mixture"], store, store, SEGMENT_S)
            frames = np.empty((SEGMENT_S * rate, 2), np.int16)

            def read_local(number: int, first: int) -> Any:
                file, start, _ = bank.clips[bank.clip_index[number]]
                read_frames(bank.files[file], int(start) + first, frames)
                return frames

            return read_local
        import fsspec

        files = fsspec.filesystem("s3", client_kwargs={"endpoint_url": os.environ["AWS_ENDPOINT_URL"]})
        with files.open(f"{folder}/index.parquet") as index:
            clips = pd.read_parquet(index).set_index("track_id")

        def read(number: int, first: int) -> Any:
            clip = clips.loc[str(number)]
            start, n_bytes = 4 * first, 4 * SEGMENT_S * rate
            path = shard_path(Path(folder.removeprefix("s3://")), str(clip["content_sha256"])).as_posix()
            return np.frombuffer(files.cat_file(path, start=start, end=start + n_bytes), np.int16).reshape(-1, 2)

        return read


class Lance:
    """A row for each track, its samples a blob that is read from any place."""

    def add(self, folder: str, numbers: Sequence[int], rate: int) -> None:
        import lance
        import pyarrow as pa

        schema = pa.schema([pa.field("samples", pa.large_binary(), metadata={"lance-encoding:blob": "true"})])
        rows = (pa.record_batch([[track(number, rate).tobytes()]], schema) for number in numbers)
        mode = "append" if Path(folder).exists() else "create"
        lance.write_dataset(pa.RecordBatchReader.from_batches(schema, rows), folder, mode=mode)

    def open(self, folder: str, rate: int) -> Read:
        import lance

        options = {"aws_endpoint": os.environ.get("AWS_ENDPOINT_URL", ""), "allow_http": "true"}
        dataset = lance.dataset(folder, storage_options=options if folder.startswith("s3:") else None)

        def read(number: int, first: int) -> Any:
            (blob,) = dataset.take_blobs("samples", indices=[number])
            with blob:
                blob.seek(4 * first)
                return np.frombuffer(blob.read(4 * SEGMENT_S * rate), np.int16).reshape(-1, 2)

        return read


class Zarr:
    """One array of all frames, in chunks of a second and shards of a track, not compressed."""

    def add(self, folder: str, numbers: Sequence[int], rate: int) -> None:
        import zarr

        n_frames, store = TRACK_S * rate, self._store(folder)
        if numbers[0] == 0:
            array = zarr.create_array(
                store, shape=(0, 2), dtype="int16", chunks=(rate, 2), shards=(n_frames, 2), compressors=None
            )
        else:
            array = zarr.open_array(store, mode="r+")
        for number in numbers:
            array.resize(((number + 1) * n_frames, 2))
            array[number * n_frames :] = track(number, rate)

    def open(self, folder: str, rate: int) -> Read:
        import zarr

        array = zarr.open_array(self._store(folder), mode="r")
        starts = TRACK_S * rate
        return lambda number, first: array[number * starts + first : number * starts + first + SEGMENT_S * rate]

    def _store(self, folder: str) -> Any:
        from obstore.store import LocalStore, S3Store
        from zarr.storage import ObjectStore

        if not folder.startswith("s3:"):
            return ObjectStore(LocalStore(folder, mkdir=True))
        options = {"allow_http": True}
        return ObjectStore(S3Store.from_url(folder, endpoint=os.environ["AWS_ENDPOINT_URL"], client_options=options))


def read_samples(sample: Callable[[int], Any], rate: int) -> Read:
    """Return what reads segments at any place from samples of 6 s."""
    n_frames = SEGMENT_S * rate

    def read(number: int, first: int) -> Any:
        index, rest = divmod(number * TRACK_S * rate + first, n_frames)
        return np.concatenate([sample(index)[rest:], sample(index + 1)[:rest]]) if rest else sample(index)

    return read


class LitData:
    """A sample for each 6 s, in chunks of 64 MiB."""

    def add(self, folder: str, numbers: Sequence[int], rate: int) -> None:
        from litdata import optimize

        optimize(
            LitDataTrack(rate), list(numbers), folder, chunk_bytes=SHARD_BYTES, num_workers=1,
            mode="append" if Path(folder).exists() else None, verbose=False,
        )  # fmt: skip

    def open(self, folder: str, rate: int) -> Read:
        from litdata import StreamingDataset

        options = {"endpoint_url": os.environ.get("AWS_ENDPOINT_URL")} if folder.startswith("s3:") else {}
        dataset = StreamingDataset(folder, shuffle=False, storage_options=options)
        return read_samples(lambda sample: dataset[sample], rate)


class LitDataTrack:
    """From a track's number to its samples; the processes of LitData unpickle it."""

    def __init__(self, rate: int):
        self.rate = rate

    def __call__(self, number: int) -> Iterator[Any]:
        yield from np.split(track(number, self.rate), TRACK_S // SEGMENT_S)


class Mds:
    """A sample for each 6 s, in shards of 64 MiB; what is added is another folder, and the index is merged."""

    def add(self, folder: str, numbers: Sequence[int], rate: int) -> None:
        from streaming import MDSWriter
        from streaming.base.util import merge_index

        columns = {"samples": f"ndarray:int16:{SEGMENT_S * rate},2"}
        with MDSWriter(out=f"{folder}/{numbers[0]:06d}", columns=columns, size_limit=SHARD_BYTES) as writer:
            for number in numbers:
                for samples in np.split(track(number, rate), TRACK_S // SEGMENT_S):
                    writer.write({"samples": samples})
        Path(folder, "index.json").unlink(missing_ok=True)
        merge_index(folder)

    def open(self, folder: str, rate: int) -> Read:
        from streaming import StreamingDataset

        os.environ["S3_ENDPOINT_URL"] = os.environ.get("AWS_ENDPOINT_URL", "")
        if folder.startswith("s3:"):
            dataset = StreamingDataset(remote=folder, local=tempfile.mkdtemp(), shuffle=False, batch_size=1)
        else:
            dataset = StreamingDataset(local=folder, shuffle=False, batch_size=1)
        return read_samples(lambda sample: dataset[sample]["samples"], rate)


STORES: dict[str, tuple[Store, str]] = {
    "ours": (Ours(), "real_cloned"), "lance": (Lance(), "lance"), "zarr": (Zarr(), "obstore"),
    "litdata": (LitData(), "litdata"), "mds": (Mds(), "streaming"),
}  # fmt: skip
"""Each with the module that it needs."""


def random_reads(read: Read, n_tracks: int, n_reads: int, rate: int, step: int = 1) -> float:
    """Return how many random reads a second of CPU time does, the median of five; some are checked."""
    rng, n_frames = np.random.default_rng(0), SEGMENT_S * rate
    n_places = (TRACK_S - SEGMENT_S) * rate // step + 1
    places = [(int(rng.integers(n_tracks)), int(rng.integers(n_places)) * step) for _ in range(n_reads)]
    for number, first in places[:5]:
        assert np.array_equal(read(number, first), track(number, rate)[first : first + n_frames])
    batch, rates = np.empty((n_frames, 2), np.int16), []
    for _ in range(5):
        start = time.process_time()
        for number, first in places:
            batch[:] = read(number, first)
        rates.append(n_reads / (time.process_time() - start))
    return sorted(rates)[2]


def measure(name: str, folder: Path, n_tracks: int, n_reads: int) -> list[str]:
    """Return the cells of a format's row."""
    store = STORES[name][0]
    cells, path = [], str(folder / "store")
    for rate in (16000, 44100):
        shutil.rmtree(path, ignore_errors=True)
        store.add(path, range(n_tracks), rate)
        os.sync()
        read = store.open(path, rate)
        if rate == 16000:
            cells.append(f"{random_reads(read, n_tracks, n_reads, rate, SEGMENT_S * rate):,.0f}")
        cells.append(f"{random_reads(read, n_tracks, n_reads, rate):,.0f}")
    start = time.perf_counter()
    store.add(path, [n_tracks], rate)
    added_s = time.perf_counter() - start
    cells.append(f"{added_s:.2f} s")
    random_reads(store.open(path, rate), n_tracks + 1, 5, rate)
    return [*cells, kill(name, folder / "killed", 1.6 * max(1.0, added_s))]


def kill(name: str, folder: Path, after_s: float) -> str:
    """Kill a process that adds tracks, some seconds after it has begun; return what is left."""
    store, rate = STORES[name][0], 16000
    store.add(str(folder), range(N_KILL_TRACKS), rate)
    command = [sys.executable, "-m", "benchmarks.stores", "--add-until-killed", name, str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(after_s)
    os.killpg(process.pid, signal.SIGKILL)
    n_said = 1 + len(process.stdout.read().splitlines())
    whole = n_whole(store, folder, rate, N_KILL_TRACKS + n_said + 1)
    try:
        store.add(str(folder), [max(whole, 1)], rate)
        after = n_whole(store, folder, rate, max(whole, 1) + 1) == max(whole, 1) + 1
    except Exception as error:  # noqa: BLE001 (whatever a format says is the result)
        return f"{whole} of {N_KILL_TRACKS}+{n_said} tracks whole; then {type(error).__name__}"
    return f"{whole} of {N_KILL_TRACKS}+{n_said} tracks whole; goes on: {'yes' if after else 'no'}"


def n_whole(store: Store, folder: Path, rate: int, n_tracks: int) -> int:
    """Return how many tracks can be read and are as they were written, from the first one on."""
    for number in range(n_tracks):
        try:
            read, first = store.open(str(folder), rate), SEGMENT_S * rate * 9
            assert np.array_equal(read(number, first), track(number, rate)[first : first + SEGMENT_S * rate])
        except Exception:  # noqa: BLE001
            return number
    return n_tracks


@contextmanager
def s3_server() -> Iterator[Any]:
    """Yield a client of an S3 server on this machine, which the environment names for all formats."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    os.environ |= {"AWS_ENDPOINT_URL": f"http://{host}:{port}", "AWS_ACCESS_KEY_ID": "a"}
    os.environ |= {"AWS_SECRET_ACCESS_KEY": "b", "AWS_DEFAULT_REGION": "us-east-1"}
    client = boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
    client.create_bucket(Bucket=BUCKET)
    try:
        yield client
    finally:
        server.stop()


def measure_s3(name: str, folder: Path, client: Any) -> str:
    """Return how many random reads a second come from S3, with what they wait for first."""
    store, rate = STORES[name][0], 16000
    store.add(str(folder), range(N_S3_TRACKS), rate)
    for file in folder.rglob("*"):
        if file.is_file():
            client.upload_file(str(file), BUCKET, f"{name}/{file.relative_to(folder).as_posix()}")
    start = time.perf_counter()
    read = store.open(f"s3://{BUCKET}/{name}", rate)
    random_reads(read, N_S3_TRACKS, N_S3_READS, rate)
    return f"{(5 * N_S3_READS + 5) / (time.perf_counter() - start):.0f}"


def add_until_killed(name: str, folder: str) -> None:
    """Add tracks one by one, and say so after each."""
    for number in range(N_KILL_TRACKS, 10**6):
        STORES[name][0].add(folder, [number], 16000)
        print(number, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=STORES, default=list(STORES))
    parser.add_argument("--tracks", type=int, default=64, help="of a minute each")
    parser.add_argument("--reads", type=int, default=2000)
    parser.add_argument("--add-until-killed", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    if arguments.add_until_killed:
        add_until_killed(*arguments.add_until_killed)
        return
    print("| format | multiples of 6 s | any place | any place, 44.1 kHz | a track added in | killed | S3 |")
    print("|---|---:|---:|---:|---:|---|---:|")
    for name in arguments.only:
        if importlib.util.find_spec(STORES[name][1]) is None:
            print(f"| {name} | not installed | – | – | – | – | – |")
            continue
        with tempfile.TemporaryDirectory() as folder:
            cells = measure(name, Path(folder), arguments.tracks, arguments.reads)
        with tempfile.TemporaryDirectory() as folder, s3_server() as client:
            try:
                cells.append(measure_s3(name, Path(folder), client))
            except Exception as error:  # noqa: BLE001 (whatever a format says is the result)
                cells.append(f"{type(error).__name__}: {str(error)[:80]}")
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
