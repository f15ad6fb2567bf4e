# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be asked, in the form in which the modules take it, as data. Pure."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from .site import ProviderEntry


class Question(TypedDict):
    """A record to ask served_info for.

    candidates: where it may lead. wait_for: by provider, where it should lead. names: that should lead through it.
    resolve: whether the addresses of the candidates are wanted too. port: at which visitors ask for these names.
    """

    name: str
    type: str
    names: NotRequired[list[str]]
    port: NotRequired[int]
    candidates: NotRequired[dict[str, list[str]]]
    wait_for: NotRequired[dict[str, str | None]]
    resolve: NotRequired[bool]


class ZoneQuestions(TypedDict):
    """What to ask the name servers of one zone's providers."""

    zone: str
    providers: list[ProviderEntry]
    records: list[Question]


class ZoneNames(TypedDict):
    """What to ask the APIs of one zone's providers.

    follow: whether the names to which these lead belong to them. needed: whether a decision depends on it.
    """

    zone: str
    names: list[str]
    follow: bool
    needed: bool
    providers: list[ProviderEntry]
