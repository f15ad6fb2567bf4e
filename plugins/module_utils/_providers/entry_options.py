# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a provider entry, as values: argument specs and documentation are made from them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class Option:
    """One option.

    kind: Ansible's name of its type; of a list, `elements` is that of its items. description: paragraphs in Ansible's
    markup. secret: never shown. note: a sentence about this option at one provider, added to the description where
    several providers share the option. options: those of a mapping.
    """

    kind: str
    description: tuple[str, ...]
    required: bool = False
    secret: bool = False
    elements: str = ""
    choices: tuple[str, ...] = ()
    note: str = ""
    options: Mapping[str, Option] = field(default_factory=dict)

    def spec(self) -> dict[str, Any]:
        """The option in an argument spec."""
        found: dict[str, Any] = {"type": self.kind}
        if self.elements:
            found["elements"] = self.elements
        if self.required:
            found["required"] = True
        if self.choices:
            found["choices"] = list(self.choices)
        # Stated in any case: the name of an option may look like that of a secret.
        found["no_log"] = self.secret
        if self.options:
            found["options"] = {name: option.spec() for name, option in self.options.items()}
        return found

    def documentation(self) -> dict[str, Any]:
        """The option in a module's documentation."""
        found: dict[str, Any] = {"description": [*self.description, self.note] if self.note else [*self.description]}
        found["type"] = self.kind
        if self.elements:
            found["elements"] = self.elements
        if self.choices:
            found["choices"] = list(self.choices)
        if self.required:
            found["required"] = True
        if self.options:
            found["suboptions"] = {name: option.documentation() for name, option in self.options.items()}
        return found


@dataclass(frozen=True)
class EntryKind:
    """What is known of all entries of one type of provider without loading the provider itself.

    type: the value of `type` in an entry. title: how people call the provider. secret_env: the environment variables
    that may hold its secret, the first one set wins. options: those of its entries beyond name, type, nameservers and
    deadline. attributes: the keys that `at: {<provider>: …}` may hold beyond `ttl` and `values`. default_api_url: of a
    provider with an HTTP API.
    """

    type: str
    title: str
    secret_env: tuple[str, ...]
    options: Mapping[str, Option]
    attributes: frozenset[str] = frozenset()
    default_api_url: str = ""


#: What every provider entry may hold beside its type.
COMMON: Mapping[str, Option] = {
    "nameservers": Option(
        "list",
        (
            "Its name servers as C(address[:port]) or host names. By default those to which the parent delegates, told "
            "apart by their names. Needed where two entries have one type, and where the servers of a type have no "
            "names in common.",
        ),
        elements="str",
    ),
    "deadline": Option("float", ("How long in seconds all its work may take.",)),
}


def http_options(title: str, secret_env: tuple[str, ...], api_url: str) -> dict[str, Option]:
    """The options that every provider with an HTTP API takes."""
    variables = " or ".join(f"E({name})" for name in secret_env)
    return {
        "token": Option(
            "str",
            ("The API token, if it is not in an environment variable.",),
            secret=True,
            note=f"For {title} that is {variables}.",
        ),
        "api_url": Option(
            "str",
            ("Base URL of the API, if not the provider's own.",),
            note=f"For {title} the default is U({api_url}).",
        ),
        "ca_path": Option(
            "path", ("File of CA certificates to trust instead of the system's. TLS is always verified.",)
        ),
    }


def together(by_type: Mapping[str, Mapping[str, Option]]) -> dict[str, Option]:
    """The options of all types of providers in one entry, with who takes each where not all do."""
    found: dict[str, Option] = {}
    takers: dict[str, list[str]] = {}
    for provider_type, options in by_type.items():
        for name, option in options.items():
            takers.setdefault(name, []).append(provider_type)
            notes = [note for note in (found[name].note if name in found else "", option.note) if note]
            found[name] = replace(option, note=" ".join(notes), required=False)
    return {name: _with_takers(option, takers[name], len(by_type)) for name, option in found.items()}


def _with_takers(option: Option, takers: Iterable[str], count: int) -> Option:
    names = sorted(takers)
    if len(names) == count:
        return option
    notes = (option.note,) if option.note else ()
    only = f"Only for {_listed([f'V({name})' for name in names])}."
    return replace(option, description=(*option.description, *notes, only), note="")


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
