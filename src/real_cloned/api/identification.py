"""What the pipelines `enrol` and `identify` do: a registry from a corpus, and tables of answers from files."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from real_cloned.api.encoders import SingerEncoder
from real_cloned.api.singers import SingerRegistry
from real_cloned.api.voices import VoiceReader
from real_cloned.artifacts.weights import Weights
from real_cloned.core.errors import RealClonedError
from real_cloned.core.walk import list_files
from real_cloned.corpora.readers.folder import AUDIO_SUFFIX
from real_cloned.corpora.readers.manifest import find_manifest
from real_cloned.corpora.readers.registry import list_tracks
from real_cloned.identification.answers import Answer, identifications_table, stretches_table
from real_cloned.identification.clones import clone_ranks_table
from real_cloned.identification.registry import Registry
from real_cloned.identification.voices import Voice
from real_cloned.parameters.enrol import EnrolParameters
from real_cloned.parameters.identify import IdentifyParameters
from real_cloned.parameters.ingest import CorpusParameters
from real_cloned.parameters.vocal_filter import VocalFilterParameters
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.corpora import Rejected
from real_cloned.schemas.identification import Recordings


def enrol_corpus(
    encoder: Weights, parameters: EnrolParameters, detection: VocalFilterParameters
) -> tuple[Registry, pd.DataFrame]:
    """Return the registry of a corpus, and what of it is not in the registry.

    Args:
        encoder: Weights of an encoder of any family.
        parameters: The corpus, its cohort, the separator, and how answers are calibrated.
        detection: How singing is found.

    Returns:
        The registry and table `schemas.corpora.Rejected`.

    Raises:
        RealClonedError: The corpus cannot be read, or holds too few singers for a registry.
    """
    corpora = [
        (corpus, *_listed(corpus, parameters.folder)) for corpus in (parameters.corpus, parameters.cohort) if corpus
    ]
    reader = VoiceReader(SingerEncoder(encoder, parameters.separator), detection)
    registry, rejected = SingerRegistry.empty(reader, parameters.scoring).contents, empty_table(Rejected)
    for corpus, listed, unlisted in corpora:
        is_cohort = corpus is parameters.cohort
        voices = _read_all(reader, dict(zip(listed["track_id"], listed["file"], strict=True)), corpus.name)
        rejected = pd.concat([rejected, unlisted, _without_voice(voices)], ignore_index=True)
        heard = [track_id for track_id, voice in voices.items() if voice.problem is None]
        for singer_id, tracks in listed[listed["track_id"].isin(heard)].groupby("singer_id"):
            albums = dict(zip(tracks["track_id"], tracks["album_id"], strict=True))
            registry = registry.add(str(singer_id), {one: voices[one] for one in albums}, albums, is_cohort=is_cohort)
    _ = SingerRegistry(registry, reader).threshold  # too few singers are an error now, not at the first question
    return registry, rejected


def list_recordings(parameters: IdentifyParameters) -> pd.DataFrame:
    """Return the recordings to identify, a row per file, `schemas.identification.Recordings`.

    A folder with a manifest is read by it, and what it says of singers and of the sources of clones is kept beside.

    Args:
        parameters: The file or folder.

    Raises:
        RealClonedError: None is given, there is no such file, it lies outside of `folder`, or a folder holds no audio.
    """
    if parameters.input is None:
        raise RealClonedError("identify.input is null: say what to identify, --params=identify.input=PATH")
    path = _allowed(parameters.input, parameters.folder, "identify.input")
    recordings = _find_recordings(path)
    for file in recordings["path"]:
        _allowed(file, parameters.folder, "identify.input")  # a link or a manifest can lead out of the folder
    return recordings


def _find_recordings(path: Path) -> pd.DataFrame:
    if path.is_dir() and find_manifest(path) is not None:
        corpus = CorpusParameters(name="recordings", source="manifest", root=str(path), split="clone")
        listed, rejected = list_tracks(corpus)
        known = listed[["track_id", "singer_ids", "clone_source_id"]].assign(path=_paths(corpus, listed))
        others = rejected.dropna(subset="path")
        unknown = others.assign(track_id=others["path"], path=[str(path / one) for one in others["path"]])
        return _recordings([known, unknown[["track_id", "path"]]])
    if path.is_dir():
        names = [name for name in list_files(path).in_order() if AUDIO_SUFFIX.search(name)]
        if not names:
            raise RealClonedError(f"identify.input: {path} holds no audio file")
        return _recordings([pd.DataFrame({"track_id": names, "path": [str(path / name) for name in names]})])
    if not path.exists():
        raise RealClonedError(f"identify.input: there is no file or folder {path}")
    return _recordings([pd.DataFrame({"track_id": [path.name], "path": [str(path)]})])


def identify_recordings(
    contents: tuple[Registry, Weights], recordings: pd.DataFrame, parameters: IdentifyParameters
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return who sings in recordings, in each stretch of them, and which rank the singers of clones have.

    Args:
        contents: The registry and its encoder.
        recordings: `schemas.identification.Recordings`.
        parameters: How much has to be heard.

    Returns:
        Tables `Identifications`, `Stretches` and `CloneRanks` of `schemas.identification`.

    Raises:
        RealClonedError: The separator or the detector of the registry cannot be loaded.
    """
    registry = SingerRegistry.open(*contents)
    answers = registry.identify_all(recordings["path"].to_list(), parameters.answers)
    bar = tqdm(answers, "identify", len(recordings), mininterval=1.0)
    by_track: Mapping[str, Answer] = dict(zip(recordings["track_id"], bar, strict=True))
    identifications = identifications_table(by_track, registry.threshold)
    return identifications, stretches_table(by_track), clone_ranks_table(by_track, recordings, contents[0])


