#!/usr/bin/env bash
# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Installs the collection in both ways that the README names, each into a directory that knows nothing of this clone,
# and checks that Ansible finds its playbooks, roles and modules there.
set -euo pipefail
cd "$(dirname "$0")/../.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# From a copy, as nothing that lies about in the clone may get in.
tests/tools/tree.sh "$scratch/tree"

# The full names of the collection's files of one kind: names FOLDER ENDING.
names() {
    find "$scratch/tree/$1" -maxdepth 1 -name "[!_]*$2" -printf "twinzone.edge.%f\n" 2>/dev/null | sed "s/$2\$//" | sort
}

# Has the ansible of $1/bin find everything that can be called by its full name, with $2 as its collections path.
check() (
    cd "$scratch"
    export ANSIBLE_COLLECTIONS_PATH=$2
    names playbooks .yml | while read -r name; do
        # The localhost of no group has nothing to do in them; a role that is missing is an error anyway.
        "$1/ansible-playbook" --syntax-check -i localhost, "$name" >/dev/null 2>errors || { cat errors; exit 1; }
    done
    # Several filters share a file; each has its documentation beside it.
    declare -A ending=([module]=.py [filter]=.yml [lookup]=.py)
    for kind in module filter lookup; do
        folder=${kind/module/modules}
        "$1/ansible-doc" --type "$kind" --list twinzone.edge | cut -d' ' -f1 | sort >found
        names "plugins/$folder" "${ending[$kind]}" | diff - found
    done
    echo "  found all playbooks, modules, filters and lookups: $(names playbooks .yml | wc -l)," \
        "$(names plugins/modules .py | wc -l), $(names plugins/filter .yml | wc -l), $(names plugins/lookup .py | wc -l)"
)

echo "ansible-galaxy collection build, install:"
(
    # Away from the clone, whose ansible.cfg would make Galaxy say that the collection is there already.
    cd "$scratch"
    ansible-galaxy collection build --output-path . tree >/dev/null
    # Whoever installs it gets what Ansible and people read, not what it was made with.
    foreign=$(tar --list --file twinzone-edge-*.tar.gz | cut -d/ -f1 | sort --unique |
        grep -vxE 'CHANGELOG.md|CODE_OF_CONDUCT.md|FILES.json|LICENSE|LICENSES|MANIFEST.json|README.md|SECURITY.md|changelogs|docs|extensions|meta|playbooks|plugins|requirements.txt|roles' || true)
    if [ -n "$foreign" ]; then
        echo "twinzone: build_ignore in galaxy.yml lacks: $foreign" >&2
        exit 1
    fi
    env ANSIBLE_COLLECTIONS_PATH="$scratch/galaxy" ansible-galaxy collection install --no-deps --collections-path galaxy twinzone-edge-*.tar.gz >/dev/null
)
check "$(dirname "$(command -v ansible-galaxy)")" "$scratch/galaxy"

echo "pip install .:"
tests/tools/venv.sh "$scratch/venv" "$scratch/tree"
check "$scratch/venv/bin" "$scratch/nothing"
