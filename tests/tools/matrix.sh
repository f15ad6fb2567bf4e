#!/usr/bin/env bash
# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Runs the unit tests, or the pytest words given, with every supported pair of ansible-core and Python that can be had:
#     tests/tools/matrix.sh [WORD_FOR_PYTEST...]
# Interpreters are looked for on the PATH as python3.11, python3.12 and so on; a missing one is skipped.
set -euo pipefail
cd "$(dirname "$0")/../.."

declare -A pythons=(
    [2.16]="3.11 3.12" [2.17]="3.11 3.12" [2.18]="3.11 3.12 3.13" [2.19]="3.11 3.12 3.13"
    [2.20]="3.12 3.13 3.14" [2.21]="3.12 3.13 3.14"
)

failed=()
for core in 2.16 2.17 2.18 2.19 2.20 2.21; do
    for version in ${pythons[$core]}; do
        pair="ansible-core $core, Python $version"
        if ! "python$version" -c '' 2>/dev/null; then
            echo "===== $pair: skipped, there is no python$version"
            continue
        fi
        venv=.cache/matrix/$core-$version
        if ! [ -e "$venv/made" ]; then
            PYTHON=python$version tests/tools/venv.sh "$venv" "ansible-core==$core.*" -r requirements.txt \
                pytest hypothesis openapi-schema-validator
            touch "$venv/made"
        fi
        echo "===== $pair"
        PATH=$PWD/$venv/bin:$PATH pytest "${@:-tests/unit}" -q || failed+=("$pair")
    done
done
if [ ${#failed[@]} -gt 0 ]; then
    printf '===== failed: %s\n' "${failed[@]}"
    exit 1
fi
