#!/usr/bin/env bash
# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Puts the collection awx.awx below DIR with the Python of a virtual environment, from the package index that all else
# comes from, as Galaxy may be out of reach:
#     tests/tools/awx_collection.sh PYTHON DIR
set -euo pipefail
cd "$(dirname "$0")/../.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"$1" -m pip download -qq --disable-pip-version-check --no-deps --only-binary :all: --require-hashes --dest "$scratch" \
    --requirement tests/awx/collection.txt
"$1" - "$scratch"/ansible-*.whl "$2" <<'EXTRACT'
import sys
import zipfile

with zipfile.ZipFile(sys.argv[1]) as wheel:
    members = [name for name in wheel.namelist() if name.startswith("ansible_collections/awx/awx/")]
    wheel.extractall(sys.argv[2], members)
EXTRACT
