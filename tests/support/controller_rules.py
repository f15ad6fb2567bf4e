# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWX refuses, as its own source says: awx/api/serializers.py, awx/api/views/__init__.py, awx/main/fields.py."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import jinja2
import jinja2.meta

#: What each kind of object may be given; another field AWX ignores, so that it is never set. Required ones first.
FIELDS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    endpoint: (frozenset(required.split()), frozenset(required.split()) | frozenset(others.split()))
    for endpoint, required, others in (
        ("credential_types", "name kind", "description inputs injectors managed"),
        ("credentials", "name credential_type organization", "description inputs"),
        ("execution_environments", "name image", "organization description pull credential"),
        (
            "notification_templates",
            "name organization notification_type notification_configuration",
            "description messages",
        ),
        (
            "projects",
            "name organization scm_type scm_url",
            "description scm_branch scm_update_on_launch default_environment credential timeout",
        ),
        ("inventories", "name organization", "description kind host_filter variables"),
        (
            "inventory_sources",
            "name inventory source source_project",
            "source_path execution_environment overwrite overwrite_vars update_on_launch description",
        ),
        (
            "job_templates",
            "name project playbook inventory",
            "organization description job_type execution_environment timeout allow_simultaneous job_slice_count"
            " ask_variables_on_launch ask_limit_on_launch survey_enabled limit extra_vars",
        ),
        ("workflow_job_templates", "name", "organization description allow_simultaneous"),
        ("workflow_job_template_nodes", "workflow_job_template", "identifier unified_job_template extra_data"),
        ("workflow_approval_templates", "name", "description timeout identifier workflow_job_template"),
        ("schedules", "name unified_job_template rrule", "description enabled extra_data"),
    )
}

#: What AWX fills in of a notification (awx/main/notifications/webhook_backend.py).
WEBHOOK = {"disable_ssl_verification": False, "username": "", "password": "", "http_method": "POST", "headers": {}}

_QUESTION = {"type": str, "question_name": str, "variable": str, "required": bool}
_TYPES = {"text": str, "textarea": str, "password": str, "multiplechoice": str, "integer": int, "float": float}


def fields(endpoint: str, given: Mapping[str, Any], creates: bool) -> Iterator[str]:
    """What is wrong with the fields of an object."""
    required, known = FIELDS[endpoint]
    yield from (f"{name} is no field of {endpoint}" for name in sorted(given.keys() - known))
    if creates:
        yield from (f"{name} is required" for name in sorted(required - given.keys()))


def credential_type(given: Mapping[str, Any]) -> Iterator[str]:
    """`CredentialTypeInputField` and `CredentialTypeInjectorField`."""
    entries: Sequence[Mapping[str, Any]] = given["inputs"]["fields"]
    names = [entry["id"] for entry in entries]
    if len(set(names)) < len(names):
        yield "field IDs must be unique"
    for entry in entries:
        if unknown := entry.keys() - {
            "id",
            "label",
            "type",
            "secret",
            "help_text",
            "multiline",
            "format",
            "default",
            "choices",
        }:
            yield f"additional properties: {unknown}"
        if not re.fullmatch(r"[a-zA-Z_]+[a-zA-Z0-9_]*", entry["id"]) or "label" not in entry:
            yield f"{entry['id']} is an invalid variable name, or has no label"
    for name, template in given["injectors"].get("env", {}).items():
        if name.startswith("ANSIBLE_") or not re.fullmatch(r"[a-zA-Z_]+[a-zA-Z0-9_]*", name) or not template.isascii():
            yield f"Environment variable {name} is not allowed"
        used = jinja2.meta.find_undeclared_variables(jinja2.Environment(autoescape=True).parse(template))
        if not used or used - {*names, "tower"}:
            yield f"{name}: uses an undefined field, or none: {template}"


def rule(text: str) -> Iterator[str]:
    """`SchedulePreviewSerializer.validate_rrule`."""
    if len(re.findall(r".*?(DTSTART(;[^:]+)?\:[0-9]+T[0-9]+Z?)", text)) != 1:
        yield "Valid DTSTART required in rrule. Value should start with: DTSTART:YYYYMMDDTHHMMSSZ"
    if re.findall(r".*?(DTSTART:[0-9]+T[0-9]+) ", text):
        yield "DTSTART cannot be a naive datetime"
    rules = re.findall(r".*?(RULE\:[^\s]*)", text)
    if not rules:
        yield "One or more rule required in rrule."
    for one in rules:
        if "INTERVAL" not in one:
            yield f"INTERVAL required in rrule: {one}"
        if "SECONDLY" in one:
            yield f"SECONDLY is not supported: {one}"


def survey(given: Mapping[str, Any]) -> Iterator[str]:
    """`JobTemplateSurveySpec._validate_spec_data`."""
    for name, kind in (("name", str), ("description", str), ("spec", list)):
        if not isinstance(given.get(name), kind):
            yield f"Field '{name}' is missing from survey spec, or not a {kind.__name__}."
    variables = [question.get("variable") for question in given["spec"]]
    if not variables or len(set(variables)) < len(variables):
        yield "'spec' doesn't contain any items, or a variable twice."
    for question in given["spec"]:
        yield from _question(question)


def _question(question: Mapping[str, Any]) -> Iterator[str]:
    for name, kind in _QUESTION.items():
        if not isinstance(question.get(name), kind):
            yield f"'{name}' in survey question expected to be {kind.__name__}."
    kind = _TYPES.get(question["type"], type(None))
    if "default" in question and not isinstance(question["default"], kind):
        yield "Default value in survey question has another type."
    if any(not isinstance(question.get(name, 0), int) for name in ("min", "max")):
        yield "The limit in survey question expected to be integer."
    if question["type"] == "multiplechoice" and not question.get("choices"):
        yield "Survey question of type multiplechoice must specify choices."


def launch_variables(template: Mapping[str, Any], extra: Mapping[str, Any]) -> Iterator[str]:
    """`SurveyJobTemplateMixin._accept_or_ignore_variables`: without the prompt, only those of the survey."""
    asked = {question["variable"] for question in (template.get("survey") or {}).get("spec", [])}
    if not template.get("ask_variables_on_launch") and extra.keys() - asked:
        yield "Variables are not allowed on launch. Check the Prompt on Launch setting on the template."
