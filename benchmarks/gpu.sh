#!/usr/bin/env bash
# Measures on a GPU all that docs/benchmarks.md asks of it, in one table: benchmarks/gpu.sh [--toy] [--peak-tflops 790]
# --toy does the same on a CPU, in a minute or two, at a size at which the times mean nothing.
#
# The machine needs this folder and Python with torch, timm, lightning, scikit-learn, pandas and pyarrow. If it reaches no
# package registry, carry wheels of the rest in wheels/ (git-ignored), made on a machine of the same kind and Python by
#   pip download --dest wheels --no-deps --only-binary :all: $(pip freeze | grep -v -e '^torch==' -e '^nvidia' -e '^triton' -e ' @ ' -e '^-e')
# or for fewer of them, only what "No module named" asks for.
set -euo pipefail
cd "$(dirname "$0")/.."
export DO_NOT_TRACK=1 PYTHONPATH=src
if compgen -G "wheels/*.whl" > /dev/null; then
    python -m pip install --quiet --no-index --no-deps wheels/*.whl
fi
# A GPU is given six minutes; every line is printed as soon as it is known.
exec timeout 360 python -m benchmarks.gpu "$@"
