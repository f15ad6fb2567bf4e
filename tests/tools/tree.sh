#!/usr/bin/env bash
# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Copies the project's files, committed or not, to the new directory DIR, as a plain tree without links:
#     tests/tools/tree.sh DIR
set -euo pipefail

mkdir -p "$1"
cd "$(dirname "$0")/../.."
git ls-files -z --cached --others --exclude-standard -- . ':!.collections' |
    while IFS= read -r -d '' file; do
        # A file deleted but not yet committed is still in the index.
        if [ -e "$file" ]; then printf '%s\0' "$file"; fi
    done |
    tar --create --null --files-from=- | tar --extract --directory "$1"
