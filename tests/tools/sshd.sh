#!/usr/bin/env bash
# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Print the path of an sshd, for the tests that need one; fail where there is none.
# It is installed where that is no harm: by root, in a Debian container, which nobody logs in to and where no service is started by it.
set -euo pipefail

find_sshd() {
    PATH=$PATH:/usr/sbin:/usr/local/sbin type -P sshd && type -P ssh ssh-keygen >/dev/null
}

install_sshd() {
    export DEBIAN_FRONTEND=noninteractive
    timeout 60 apt-get install -y --no-install-recommends openssh-server
}

if ! find_sshd; then
    [[ $EUID == 0 && ! -d /run/systemd/system ]] && type -P apt-get >/dev/null || exit 1
    {
        # What a machine knows of packages can be old, or nothing.
        install_sshd || { timeout 60 apt-get -o APT::Sandbox::User=root update && install_sshd; } || true
    } </dev/null >/dev/null 2>&1
    find_sshd
fi
