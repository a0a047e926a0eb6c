"""Who is singing, on real voices: how many recordings of enrolled singers are named, and how many others are.

    python -m benchmarks.identify --root PATH [--encoder speaker] [--separator spleeter] [--under singers songs]
        [--model probe]
    python -m benchmarks.identify --root PATH --over-bands

PATH holds manifest.csv with path, singer_id and album. The albums of each singer are divided in turn into those that
are enrolled and those that are identified; both halves are tried. Clips are asked about alone, and those of one song
together. Singers with one album are never enrolled. Then each
enrolled singer is left out of the registry in turn, and the singer's recordings are to be given no name. Thresholds are
found on the enrolled recordings alone, at each of several rates of false accepts.

--over-bands asks the same of the clips of `benchmarks.voices_over_bands`, which are enrolled and identified over bands,
at each of its levels, heard by CAM++ as the mixture and with the band turned down.
"""

import argparse
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.voices_over_bands import CONDITIONS, HEARD_HZ, Kept, embed, hear, load_teacher, read_clips
from real_cloned.api.encoders import load_encoder
from real_cloned.api.voices import VoiceReader
from real_cloned.core.errors import RealClonedError
from real_cloned.identification.answers import answer
from real_cloned.identification.calibration import CalibratedModels, calibrate
from real_cloned.identification.registry import Registry
from real_cloned.identification.voices import Voice
from real_cloned.parameters.enrol import ScoringParameters
from real_cloned.parameters.identify import AnswerParameters

RATES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3)
CHOSEN = 0.05
"""The rate of the defaults."""


def main() -> None:
    arguments = _arguments()
    scoring = ScoringParameters(false_accept_rate=CHOSEN, model=arguments.model)
    if arguments.over_bands:
        print_over_bands(arguments.root, scoring)
        return
    clips = pd.read_csv(arguments.root / "manifest.csv", dtype=str, keep_default_na=False)
    clips = clips[clips["path"].str.partition("/")[0].isin(arguments.under)].reset_index(drop=True)
    try:
        separator = None if arguments.separator == "none" else arguments.separator
        reader = VoiceReader(load_encoder(arguments.encoder, arguments.data, separator))
    except RealClonedError as error:
        raise SystemExit(f"{error}") from error
    start, busy = time.monotonic(), time.process_time()
    voices = dict(zip(clips["path"], reader.read_all([arguments.root / path for path in clips["path"]]), strict=True))
    seconds, busy = time.monotonic() - start, time.process_time() - busy
    minutes = sum(voice.duration_s for voice in voices.values()) / 60
    print(f"{len(clips)} recordings of {clips['singer_id'].nunique()} singers, {minutes:.1f} minutes")
    print(f"encoder {reader.encoder.name}, separator {reader.encoder.separator}")
    print(f"heard in {seconds:.0f} s, {busy:.0f} s of processors")
    songs, joined = join_songs(clips, voices)
    for title, asked, heard in (("each clip alone", clips, voices), ("clips of a song together", songs, joined)):
        for table in evaluate(asked, heard, scoring):
            print(f"\n{title}\n{table.to_string(index=False, float_format='%.1f')}")


def print_over_bands(root: Path, scoring: ScoringParameters) -> None:
    """Print a line for each band, level and stem: shares in percent at the rate of the defaults."""
    try:
        teacher, kept = load_teacher(), Kept()
    except RealClonedError as error:
        raise SystemExit(f"{error}") from error
    heard = read_clips(root, kept)
    clips = pd.DataFrame({"singer_id": [clip.singer for clip in heard], "album": [clip.album for clip in heard]})
    clips["path"] = [f"{album}, clip {number}" for number, album in enumerate(clips["album"])]
    lines = []
    for kind, level_db in CONDITIONS:
        for stem in ("mixture", "turned_down") if level_db is not None else ("mixture",):
            sounds = [hear(clip, kind, level_db, stem, kept) for clip in heard]
            voices = dict(zip(clips["path"], map(_as_voice, sounds, embed(teacher, sounds, kept)), strict=True))
            curve, _ = evaluate(clips, voices, scoring)
            at_rate = curve[curve["rate"] == 100 * CHOSEN].set_index("singers")
            enrolled, left_out = at_rate.loc["enrolled"], at_rate.loc["left out in turn"]
            lines.append(
                {
                    "band": "none" if level_db is None else f"{kind} {level_db:+.0f} dB",
                    "heard": "voice" if level_db is None else stem,
                    "recordings": enrolled["recordings"],
                    "nearest is right": enrolled["nearest is right"],
                    "named rightly": enrolled["named rightly"],
                    "named wrongly": enrolled["named wrongly"],
                    "left out, named": left_out["named wrongly"],
                }
            )
    print(pd.DataFrame(lines).to_string(index=False, float_format="%.1f"))


def _as_voice(sound: NDArray[np.int16], embedding: NDArray[np.float32]) -> Voice:
    """Return a clip that was heard at once as a voice."""
    seconds = sound.shape[1] / HEARD_HZ
    return Voice(seconds, np.zeros(1), np.array([seconds]), embedding[None])


def join_songs(clips: pd.DataFrame, voices: Mapping[str, Voice]) -> tuple[pd.DataFrame, dict[str, Voice]]:
    """Return songs as recordings: the clips of an album one after the other; here an album is a song."""
    joined: dict[str, Voice] = {}
    for album, rows in clips.groupby("album"):
        parts = [voices[path] for path in rows["path"] if voices[path].problem is None]
        if parts:
            starts = np.cumsum([0.0, *(part.duration_s for part in parts[:-1])])
            joined[str(album)] = Voice(
                sum(part.duration_s for part in parts),
                np.concatenate([start + part.offsets_s for start, part in zip(starts, parts, strict=True)]),
                np.concatenate([part.durations_s for part in parts]),
                np.concatenate([part.embeddings for part in parts]),
            )
    songs = clips[clips["album"].isin(joined)].drop_duplicates("album")
    return songs.assign(path=songs["album"]).reset_index(drop=True), joined


