"""Hours and cost of the paper's whole set, extrapolated from measured rates: nothing is measured here.

    python -m benchmarks.expected_cost [--price-per-core-hour 1] [--price-per-gpu-hour 1]

It prints the Markdown tables of docs/scaling.md, "Hours and cost": the hours of one CPU core, or of one GPU, that each
stage takes, and these hours divided by numbers of them. Prices are the user's, in any currency; with those of 1, a cost
is the number of hours. Rates are those of `benchmarks.expected_hours`, and what is assumed is called ASSUMED there.
"""

import argparse
from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.expected_hours import (
    ASSUMED_PRETRAIN_EPOCHS,
    ASSUMED_SONG_S,
    AUDIO,
    DECODED,
    EMBEDDED,
    FMA_S,
    HDEMUCS,
    HEARD,
    MODELS_OF_MDX_EXTRA,
    MTG_S,
    PAPER,
    PROBE,
    Rate,
    cpu_step_s,
    pretrain_epoch_s,
    probe_s,
    shown,
    table,
)
from benchmarks.flop import BACKWARD
from real_cloned.reporting.published import published_wide

H200_STEP = Rate(6375, "| the code of then, 10,000 tracks (7.2 GiB, resident) | 40 | 6,375 | – |")
"""Segments a second in a training step of the paper's encoder, the only rate that was measured on a GPU."""
TIMED_CORES = 2
"""Of the machine on which separation, pretraining and the probe were timed by the clock."""
FIRST_FILTER_TRACKS = 4_000_000
"""That the paper collects before the vocal filter (section 3.1)."""
VARIANTS = ("mixture", "vocal", "hybrid", "clmr")
"""Of the paper's tables."""
CORES, GPUS = (16, 64, 256), (1, 4, 16)


@dataclass(frozen=True)
class Work:
    """What a stage takes.

    Attributes:
        stage: Its name, and what it is done with.
        n_tracks: How many go through it.
        core_s: Seconds of one CPU core.
        gpu_s: Seconds of one GPU, where they can be extrapolated from a measurement.
    """

    stage: str
    n_tracks: int
    core_s: float
    gpu_s: float | None = None


def audio_s() -> dict[str, float]:
    """Return the seconds of audio of each of the paper's corpora."""
    songs = n_songs()
    length_s = {"fma": FMA_S, "mtg": MTG_S}
    return {corpus: songs[corpus] * length_s.get(corpus, ASSUMED_SONG_S) for corpus in songs}


def n_songs() -> dict[str, int]:
    """Return the number of songs of each of the paper's corpora (Table 1)."""
    songs = published_wide("table1", ["corpus"]).set_index("corpus")["published_songs"].astype(int).to_dict()
    return {str(corpus): number for corpus, number in songs.items()}


def works() -> list[Work]:
    """Return what each stage takes with the paper's whole set."""
    seconds, songs = audio_s(), n_songs()
    listed_s, used_s = FIRST_FILTER_TRACKS * ASSUMED_SONG_S, sum(seconds.values())
    identified = [corpus for corpus in seconds if corpus not in ("train", "validation")]
    n_identified = sum(songs[corpus] for corpus in identified)
    n_segments = len(VARIANTS) * sum(seconds[corpus] for corpus in identified) / AUDIO["segment_s"]
    epochs = ASSUMED_PRETRAIN_EPOCHS * len(VARIANTS)
    return [
        Work("ingest, first filter", FIRST_FILTER_TRACKS, listed_s / DECODED.value),
        Work("vocal_filter, first filter", FIRST_FILTER_TRACKS, listed_s / HEARD.value),
        Work("separation by `mdx_extra`", sum(songs.values()), separation_core_s(used_s)),
        Work(
            f"pretrain, {len(VARIANTS)} variants",
            songs["train"] + songs["validation"],
            epochs * TIMED_CORES * pretrain_epoch_s(cpu_step_s()),
            epochs * pretrain_epoch_s(2 * PAPER["pairs_per_batch"] / H200_STEP.value),
        ),
        Work(
            f"embed, {len(VARIANTS)} variants",
            n_identified,
            n_segments / EMBEDDED.value,
            n_segments / (H200_STEP.value * (1 + BACKWARD)),
        ),
        Work(f"probe, {len(VARIANTS)} variants", n_identified, len(VARIANTS) * probe_core_s()),
    ]


def separation_core_s(seconds: float) -> float:
    """Return the seconds of one core in which so many seconds of audio are separated by all models of `mdx_extra`."""
    return TIMED_CORES * seconds * MODELS_OF_MDX_EXTRA / HDEMUCS.value


def probe_core_s() -> float:
    """Return the seconds of one core of the probes of a variant, at every number of classes."""
    singers = published_wide("table1", ["corpus"]).set_index("corpus")["published_singers"].astype(int)
    counts = {name: [singers[name]] if given == "all" else given for name, given in PROBE["n_singers"].items()}
    return TIMED_CORES * sum(
        probe_s(int(count)) for name, given in counts.items() if name != "cloned" for count in given
    )


def core_rows(price: float) -> Iterable[list[str]]:
    """Yield a row for each stage: hours of a core, hours on some cores, and the cost at a price per hour of a core."""
    for work in works():
        yield _row(work, work.core_s, CORES, price)


def gpu_rows(price: float) -> Iterable[list[str]]:
    """Yield a row for each stage that was measured on a GPU: as `core_rows`."""
    for work in works():
        if work.gpu_s is not None:
            yield _row(work, work.gpu_s, GPUS, price)


def _row(work: Work, seconds: float, counts: Iterable[int], price: float) -> list[str]:
    hours = seconds / 3600
    return [
        work.stage,
        f"{work.n_tracks:,}",
        shown(hours),
        *(shown(hours / count) for count in counts),
        shown(hours * price),
    ]


def tables(core_price: float = 1.0, gpu_price: float = 1.0) -> list[str]:
    """Return both tables, of cores and of GPUs."""
    cores = ["extrapolated", "tracks", "core-hours", *(f"on {count}" for count in CORES)]
    gpus = ["extrapolated", "tracks", "GPU-hours", *(f"on {count}" for count in GPUS)]
    return [
        table([*cores, f"cost at {core_price:g} a core-hour"], core_rows(core_price)),
        table([*gpus, f"cost at {gpu_price:g} a GPU-hour"], gpu_rows(gpu_price)),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--price-per-core-hour", type=float, default=1.0, help="in any currency; 1 counts hours")
    parser.add_argument("--price-per-gpu-hour", type=float, default=1.0, help="in any currency; 1 counts hours")
    arguments = parser.parse_args()
    print("\n\n".join(tables(arguments.price_per_core_hour, arguments.price_per_gpu_hour)))


if __name__ == "__main__":
    main()
