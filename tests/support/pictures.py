# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures for the guides: layouts before and after, from the inventories there; a run's phases, from the role."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

import yaml
from jinja2.nativetypes import NativeEnvironment

from support import guides
from support.paths import ROOT

#: Each layout, and where its inventory is printed: in which guide, which section, by which name.
LAYOUTS: Mapping[str, tuple[str, str, str, str]] = {
    "a": ("A: Cloudflare as a custom hostname", "guide_layouts", "A: Cloudflare as a custom hostname", "inventory.yml"),
    "b": ("B: the public name itself", "guide_layouts", "B: the public name itself", "b.yml"),
    "c": ("C: a steering zone", "guide_layouts", "C: a steering zone", "c.yml"),
    "r": ("R: a router in the zone", "guide_awx", "The project", "inventory.yml"),
}

_TITLES = {"cloudflare": "Cloudflare", "desec": "deSEC", "own": "Your own", "bunny": "Bunny"}
_DARK, _BLUE, _GREY = "#1e293b", "#1d4ed8", "#94a3b8"
_TASKS = ROOT / "roles" / "failover" / "tasks"
_IMPORT = "ansible.builtin.import_tasks"


def layout(letter: str) -> str:
    """The picture of a layout: who answers what every day, and after a failover."""
    title, guide, section, caption = LAYOUTS[letter]
    inventory = guides.sections(guide)[section].yaml(caption)["all"]
    (name, site), *_others = inventory["children"]["sites"]["hosts"].items()
    known = inventory["vars"]
    providers = _filled(site.get("failover_providers", known["dns_providers"]), known)
    fronts = site["failover_fronts"]
    router = f"{site['failover_router']}.{site['failover_zone']}"
    height = 44 + 60 * max(len(providers), len(fronts))
    lines = _head(f"Layout {title}", 2 * height + 10)
    for number, heading in enumerate((f"{name} every day", "after a failover")):
        lines += _panel(number * height, heading, router, providers, fronts, number)
    return _text(lines)


def _filled(value: Any, known: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A variable of the inventory with its templates filled in."""
    made = NativeEnvironment()
    others = {key: list(made.from_string(text).render(known)) for key, text in known.items() if "dns_providers" in text}
    return list(made.from_string(value).render({**known, **others}) if isinstance(value, str) else value)


def _panel(
    top: int, heading: str, router: str, providers: Sequence[Any], fronts: Sequence[Mapping[str, Any]], active: int
) -> Iterator[str]:
    middle = top + 40 + 30 * max(len(providers), len(fronts))
    yield f'<text x="12" y="{top + 24}" font-size="14" font-weight="bold" fill="{_DARK}">{escape(heading)}</text>'
    yield from _box(12, middle - 25, 90, ["resolvers"])
    places = {front["name"]: middle - 48 + 56 * number for number, front in enumerate(fronts)}
    for number, provider in enumerate(providers):
        y = middle - 30 * len(providers) + 60 * number
        title = f"{_TITLES.get(provider['name'], provider['name'])}: name servers"
        yield from _box(150, y, 300, [title, *_records(router, provider["name"], fronts[active])])
        yield _arrow(102, middle, 150, y + 24, _DARK)
        yield _arrow(450, y + 24, 500, places[fronts[active]["name"]] + 20, _BLUE)
    for number, front in enumerate(fronts):
        colour = _BLUE if number == active else _GREY
        y = places[front["name"]]
        yield from _box(500, y, 130, [f"{_TITLES.get(front['name'], front['name'])}'s edge"], colour, 40)
        yield _arrow(630, y + 20, 668, middle, colour)
    yield from _box(668, middle - 25, 80, ["your origin"])


def _records(router: str, provider: str, front: Mapping[str, Any]) -> list[str]:
    """What a provider's servers answer for the router, in a line of its own."""
    if "target" in front:
        return [f"{router} CNAME", front["target"]]
    sets = [one for one in front["publish"] if provider in one.get("only", [provider])]
    copied = [one.get("type", "A, AAAA") for one in sets if "copy_from" in one]
    if copied:
        return [f"{router} {', '.join(copied)}", f"as Cloudflare answers {sets[0]['copy_from']}"]
    (one,) = sets
    proxied = ", proxied" if one.get("at", {}).get(provider, {}).get("proxied") else ""
    return [f"{router} {one['type']}", f"{one['values'][0]}{proxied}"]


def phases() -> str:
    """The picture of a run: the steps of the role, and the tasks of each. A broken line: only where it is needed."""
    block, *last = yaml.safe_load((_TASKS / "main.yml").read_text())
    *steps, (title, sometimes, tasks) = _steps(block["block"])
    steps.append((title, sometimes, [*tasks, *(task["name"] for task in last)]))
    lines: list[str] = []
    top = 12
    for number, (title, sometimes, tasks) in enumerate(steps):
        height = 16 + 17 * len(tasks)
        dash = ' stroke-dasharray="5 4"' if sometimes else ""
        lines.append(
            f'<rect x="12" y="{top}" width="736" height="{height}" rx="5" fill="#f8fafc" stroke="{_BLUE}"{dash}/>'
        )
        style = f'font-size="12" fill="{_DARK}"'
        lines.append(f'<text x="24" y="{top + 21}" font-size="14" font-weight="bold" fill="{_BLUE}">{title}</text>')
        lines += [
            f'<text x="150" y="{top + 21 + 17 * line}" {style}>{escape(task)}</text>' for line, task in enumerate(tasks)
        ]
        if number < len(steps) - 1:
            lines.append(_arrow(60, top + height, 60, top + height + 18, _DARK))
        top += height + 18
    return _text([*_head("The phases of a run of the role failover", top), *lines])


def _steps(tasks: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, bool, list[str]]]:
    """Every step of the role: its name, whether it is only taken where it is needed, and its tasks."""
    for task in tasks:
        always = _IMPORT in task
        file = task[_IMPORT if always else "ansible.builtin.include_tasks"]
        yield task["name"], not always, [_plain(name) for name in _names(file)]


