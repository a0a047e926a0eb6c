#!/usr/bin/env bash
# Trains the student of CAM++ on a bare machine, a slice per call: benchmarks/student.sh FOLDER --weights PATH [--minutes 7]
# Call it again, with the same arguments, until it prints "finished". docs/weights.md says what it is.
#
# The machine needs this folder, the weights of the teacher (28 MB) and what benchmarks/student.py names. If it reaches no
# package registry, carry wheels of what it lacks in wheels/ (git-ignored). Beside torch, torchaudio, numpy and pandas these
# can be pyarrow, lightning, timm, torchvision, scikit-learn, tensorboard, tqdm, safetensors, pyyaml, filelock, and
#   pip download --dest wheels --only-binary :all: --python-version 3.12 pydantic
#   pip download --dest wheels --no-deps librosa
set -euo pipefail
cd "$(dirname "$0")/.."
export DO_NOT_TRACK=1 PYTHONPATH=src
if compgen -G "wheels/*.whl" > /dev/null; then
    python3 -m pip install --quiet --no-index --no-deps wheels/*.whl
fi
exec python3 -m benchmarks.student "$@"
