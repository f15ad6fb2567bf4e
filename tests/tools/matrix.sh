#!/usr/bin/env bash
# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Runs the unit tests and ansible-test sanity with every supported pair of ansible-core and Python that can be had,
# or the unit tests alone with the pytest words given:
#     tests/tools/matrix.sh [WORD_FOR_PYTEST...]
# MATRIX_CORES="2.16 2.17" and MATRIX_PYTHONS="3.11" choose some of them. Interpreters are looked for on the PATH as
# python3.11, python3.12 and so on, and where pyenv puts them; a missing one is skipped.
set -euo pipefail
cd "$(dirname "$0")/../.."

declare -A pythons=(
    [2.16]="3.11 3.12" [2.17]="3.11 3.12" [2.18]="3.11 3.12 3.13" [2.19]="3.11 3.12 3.13"
    [2.20]="3.12 3.13 3.14" [2.21]="3.12 3.13 3.14"
)

# shellcheck source=tests/tools/pythons.sh
. tests/tools/pythons.sh

failed=()
ran=0
for core in ${MATRIX_CORES:-2.16 2.17 2.18 2.19 2.20 2.21}; do
    for version in ${pythons[$core]}; do
        case " ${MATRIX_PYTHONS:-$version} " in *" $version "*) ;; *) continue ;; esac
        pair="ansible-core $core, Python $version"
        if ! python=$(find_python "$version"); then
            echo "===== $pair: skipped, there is no python$version"
            continue
        fi
        venv=.cache/matrix/$core-$version
        if ! [ -e "$venv/made" ]; then
            PYTHON=$python tests/tools/venv.sh "$venv" "ansible-core==$core.*" -r requirements.txt \
                -r tests/unit/requirements.txt jsonschema openapi-schema-validator prometheus-client pytest
            touch "$venv/made"
        fi
        ran=$((ran + 1))
        echo "===== $pair: unit tests"
        PATH=$PWD/$venv/bin:$PATH pytest "${@:-tests/unit}" -q || failed+=("$pair: unit tests")
        if [ $# -eq 0 ]; then
            echo "===== $pair: sanity"
            PATH=$PWD/$venv/bin:$PATH ANSIBLE_TEST_DIR=.cache/matrix/test-$core-$version \
                tests/tools/ansible_test.sh sanity || failed+=("$pair: sanity")
        fi
    done
done
if [ ${#failed[@]} -gt 0 ]; then
    printf '===== failed: %s\n' "${failed[@]}"
    exit 1
fi
echo "===== all $ran pairs ok"