def _names(file: str) -> Iterator[str]:
    """The names of the tasks in a file, and in those that are a part of it."""
    for task in yaml.safe_load((_TASKS / file).read_text()):
        yield from _names(task[_IMPORT]) if _IMPORT in task else [task["name"]]


def _plain(name: str) -> str:
    """The name of a task, without the template that may follow it, as long as there is room for."""
    return textwrap.shorten(name.partition("{{")[0], 92, placeholder=" …")


def _head(title: str, height: int) -> list[str]:
    markers = "".join(
        f'<marker id="head{colour[1:]}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7"'
        f' orient="auto"><path d="M0,0 L8,4 L0,8 z" fill="{colour}"/></marker>'
        for colour in (_DARK, _BLUE, _GREY)
    )
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 {height}" width="760" height="{height}"'
        ' font-family="sans-serif" role="img">',
        f"<title>{escape(title)}</title>",
        f'<rect width="760" height="{height}" fill="#ffffff"/>',
        f"<defs>{markers}</defs>",
    ]


def _box(x: int, y: int, width: int, texts: Sequence[str], colour: str = _DARK, height: int = 50) -> Iterator[str]:
    yield f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="5" fill="#f8fafc" stroke="{colour}"/>'
    first = y + (height - 14 * len(texts)) // 2 + 11
    for number, text in enumerate(texts):
        weight = ' font-weight="bold"' if number == 0 else ""
        yield (
            f'<text x="{x + width // 2}" y="{first + 14 * number}" font-size="11" text-anchor="middle"'
            f' fill="{colour}"{weight}>{escape(text)}</text>'
        )


def _arrow(x: int, y: int, to_x: int, to_y: int, colour: str) -> str:
    return (
        f'<path d="M{x},{y} L{to_x},{to_y}" fill="none" stroke="{colour}" stroke-width="1.5"'
        f' marker-end="url(#head{colour[1:]})"/>'
    )


def _text(lines: Sequence[str]) -> str:
    return "\n".join([*lines, "</svg>"]) + "\n"
