# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What services that take messages document of the body they take, as JSON schemas. They know no other fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from support import schemas

_TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"}


def _text(most: int | None = None, least: int = 1) -> dict[str, Any]:
    return {"type": "string", "minLength": least, **({"maxLength": most} if most else {})}


def _object(required: tuple[str, ...], **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def _list(of: Any, most: int, least: int = 1) -> dict[str, Any]:
    return {"type": "array", "items": of, "minItems": least, "maxItems": most}


#: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks, and its reference of attachments and
#: blocks. The text is what clients show that cannot show blocks.
_SLACK = _object(
    ("text",),
    text=_text(40_000),
    attachments=_list(
        _object(
            ("blocks",),
            color={"type": "string", "pattern": "^#[0-9a-f]{6}$"},
            blocks=_list(
                _object(
                    ("type", "text"),
                    type={"const": "section"},
                    text=_object(("type", "text"), type={"enum": ["mrkdwn", "plain_text"]}, text=_text(3000)),
                ),
                50,
            ),
        ),
        100,
    ),
)

#: https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using and
#: https://adaptivecards.io/explorer/TextBlock.html. In version 1.4; Teams shows no later one to everybody.
_TEAMS = _object(
    ("type", "attachments"),
    type={"const": "message"},
    attachments=_list(
        _object(
            ("contentType", "content"),
            contentType={"const": "application/vnd.microsoft.card.adaptive"},
            contentUrl={"type": "null"},
            content=_object(
                ("type", "version", "body"),
                **{"$schema": {"const": "http://adaptivecards.io/schemas/adaptive-card.json"}},
                type={"const": "AdaptiveCard"},
                version={"enum": ["1.0", "1.1", "1.2", "1.3", "1.4"]},
                msteams=_object(("width",), width={"const": "Full"}),
                body=_list(
                    _object(
                        ("type", "text"),
                        type={"const": "TextBlock"},
                        text=_text(least=0),
                        color={"enum": ["default", "dark", "light", "accent", "good", "warning", "attention"]},
                        fontType={"enum": ["Default", "Monospace"]},
                        spacing={
                            "enum": ["None", "Default", "Small", "Medium", "Large", "ExtraLarge", "Padding"],
                        },
                        weight={"enum": ["Default", "Lighter", "Bolder"]},
                        wrap={"type": "boolean"},
                    ),
                    1000,
                ),
            ),
        ),
        1,
    ),
)

#: https://docs.discord.com/developers/resources/webhook#execute-webhook and
#: https://docs.discord.com/developers/resources/message#embed-object-embed-limits
_DISCORD = _object(
    ("embeds",),
    content=_text(2000),
    embeds=_list(
        _object(
            (), title=_text(256), description=_text(4096), color={"type": "integer", "minimum": 0, "maximum": 0xFFFFFF}
        ),
        10,
    ),
    allowed_mentions=_object(("parse",), parse=_list({"enum": ["roles", "users", "everyone"]}, 3, 0)),
)

#: https://docs.ntfy.sh/publish/#publish-as-json. A longer message becomes a file.
_NTFY = _object(
    ("topic",),
    topic={"type": "string", "pattern": "^[-_A-Za-z0-9]{1,64}$"},
    message=_text(4096),
    title=_text(),
    tags={"type": "array", "items": _text()},
    priority={"enum": [1, 2, 3, 4, 5]},
)

#: https://developer.pagerduty.com/docs/send-alert-event: a trigger has a payload, a resolve needs none.
_PAGERDUTY = {
    **_object(
        ("routing_key", "event_action"),
        routing_key=_text(32, 32),
        event_action={"enum": ["trigger", "acknowledge", "resolve"]},
        dedup_key=_text(255),
        payload=_object(
            ("summary", "source", "severity"),
            summary=_text(1024),
            source=_text(),
            severity={"enum": ["critical", "error", "warning", "info"]},
            timestamp=_TIME,
            component=_text(),
            group=_text(),
            **{"class": _text()},
            custom_details={"type": "object"},
        ),
        client=_text(),
        client_url=_text(),
    ),
    "if": {"properties": {"event_action": {"const": "trigger"}}},
    "then": {"required": ["payload"]},
    "else": {"required": ["dedup_key"]},
}

_LABELS = {
    "type": "object",
    "propertyNames": {"pattern": "^[a-zA-Z_][a-zA-Z0-9_]*$"},
    "additionalProperties": {"type": "string"},
}

#: `postableAlerts` of https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
_ALERTMANAGER = _list(
    _object(
        ("labels",),
        labels={**_LABELS, "required": ["alertname"]},
        annotations=_LABELS,
        startsAt=_TIME,
        endsAt=_TIME,
        generatorURL=_text(),
    ),
    1000,
)

SCHEMAS: Mapping[str, Mapping[str, Any]] = {
    "alertmanager": _ALERTMANAGER,
    "discord": _DISCORD,
    "ntfy": _NTFY,
    "pagerduty": _PAGERDUTY,
    "slack": _SLACK,
    "teams": _TEAMS,
}


def problems(service: str, body: Any) -> list[str]:
    """What a service would not take of a body; nothing of services that are not known here."""
    if service not in SCHEMAS:
        return []
    found = schemas.load("jsonschema").Draft202012Validator(SCHEMAS[service]).iter_errors(body)
    return [f"{'/'.join(map(str, one.absolute_path))}: {one.message}"[:200] for one in found]
