# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cloudflare's OpenAPI document: what it says of a request, and of an answer. It is no part of the project."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
import requests

from support import schemas
from support.paths import SHARED

CONTRACT = SHARED / "contract" / "cloudflare-openapi-dns.json"

needs_contract = pytest.mark.skipif(
    not CONTRACT.exists(), reason="Cloudflare's OpenAPI document is not part of the project"
)


def check_contract(method: str, path: str, response: requests.Response) -> bool:
    """Whether the document speaks about the answer; fails when they differ. path: below the API's base URL."""
    template, operation = _operation(method, path)
    if operation is None:
        return False
    validator = _answer_validator(template, method, response.status_code)
    if validator is None:
        return False
    errors = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(response.json())]
    assert not errors, f"{method} {path} answered {response.text}: {errors}"
    return True


def request_errors(method: str, path: str, query: Sequence[Sequence[str]], body: object) -> list[str]:
    """Where the document does not know what is asked, or wants it otherwise."""
    template, operation = _operation(method, path)
    if operation is None:
        return [f"{method} {template} is not documented"]
    return [*_query_errors(operation, query), *_body_errors(template, method, operation, body)]


def _operation(method: str, path: str) -> tuple[str, Any]:
    """The path as the document writes it, and what it says of the method; None when it says nothing."""
    path = path.partition("?")[0].rstrip("/")
    documented = _document().get("paths", {})
    for template in sorted(documented, key=lambda template: str(template).count("{")):
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
            return template, documented[template].get(method.lower())
    return path, None


def _query_errors(operation: Mapping[str, Any], query: Sequence[Sequence[str]]) -> Iterator[str]:
    given = [_resolved(parameter) for parameter in operation["parameters"]]
    schemas = {parameter["name"]: parameter["schema"] for parameter in given if parameter["in"] == "query"}
    for name, text in query:
        if name not in schemas:
            yield f"query parameter {name} is not documented"
            continue
        value: object = float(text) if _resolved(schemas[name]).get("type") in ("number", "integer") else text
        for error in _validators().OAS30WriteValidator(_whole(schemas[name])).iter_errors(value):
            yield f"query parameter {name}: {error.message}"
    if len({name for name, _text in query}) < len(query):
        yield "a query parameter is given twice"


def _body_errors(template: str, method: str, operation: Mapping[str, Any], body: object) -> Iterator[str]:
    if "requestBody" not in operation:
        if body is not None:
            yield f"a body is not documented: {body}"
        return
    for error in _body_validator(template, method).iter_errors(body):
        yield f"{error.json_path}: {error.message}"
    yield from _undocumented(operation["requestBody"]["content"]["application/json"]["schema"], body, "$")


def _undocumented(schema: Mapping[str, Any], value: object, where: str) -> Iterator[str]:
    """The fields that no part of the schema names, though it names some for that object."""
    if isinstance(value, list):
        for part in _parts(schema, value):
            for index, item in enumerate(value):
                yield from _undocumented(part.get("items", {}), item, f"{where}[{index}]")
    if not isinstance(value, dict):
        return
    documented: dict[str, list[Any]] = {}
    for part in _parts(schema, value):
        for name, inner in part.get("properties", {}).items():
            documented.setdefault(name, []).append(inner)
    for name, inner in value.items() if documented else ():
        if name not in documented:
            yield f"{where}.{name} is not documented"
        else:
            yield from _undocumented({"allOf": documented[name]}, inner, f"{where}.{name}")


def _parts(schema: Mapping[str, Any], value: object) -> Iterator[Mapping[str, Any]]:
    """The schema and all that it is put together from, as far as the value fits."""
    schema = _resolved(schema)
    yield schema
    for part in schema.get("allOf", ()):
        yield from _parts(part, value)
    for part in [*schema.get("oneOf", ()), *schema.get("anyOf", ())]:
        if _validators().OAS30WriteValidator(_whole(part)).is_valid(value):
            yield from _parts(part, value)


@functools.cache
def _validators() -> Any:
    """The module that checks values, imported only where there is a document."""
    return schemas.load("openapi_schema_validator")


@functools.cache
def _document() -> Any:
    return json.loads(CONTRACT.read_text()) if CONTRACT.exists() else {}


def _resolved(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema or parameter that is meant."""
    while "$ref" in schema:
        found = _document()
        for word in schema["$ref"].removeprefix("#/").split("/"):
            found = found[word]
        schema = found
    return schema


def _whole(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema with all that it refers to."""
    return {"allOf": [schema], "components": _document()["components"]}


@functools.cache
def _body_validator(template: str, method: str) -> Any:
    operation = _document()["paths"][template][method.lower()]
    return _validators().OAS30WriteValidator(_whole(operation["requestBody"]["content"]["application/json"]["schema"]))


@functools.cache
def _answer_validator(template: str, method: str, status: int) -> Any:
    """A validator for an answer, `None` where the document says nothing or what nobody can keep."""
    answers = _document()["paths"][template][method.lower()]["responses"]
    content = answers.get("200" if status == 200 else "4XX", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema")
    if schema is None or (status != 200 and len(schema.get("allOf", ())) == 2):  # success: true and false at once
        return None
    return _validators().OAS30ReadValidator(_whole(schema))
