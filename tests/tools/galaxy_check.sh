#!/usr/bin/env bash
# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Makes the check that Galaxy makes when a collection is imported, in an environment of its own: it pins its tools.
set -euo pipefail
cd "$(dirname "$0")/../.."

venv=.cache/galaxy-importer
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

if ! [ -e "$venv/made" ]; then
    tests/tools/venv.sh "$venv" "galaxy-importer>=0.4.30,<1"
    touch "$venv/made"
fi
tests/tools/tree.sh "$scratch/tree"
PATH=$PWD/$venv/bin:$PATH
cd "$scratch"
ansible-galaxy collection build --output-path . tree
python -m galaxy_importer.main twinzone-edge-*.tar.gz
