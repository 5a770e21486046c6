#!/usr/bin/env bash
# Makes the golden numbers of the tests again, from implementations that share no code with ours.
# Each script says in its head what to install with pip.
set -euo pipefail
cd "$(dirname "$0")/.."
shopt -s nullglob

python=${PYTHON:-python3}
for script in scripts/make_*golden*.py; do
    echo "golden: $script"
    "$python" "$script"
done
git status --short tests models
