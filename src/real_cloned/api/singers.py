"""Who is singing? A registry of singers that is enrolled from recordings, kept in a folder, and asked about others.

An answer is an indication for a person to weigh, never a proof, and it says nothing of how a recording was made.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

import pandas as pd

from real_cloned.api.encoders import SingerEncoder, load_encoder
from real_cloned.api.voices import DETECTION, VoiceReader
from real_cloned.artifacts.weights import Weights
from real_cloned.core.files import resolve_path
from real_cloned.identification.answers import Answer, answer
from real_cloned.identification.calibration import CalibratedModels, calibrate
from real_cloned.identification.registry import Registry
from real_cloned.identification.storage import read_registry, write_registry
from real_cloned.parameters.enrol import ScoringParameters
from real_cloned.parameters.identify import AnswerParameters
from real_cloned.parameters.vocal_filter import VocalFilterParameters

AnyFile = str | Path


class SingerRegistry:
    """Enrolled singers, and the encoder that hears them.

    It is made by `enrol` or `load`. `add`, `remove` and `rename` change it, without hearing other singers again.

    Args:
        contents: The tracks of the singers as embeddings.
        reader: Hears recordings as those of the registry were heard.

    Attributes:
        contents: The registry as data, which is replaced when a singer is added, removed or renamed.

    Example:
        Three made-up singers, each a noise of another colour; people need an encoder that knows voices:

        >>> import tempfile
        >>> import numpy as np
        >>> from real_cloned.audio.encode import encode_flac
        >>> from real_cloned.encoders.baselines.mfcc import mfcc_weights
        >>> from real_cloned.parameters.ingest import AudioParameters
        >>> from real_cloned.parameters.variants import MfccParameters
        >>> def record(name, number, seconds=8):
        ...     rng, path = np.random.default_rng(number), f"{tempfile.mkdtemp()}/{name}.flac"
        ...     colour = np.linspace(1, {"Ann": 0.0, "Ben": 1.0, "Cleo": 4.0}[name], 4000 * seconds + 1)
        ...     noise = np.fft.irfft(np.fft.rfft(rng.normal(size=8000 * seconds)) * colour)
        ...     encode_flac(path, (2000 * noise / noise.std()).astype(np.int16)[None], 8000)
        ...     return path
        >>> audio = AudioParameters(sample_rate_hz=8000, n_channels=1, segment_s=2.0)
        >>> weights = mfcc_weights(MfccParameters(name="mfcc", inference_stem="mixture"), audio)
        >>> recordings = {name: [record(name, n) for n in range(3)] for name in ("Ann", "Ben", "Cleo")}
        >>> registry = SingerRegistry.enrol(recordings, SingerEncoder(weights), detection=None)
        >>> answer = registry.identify(record("Ben", 99))
        >>> answer.verdict, answer.singer_id, round(answer.share, 2)
        ('singer', 'Ben', 1.0)
        >>> registry.rename("Ben", "Benny")
        >>> registry.singers["singer_id"].tolist()
        ['Ann', 'Benny', 'Cleo']
        >>> registry.save(folder := tempfile.mkdtemp())
        >>> SingerRegistry.load(folder).identify(record("Ben", 99)).singer_id
        'Benny'
    """

    def __init__(self, contents: Registry, reader: VoiceReader):
        self.contents, self._reader = contents, reader

    @classmethod
    def enrol(
        cls,
        recordings: Mapping[str, Iterable[AnyFile]],
        encoder: SingerEncoder | str = "speaker",
        detection: VocalFilterParameters | None = DETECTION,
        scoring: ScoringParameters | None = None,
    ) -> "SingerRegistry":
        """Return a registry of singers.

        Args:
            recordings: Paths by singer. Each singer should have several, of different albums; those without a voice
                are passed over.
            encoder: As `load_encoder` returns it, or a name for it, with the separator `auto`. `speaker` is CAM++; its
                weights come with a package (docs/weights.md).
            detection: How singing is found; None: recordings hold nothing else.
            scoring: How answers are calibrated; None for the defaults.

        Raises:
            RealClonedError: The encoder's weights are missing, or no recording of a singer holds a voice.
        """
        singer_encoder = load_encoder(encoder, separator="auto") if isinstance(encoder, str) else encoder
        registry = cls.empty(VoiceReader(singer_encoder, detection), scoring or ScoringParameters())
        for singer_id, paths in recordings.items():
            registry.add(singer_id, paths)
        return registry

    @classmethod
    def empty(cls, reader: VoiceReader, scoring: ScoringParameters) -> "SingerRegistry":
        """Return a registry of nobody.

        Args:
            reader: Hears all recordings.
            scoring: How answers are calibrated.
        """
        config = {
            "encoder": reader.encoder.name,
            "separator": reader.encoder.separator,
            "detection": None if reader.detection is None else reader.detection.model_dump(mode="json"),
            "scoring": scoring.model_dump(mode="json"),
        }
        return cls(Registry.empty(config), reader)

    @classmethod
    def open(cls, contents: Registry, encoder: Weights) -> "SingerRegistry":
        """Return a registry that hears recordings as those in it were heard.

        Args:
            contents: The tracks of the singers as embeddings.
            encoder: Weights of the encoder that made them.

        Raises:
            RealClonedError: The separator or the detector cannot be loaded.
        """
        detection = contents.config["detection"]
        reader = VoiceReader(
            SingerEncoder(encoder, contents.config["separator"]),
            None if detection is None else VocalFilterParameters.model_validate(detection),
        )
        return cls(contents, reader)

    @classmethod
    def load(cls, folder: AnyFile) -> "SingerRegistry":
        """Return the registry in a folder.

        Args:
            folder: As `save` left it.

        Raises:
            RealClonedError: A file is missing or damaged, or another version or encoder made the registry.
        """
        return cls.open(*read_registry(resolve_path(str(folder))))

    def save(self, folder: AnyFile) -> None:
        """Write the registry with its encoder.

        Args:
            folder: Where the files go; it is made.

        Raises:
            RealClonedError: A file cannot be written.
        """
        write_registry(resolve_path(str(folder)), self.contents, self._reader.encoder.weights)

    @property
    def singers(self) -> pd.DataFrame:
        """`schemas.identification.EnrolledSingers`: who is enrolled, with how many tracks, albums and seconds."""
        return self.contents.singers

    @property
    def threshold(self) -> float:
        """Score from which a singer is named, found on singers who were left out of the registry in turn.

        Raises:
            RealClonedError: There are fewer than three singers.
        """
        return self._calibrated.of_tracks.threshold

    def add(
        self, singer_id: str, recordings: Iterable[AnyFile] | Mapping[AnyFile, str | None], *, is_cohort: bool = False
    ) -> None:
        """Add recordings of a singer, new or enrolled already.

        Args:
            singer_id: Of the singer.
            recordings: Their paths; as a mapping, each with its album, or None. Tracks of one album are left out
                together when answers are calibrated.
            is_cohort: The singer only serves to normalise scores, and is never an answer.

        Raises:
            RealClonedError: No recording holds a voice, or one is enrolled already.
        """
        albums = {str(path): recordings[path] if isinstance(recordings, Mapping) else None for path in recordings}
        voices = dict(zip(albums, self._reader.read_all(list(albums)), strict=True))
        self._set(self.contents.add(singer_id, voices, albums, is_cohort=is_cohort))

    def remove(self, singer_id: str) -> None:
        """Remove a singer.

        Args:
            singer_id: Of the singer.

        Raises:
            RealClonedError: There is no such singer.
        """
        self._set(self.contents.remove(singer_id))

    def rename(self, singer_id: str, new_id: str) -> None:
        """Give a singer another name.

        Args:
            singer_id: Of the singer.
            new_id: The new one.

        Raises:
            RealClonedError: There is no such singer, or another has the new name.
        """
        self._set(self.contents.rename(singer_id, new_id))

    def identify(self, recording: AnyFile, parameters: AnswerParameters | None = None) -> Answer:
        """Return who sings in a recording, as far as the registry can tell.

        Args:
            recording: A file in any format that FFmpeg decodes; one that cannot be read is an answer, too.
            parameters: How much has to be heard; None for the defaults.

        Raises:
            RealClonedError: There are fewer than three singers, so that nothing is known of those who are not enrolled.
        """
        calibrated = self._calibrated
        return answer(self._reader.read(recording), calibrated, parameters or AnswerParameters())

    def identify_all(
        self, recordings: Sequence[AnyFile], parameters: AnswerParameters | None = None
    ) -> Iterator[Answer]:
        """Yield what `identify` returns of each recording, in their order; each core hears another one.

        Args:
            recordings: Files in any format that FFmpeg decodes.
            parameters: How much has to be heard; None for the defaults.

        Raises:
            RealClonedError: There are fewer than three singers.
        """
        calibrated = self._calibrated
        for voice in self._reader.read_all(recordings):
            yield answer(voice, calibrated, parameters or AnswerParameters())

    @cached_property
    def _calibrated(self) -> CalibratedModels:
        return calibrate(self.contents, ScoringParameters.model_validate(self.contents.config["scoring"]))

    def _set(self, contents: Registry) -> None:
        self.contents = contents
        self.__dict__.pop("_calibrated", None)
