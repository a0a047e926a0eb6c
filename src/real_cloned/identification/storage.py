"""A registry on disk: a folder with its embeddings, its tracks and its encoder.

`registry.safetensors` holds the embeddings, and as metadata the version of the format, the configuration, and a hash of
the encoder; `tracks.parquet` the tracks; `encoder.safetensors` the encoder's weights, so that the folder can be moved.
"""

import json

import pandas as pd
from numpy.typing import NDArray
from pandera.errors import SchemaError, SchemaErrors
from pyarrow import ArrowException
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from real_cloned.artifacts.weights import Weights, content_hash, read_weights, write_weights
from real_cloned.core.errors import RealClonedError
from real_cloned.core.files import AnyPath, atomic_write, local_copy
from real_cloned.identification.registry import Registry
from real_cloned.schemas.identification import EnrolledTracks

VERSION = 1
"""Of the format; one that this version of the project does not know is refused."""
REGISTRY, TRACKS, ENCODER = "registry.safetensors", "tracks.parquet", "encoder.safetensors"
REMEDY = "enrol the singers again (`kedro run --pipelines=enrol`, or SingerRegistry.enrol)"


def write_registry(folder: AnyPath, registry: Registry, encoder: Weights) -> None:
    """Write a registry and its encoder; each file is complete or as it was.

    Args:
        folder: Where the files go; it is made.
        registry: The registry.
        encoder: Weights of the encoder that made its embeddings.

    Raises:
        RealClonedError: If a file cannot be written.
    """
    metadata = {
        "version": str(VERSION),
        "encoder": content_hash(encoder),
        "n_tracks": str(len(registry.tracks)),
        "config": json.dumps(registry.config),
    }
    write_weights(folder / ENCODER, encoder)
    with atomic_write(folder / TRACKS) as partial:
        EnrolledTracks.validate(registry.tracks).to_parquet(partial)
    with atomic_write(folder / REGISTRY) as partial:
        tensors: dict[str, NDArray] = {"embeddings": registry.embeddings, "durations_s": registry.durations_s}
        save_file(tensors, str(partial), metadata)


def read_registry(folder: AnyPath) -> tuple[Registry, Weights]:
    """Return a registry and the encoder that made it.

    Args:
        folder: As `write_registry` left it.

    Raises:
        RealClonedError: A file is missing or damaged, or the registry was made by another version or encoder.
    """
    missing = [name for name in (REGISTRY, TRACKS, ENCODER) if not (folder / name).is_file()]
    if missing:
        raise RealClonedError(f"{folder} holds no registry of singers ({missing[0]} is missing): {REMEDY}")
    try:
        with safe_open(str(local_copy(folder / REGISTRY)), framework="numpy") as file:
            metadata = file.metadata() or {}
            if metadata.get("version") != str(VERSION):
                raise RealClonedError(
                    f"{folder} holds a registry of format {metadata.get('version', 'unknown')}, and this version of "
                    f"real_cloned reads format {VERSION}: {REMEDY}"
                )
            embeddings, durations_s = file.get_tensor("embeddings"), file.get_tensor("durations_s")
            config = json.loads(metadata["config"])
        tracks = EnrolledTracks.validate(pd.read_parquet(local_copy(folder / TRACKS)))
    except (OSError, KeyError, ValueError, SafetensorError, ArrowException, SchemaError, SchemaErrors) as error:
        raise RealClonedError(f"{folder} holds a damaged registry ({error}): {REMEDY}") from error
    encoder = read_weights(folder / ENCODER)
    if content_hash(encoder) != metadata.get("encoder"):
        raise RealClonedError(
            f"{folder} holds a registry that another encoder made than {ENCODER} beside it: put the encoder back, or "
            f"{REMEDY}"
        )
    if len(tracks) != int(metadata["n_tracks"]) or tracks["n_segments"].sum() != len(embeddings):
        raise RealClonedError(f"{folder}: {TRACKS} does not belong to {REGISTRY}: {REMEDY}")
    return Registry(tracks, embeddings, durations_s, config), encoder
