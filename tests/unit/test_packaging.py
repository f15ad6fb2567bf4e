# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is stated in two places is the same in both."""

from __future__ import annotations

import tomllib

import yaml
from support.paths import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_pip_brings_along_what_an_execution_environment_gets() -> None:
    assert sorted(PROJECT["dependencies"]) == sorted((ROOT / "requirements.txt").read_text().split())


def test_the_oldest_ansible_is_the_same_for_pip_and_for_ansible() -> None:
    runtime = yaml.safe_load((ROOT / "meta/runtime.yml").read_text())
    assert f"ansible-core{runtime['requires_ansible'].removesuffix('.0')}" in PROJECT["dependencies"]


def test_the_oldest_python_is_the_same_for_pip_and_for_the_checks() -> None:
    config = yaml.safe_load((ROOT / "tests/config.yml").read_text())
    assert config["modules"]["python_requires"] == PROJECT["requires-python"]
