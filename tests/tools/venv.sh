#!/usr/bin/env bash
# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Makes the virtual environment DIR again and installs into it what the other words tell pip:
#     tests/tools/venv.sh DIR [WORD_FOR_PIP_INSTALL...]
# It is made with $PYTHON, otherwise with the newest Python of 3.11 to 3.14 on the PATH that can make one.
set -euo pipefail

dir=$1
shift

# Prints what makes a virtual environment with interpreter $1; fails where nothing does. A name on the PATH
# proves nothing: version managers leave stubs of interpreters that are switched off.
maker_with() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || return
    if "$1" -c 'import ensurepip, venv' 2>/dev/null; then
        echo "$1 -m venv"
    elif "$1" -m virtualenv --version >/dev/null 2>&1; then
        echo "$1 -m virtualenv --quiet"
    elif command -v virtualenv >/dev/null; then
        echo "virtualenv --quiet --python $1"
    else
        return 1
    fi
}

for python in ${PYTHON:-python3.14 python3.13 python3.12 python3.11 python3}; do
    if maker=$(maker_with "$python"); then
        break
    fi
done
if [ -z "$maker" ]; then
    echo "twinzone: no way to make a virtual environment with: ${PYTHON:-python3.11 to python3.14, python3}." >&2
    echo "twinzone: Python 3.11 or newer is needed, with its venv module (Debian, Ubuntu: apt install python3-venv) or virtualenv." >&2
    exit 1
fi

rm -rf "$dir"
$maker "$dir"
if [ $# -gt 0 ]; then
    "$dir/bin/python" -m pip install -qq --disable-pip-version-check "$@"
fi