def evaluate(
    clips: pd.DataFrame, voices: Mapping[str, Voice], scoring: ScoringParameters
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return shares in percent at each rate of false accepts, and the verdicts at the default rate by singer."""
    asked = pd.concat([_fold(clips, voices, half, scoring) for half in (0, 1)], ignore_index=True)
    rows = pd.concat([_at_rate(asked, rate) for rate in RATES], ignore_index=True)
    return _curve(rows), _by_singer(rows[rows["rate"] == 100 * CHOSEN])


def halves(clips: pd.DataFrame, half: int) -> pd.Series:
    """Return which clips are enrolled: of each singer with several albums, every second album."""
    numbers = clips.groupby("singer_id")["album"].transform(lambda albums: albums.rank(method="dense")).astype(int)
    n_albums = clips.groupby("singer_id")["album"].transform("nunique")
    return (n_albums > 1) & (numbers % 2 == half)


def _at_rate(asked: pd.DataFrame, rate: float) -> pd.DataFrame:
    """Return the answers at another rate of false accepts, which changes nothing but the threshold."""
    is_clear = asked["is_clear"].astype(bool)
    thresholds = [calibration.threshold_at(rate) for calibration in asked["calibration"]]
    is_named = is_clear & (asked["score"] >= thresholds)
    verdicts = asked["verdict"].where(~is_clear, is_named.map({True: "singer", False: "not enrolled"}))
    return asked.assign(rate=100 * rate, verdict=verdicts, named=asked["nearest"].where(is_named))


def _fold(clips: pd.DataFrame, voices: Mapping[str, Voice], half: int, scoring: ScoringParameters) -> pd.DataFrame:
    is_enrolled = halves(clips, half)
    registry = Registry.empty({})
    for singer_id, tracks in clips[is_enrolled].groupby("singer_id"):
        albums = dict(zip(tracks["path"], tracks["album"], strict=True))
        if any(voices[path].problem is None for path in albums):
            registry = registry.add(str(singer_id), {path: voices[path] for path in albums}, albums)
    asked, enrolled = clips[~is_enrolled], set(registry.singers["singer_id"])
    models = calibrate(registry, scoring)
    parts = [_ask(models, asked[asked["singer_id"].isin(enrolled)], voices, "enrolled")]
    parts += [_ask(models, asked[~asked["singer_id"].isin(enrolled)], voices, "never enrolled")]
    for singer_id in sorted(enrolled):
        rest = calibrate(registry.remove(singer_id), scoring)
        parts.append(_ask(rest, asked[asked["singer_id"] == singer_id], voices, "left out in turn"))
    return pd.concat(parts, ignore_index=True)


def _ask(models: CalibratedModels, asked: pd.DataFrame, voices: Mapping[str, Voice], singers: str) -> pd.DataFrame:
    answers = [answer(voices[path], models, AnswerParameters()) for path in asked["path"]]
    return pd.DataFrame(
        {
            "singers": singers,
            "singer_id": asked["singer_id"].to_list(),
            "verdict": [one.verdict for one in answers],
            "is_clear": [one.verdict in ("singer", "not enrolled") for one in answers],
            "score": [one.candidates[0].score if one.candidates else -np.inf for one in answers],
            "calibration": models.of_tracks,
            "nearest": [one.ranking[0] if one.ranking else None for one in answers],
            "normalised": models.models.is_normalised,
        }
    )


def _curve(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows.assign(
        is_right=rows["named"].eq(rows["singer_id"]) & rows["singers"].eq("enrolled"),
        is_nearest=rows["nearest"].eq(rows["singer_id"]),
        is_wrong=rows["named"].notna() & (rows["named"].ne(rows["singer_id"]) | rows["singers"].ne("enrolled")),
        is_answered=rows["verdict"].isin(["singer", "not enrolled"]),
    )
    groups = rows.groupby(["rate", "singers"], sort=False)
    return pd.DataFrame(
        {
            "recordings": groups.size(),
            "answered": 100 * groups["is_answered"].mean(),
            "nearest is right": 100 * groups["is_nearest"].mean(),
            "named rightly": 100 * groups["is_right"].mean(),
            "named wrongly": 100 * groups["is_wrong"].mean(),
            "AS-norm": 100 * groups["normalised"].mean(),
        }
    ).reset_index()


def _by_singer(rows: pd.DataFrame) -> pd.DataFrame:
    enrolled = rows[rows["singers"] == "enrolled"]
    verdicts = enrolled["verdict"].where(
        enrolled["named"].isna() | enrolled["named"].eq(enrolled["singer_id"]), "wrong"
    )
    return pd.crosstab(enrolled["singer_id"], verdicts).reset_index()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, required=True, help="folder that holds manifest.csv")
    parser.add_argument("--encoder", default="speaker", help="a variant, or the path of its weights")
    parser.add_argument("--data", default="data", help="where a study keeps its data, for variants that it trained")
    parser.add_argument(
        "--separator",
        default="spleeter",
        help="where the encoder is given separated vocals; `none`: recordings are voices alone",
    )
    parser.add_argument("--over-bands", action="store_true", help="real voices over bands of other songs")
    parser.add_argument("--model", default="centroid", choices=("centroid", "probe"), help="as `enrol.scoring.model`")
    folders = ["singers", "acapella", "songs"]
    parser.add_argument("--under", nargs="+", default=folders, help="which of the manifest's folders to take")
    return parser.parse_args()


if __name__ == "__main__":
    main()
