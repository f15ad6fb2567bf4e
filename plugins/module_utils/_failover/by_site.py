# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was observed of all sites, site by site: with many of them, most of it is about others. Pure."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Generic, TypeVar

from .._zone import names
from . import observation
from .data.observed import Answer, Observed, PathAnswer, Vote
from .data.site import Site

_Entry = TypeVar("_Entry")


class _Index(Generic[_Entry]):
    """Entries, found by any of their keys."""

    def __init__(self, entries: Sequence[_Entry], keys: Callable[[_Entry], Iterable[Hashable]]) -> None:
        self._entries = entries
        self._places: dict[Hashable, list[int]] = {}
        for place, entry in enumerate(entries):
            for key in keys(entry):
                self._places.setdefault(key, []).append(place)

    def find(self, keys: Iterable[Hashable]) -> list[_Entry]:
        """Those with one of these keys, in their order, each once."""
        places = {place for key in keys for place in self._places.get(key, ())}
        return [self._entries[place] for place in sorted(places)]


class Answers:
    """The answers of name servers about routers, markers and canaries."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        self._index = _Index(answers, lambda one: [one["name"]])

    def of(self, site: Site) -> list[Answer]:
        """Those about this site."""
        return observation.about(site, self._index.find(observation.names_about(site)))


class Evidence:
    """All that was observed in a run."""

    def __init__(self, observed: Observed) -> None:
        self._observed = observed
        self._answers = Answers(observed["answers"])
        self._paths = Paths(observed.get("paths", ()))
        self._fronts = [_Index(vote["fronts"], lambda one: [one["site"]]) for vote in observed["votes"]]

    def of(self, site: Site) -> Observed:
        """What of it is about this site; the other sites and all of the APIs too."""
        votes: list[Vote] = [
            {**vote, "fronts": fronts.find([site["site"]])}
            for vote, fronts in zip(self._observed["votes"], self._fronts, strict=True)
        ]
        return {
            **self._observed,
            "answers": self._answers.of(site),
            "paths": self._paths.of(site),
            "votes": votes,
        }


class Paths:
    """The answers of name servers about public names."""

    def __init__(self, paths: Sequence[PathAnswer]) -> None:
        self._index = _Index(paths, lambda one: [("router", one["router"]), ("name", one["name"])])

    def of(self, site: Site) -> list[PathAnswer]:
        """Those about names of this site, or about what leads through its router."""
        router = names.owner(site["router"], site["zone"])
        return self._index.find([("router", router), *(("name", name) for name in site["names"])])
