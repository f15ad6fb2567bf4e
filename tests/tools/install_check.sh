#!/usr/bin/env bash
# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Installs the collection in both ways that the README names, each into a directory that knows nothing of this clone,
# and checks that Ansible finds its playbooks, roles and modules there.
set -euo pipefail
cd "$(dirname "$0")/../.."

clone=$PWD
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# From a copy, as nothing that lies about in the clone may get in.
tests/tools/tree.sh "$scratch/tree"

# Has the ansible of $1/bin find everything that can be called by its full name, with $2 as its collections path.
check() {
    local kind name
    for name in "$clone"/playbooks/*.yml; do
        if [ -e "$name" ]; then
            name=twinzone.edge.$(basename "$name" .yml)
            (cd "$scratch" && ANSIBLE_COLLECTIONS_PATH=$2 "$1/ansible-playbook" --syntax-check -i localhost, "$name") >/dev/null
            echo "  found: playbook $name"
        fi
    done
    for kind in modules filter; do
        for name in "$clone/plugins/$kind"/[!_]*.py; do
            if [ -e "$name" ]; then
                name=twinzone.edge.$(basename "$name" .py)
                (cd "$scratch" && ANSIBLE_COLLECTIONS_PATH=$2 "$1/ansible-doc" --type "${kind/modules/module}" "$name") >/dev/null
                echo "  found: $kind $name"
            fi
        done
    done
}

echo "ansible-galaxy collection build, install:"
(
    # Away from the clone, whose ansible.cfg would make Galaxy say that the collection is there already.
    cd "$scratch"
    export ANSIBLE_COLLECTIONS_PATH=$scratch/galaxy
    ansible-galaxy collection build --output-path . tree >/dev/null
    ansible-galaxy collection install --no-deps --collections-path galaxy twinzone-edge-*.tar.gz >/dev/null
)
check "$(dirname "$(command -v ansible-galaxy)")" "$scratch/galaxy"

echo "pip install .:"
tests/tools/venv.sh "$scratch/venv" "$scratch/tree"
check "$scratch/venv/bin" "$scratch/nothing"