def _listed(corpus: CorpusParameters, folder: str | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tracks of singers who have enough, with the paths of their files, and all others as `Rejected`."""
    if corpus.root is None:
        raise RealClonedError("enrol.corpus.root is null: say whom to enrol, --params=enrol.corpus.root=FOLDER")
    if folder is not None:
        root = _allowed(corpus.root, folder, "enrol.corpus.root")
        corpus = corpus.model_copy(update={"root": str(root)})
    listed, rejected = list_tracks(corpus)
    listed = listed.assign(file=_paths(corpus, listed))
    for file in listed["file"]:
        _allowed(file, folder, "enrol.corpus.root")
    has_enough = listed.groupby("singer_id")["track_id"].transform("size") >= corpus.min_tracks_per_singer
    reason = f"fewer tracks of the singer than the {corpus.min_tracks_per_singer} asked for"
    few = listed.loc[~has_enough, ["track_id", "path"]].assign(stage="enrol", reason=reason)
    return listed[has_enough].reset_index(drop=True), pd.concat([rejected, few], ignore_index=True)


def _paths(corpus: CorpusParameters, listed: pd.DataFrame) -> list[str]:
    return [f"{str(corpus.root).rstrip('/')}/{path}" for path in listed["path"]]


def _read_all(reader: VoiceReader, paths: Mapping[str, str], name: str) -> dict[str, Voice]:
    bar = tqdm(reader.read_all(list(paths.values())), f"hear {name}", len(paths), mininterval=1.0)
    return dict(zip(paths, bar, strict=True))


def _without_voice(voices: Mapping[str, Voice]) -> pd.DataFrame:
    rows = [
        {"track_id": track_id, "path": None, "stage": "enrol", "reason": f"{voice.problem} {voice.reason}".strip()}
        for track_id, voice in voices.items()
        if voice.problem is not None
    ]
    return pd.DataFrame(rows) if rows else empty_table(Rejected)


def _allowed(name: str, folder: str | None, parameter: str) -> Path:
    """Return a path where it may be read; with a folder, relative to it, with links followed."""
    path = Path(name).expanduser()
    if folder is None:
        return path
    allowed = Path(folder).expanduser().resolve()
    resolved = (allowed / path).resolve()
    if not resolved.is_relative_to(allowed):
        group = parameter.partition(".")[0]
        raise RealClonedError(f"{parameter}: {name} lies outside of {allowed}, the folder that {group}.folder names")
    return resolved


def _recordings(parts: list[pd.DataFrame]) -> pd.DataFrame:
    table = pd.concat(parts, ignore_index=True).reindex(columns=list(empty_table(Recordings)))
    return table.astype(object).where(table.notna(), None)
