#!/usr/bin/env bash
# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Chooses the versions that continuous integration installs, and notes their hashes in .ci/*.lock; with uv.
set -euo pipefail
cd "$(dirname "$0")/../.."

lock() {
    uv pip compile --quiet --upgrade --universal --python-version "$2" --generate-hashes --no-header --no-annotate \
        --output-file ".ci/$1.lock" "$3"
}

lock requirements 3.11 requirements-dev.txt
lock clients 3.11 tests/clients/requirements.txt
lock eda 3.11 tests/eda/requirements.txt
lock awx 3.11 tests/awx/requirements.txt
lock oldest 3.11 tests/tools/cores/oldest.txt
lock newest 3.12 tests/tools/cores/newest.txt
