#!/usr/bin/env bash
# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Runs ansible-test with the Python and the ansible-core of the virtual environment that comes first on the PATH:
#     tests/tools/ansible_test.sh COMMAND [WORD...]        for instance: ansible_test.sh sanity --test pep8
# ansible-test wants a real tree of the collection's name around it and fills ~/.ansible; both are kept,
# with the virtual environments it makes, below .cache/ansible-test (or $ANSIBLE_TEST_DIR), so that the next run is quick.
set -euo pipefail
cd "$(dirname "$0")/../.."

work=$(realpath -m "${ANSIBLE_TEST_DIR:-.cache/ansible-test}")
home=$work/home
tree=$work/ansible_collections/twinzone/edge

# Only tests/output (results, virtual environments) outlives a run: what was deleted in the clone must not be tested.
mkdir -p "$home" "$tree/tests/output"
rm -rf "$work/output"
mv "$tree/tests/output" "$work/output"
rm -rf "$tree"
tests/tools/tree.sh "$tree"
# A repository of its own: to the clone's, all of .cache is ignored, and ansible-test would find no file.
git init --quiet "$tree"
mkdir -p "$tree/tests"
mv "$work/output" "$tree/tests/output"

python tests/tools/ansible_test_home.py "$home"
cd "$tree"
version=$(python -c 'import sys; print("%d.%d" % sys.version_info[:2])')
HOME=$home exec ansible-test "$1" --venv --python "$version" --color no "${@:2}"
