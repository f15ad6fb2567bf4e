#!/usr/bin/env bash
# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Plays each adversary through the playbooks on the oldest and on the newest supported ansible-core, each in a virtual
# environment of its own below .cache/cores:
#     tests/tools/adversaries.sh [WORD_FOR_PYTEST...]
# `make integration` leaves these tests to this. Where neither of the two can be had, they run on the ansible-core of
# .venv. What continuous integration installs is known by its hashes.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=tests/tools/pythons.sh
. tests/tools/pythons.sh

# The Pythons for each; the first one that is here is taken.
declare -A pythons=([oldest]="3.11 3.12 3.13" [newest]="3.13 3.14 3.12")
here=$(python -c 'import ansible.release; print(".".join(ansible.release.__version__.split(".")[:2]))')

# Runs the tests with the programs of directory $1; the other words are pytest's.
play() {
    TWINZONE_ANSIBLE_BIN=$1 pytest --numprocesses "${WORKERS:-2}" --dist loadscope \
        tests/integration/role/test_adversar*.py tests/integration/role/test_secrets.py "${@:2}"
}

failed=()
ran=0
for which in oldest newest; do
    requirements=tests/tools/cores/$which.txt
    core=$(sed -n 's/^ansible-core==\(.*\)\.\*$/\1/p' "$requirements")
    if [ "$core" = "$here" ]; then
        echo "===== ansible-core $core, that of .venv"
        ran=$((ran + 1))
        play "$PWD/.venv/bin" "$@" || failed+=("$core")
        continue
    fi
    python=
    for version in ${pythons[$which]}; do
        python=$(find_python "$version") && break
    done
    if [ -z "$python" ]; then
        echo "===== ansible-core $core: skipped, there is none of Python ${pythons[$which]}"
        continue
    fi
    venv=.cache/cores/$which
    if ! [ "$venv/made" -nt "$requirements" ]; then
        install=(-r "$requirements")
        if [ -n "${TWINZONE_LOCKED:-}" ]; then
            install=(--require-hashes -r ".ci/$which.lock")
        fi
        PYTHON=$python tests/tools/venv.sh "$venv" "${install[@]}"
        touch "$venv/made"
    fi
    echo "===== ansible-core $core, Python $version"
    ran=$((ran + 1))
    play "$PWD/$venv/bin" "$@" || failed+=("$core")
done
if [ "$ran" = 0 ]; then
    echo "===== ansible-core $here, that of .venv"
    play "$PWD/.venv/bin" "$@" || failed+=("$here")
fi
if [ ${#failed[@]} -gt 0 ]; then
    echo "===== failed: ${failed[*]}"
    exit 1
fi
