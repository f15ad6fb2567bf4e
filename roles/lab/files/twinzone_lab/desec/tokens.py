# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The URLs about tokens, their policies and the login of the emulated deSEC API."""

from __future__ import annotations

import ipaddress
import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from ..web.api import Response
from . import fields
from .errors import Invalid, Refusal, detail, forbidden, not_found
from .http import Call, View, page
from .store import Policy, Token

_MAX_TOKEN_NAME = 64
_DURATION = re.compile(r"(?:(?P<days>\d+) )?(?:(?:(?P<hours>\d+):)?(?P<minutes>\d+):)?(?P<seconds>\d+)(?:\.\d+)?")
_DURATION_HELP = "Duration has wrong format. Use one of these formats instead: [DD] [HH:[MM:]]ss[.uuuuuu]."


_EMAIL = re.compile(r"[^@\s]+@([A-Za-z0-9-]+\.)+[A-Za-z0-9-]{2,63}")


def _email(value: object) -> str:
    text = fields.text(value)
    if not _EMAIL.fullmatch(text):
        raise Invalid(["Enter a valid email address."])
    return text


class Root(View):
    """The API's beginning: where its parts are."""

    def get(self, call: Call) -> Response:
        """Absolute links."""
        base = f"{call.request.base_url}/api/v1"
        account = {"show": "", **{name: f"{name}/" for name in ("delete", "change-email", "reset-password")}}
        return Response(
            200,
            {
                "account": {name: f"{base}/auth/account/{path}" for name, path in account.items()},
                "logout": f"{base}/auth/logout/",
                "tokens": f"{base}/auth/tokens/",
                "domains": f"{base}/domains/",
            },
        )


class Account(View):
    """`auth/account/`"""

    def get(self, call: Call) -> Response:
        """The account of the token."""
        user = call.token.user
        return Response(
            200,
            {
                "created": call.store.ticker.now(),
                "domains_under_management": len(list(call.store.domains_of(user))),
                "email": user.email,
                "id": str(uuid.uuid5(uuid.NAMESPACE_DNS, user.email)),
                "limit_domains": user.domain_limit,
                "outreach_preference": True,
            },
        )


class Serials(View):
    """`serials/`: for the operator's own servers."""

    wants_token = False

    def get(self, call: Call) -> Response:
        """Nobody else may ask."""
        raise detail(403, "Inadmissible client IP.")


class UnknownToken(View):
    """`auth/tokens/{id}/` with what is no id."""

    def get(self, call: Call) -> Response:
        """There is none."""
        raise detail(404, "Not found.")


class Login(View):
    """`auth/login/`"""

    wants_token = False

    def post(self, call: Call) -> Response:
        """A short-lived token for an account's password."""
        try:
            data = fields.as_object(call.json())
            readers = {"email": _email, "password": fields.text}
            values = fields.collect({name: _needed(data, name, read) for name, read in readers.items()})
        except Invalid as invalid:
            raise Refusal(400, invalid.errors) from None
        user = next((user for user in call.store.users if user.email == values["email"]), None)
        if user is None or user.password != values["password"]:
            raise detail(403, "Invalid username/password.")
        token = call.store.add_token(
            user,
            mfa=False,
            perm_create_domain=True,
            perm_delete_domain=True,
            perm_manage_tokens=True,
            max_age=timedelta(days=7),
            max_unused_period=timedelta(hours=1),
        )
        return Response(200, _with_secret(call, token))


class Logout(View):
    """`auth/logout/`"""

    def post(self, call: Call) -> Response:
        """The token that asks is gone."""
        del call.store.tokens[call.token.secret]
        return Response(204)


class TokenView(View):
    """All that wants the permission to manage tokens."""

    def permit(self, call: Call) -> None:
        """Manage tokens, or nothing."""
        if not call.token.perm_manage_tokens:
            raise forbidden()


class TokenList(TokenView):
    """`auth/tokens/`"""

    def get(self, call: Call) -> Response:
        """All of the account, without secrets."""
        now = call.store.ticker.now()
        own = list(call.store.tokens_of(call.token.user))
        return page(call, own, lambda token: token.created, lambda token: token.shown(now))

    def post(self, call: Call) -> Response:
        """The only time the secret is shown."""
        token = call.store.add_token(call.token.user, **_token_values(call))
        _ensure_default_policy(token)
        return Response(201, _with_secret(call, token))


class TokenDetail(TokenView):
    """`auth/tokens/{id}/`"""

    def get(self, call: Call) -> Response:
        """One."""
        return Response(200, _addressed(call).shown(call.store.ticker.now()))

    def patch(self, call: Call) -> Response:
        """Change what it may do."""
        token = _addressed(call)
        for name, value in _token_values(call).items():
            setattr(token, name, value)
        _ensure_default_policy(token)
        return Response(200, token.shown(call.store.ticker.now()))

    put = patch

    def delete(self, call: Call) -> Response:
        """Idempotent."""
        token = _find(call)
        if token is not None:
            del call.store.tokens[token.secret]
        return Response(204)


class PolicyView(View):
    """Policies are changed by whoever manages tokens, and may be read by the token that they bind."""

    def permit(self, call: Call) -> None:
        """See above."""
        own = call.reading and call.token.id == call.path["id"]
        if not (call.token.perm_manage_tokens or own):
            raise forbidden()
        if _find(call) is None:
            raise detail(404, "Not found.")


class PolicyList(PolicyView):
    """`auth/tokens/{id}/policies/rrsets/`"""

    def get(self, call: Call) -> Response:
        """The most specific first."""
        policies = sorted(_addressed(call).policies, key=lambda policy: policy.precedence)
        return Response(200, [policy.shown() for policy in policies])

    def post(self, call: Call) -> Response:
        """The default policy has to be the first."""
        token = _addressed(call)
        policy = Policy(None, None, None, False)
        changed = _policy_values(call, policy, partial=False)
        if not token.policies and not changed.is_default:
            raise Refusal(400, _precedence("The first policy must be the default policy."))
        _refuse_duplicate(call, token, changed)
        token.policies.append(changed)
        return Response(201, changed.shown())


class PolicyDetail(PolicyView):
    """`auth/tokens/{id}/policies/rrsets/{policy}/`"""

    def get(self, call: Call) -> Response:
        """One."""
        return Response(200, _policy(call).shown())

    def patch(self, call: Call) -> Response:
        """Change it, but not whether it is the default."""
        token, policy = _addressed(call), _policy(call)
        changed = _policy_values(call, policy, partial=call.request.method == "PATCH")
        if changed.is_default != policy.is_default:
            text = "When using policies, there must be exactly one default policy."
            raise Refusal(400, {"non_field_errors": [text]})
        if changed.is_default and changed.perm_write and token.auto_policy:
            raise Refusal(400, {"perm_write": ["Must be false when auto_policy is in effect for the token."]})
        if changed.scope != policy.scope:
            _refuse_duplicate(call, token, changed)
        token.policies[token.policies.index(policy)] = changed
        return Response(200, changed.shown())

    put = patch

    def delete(self, call: Call) -> Response:
        """Idempotent; the default policy goes last."""
        token = _addressed(call)
        policy = next((policy for policy in token.policies if policy.id == call.path["policy"]), None)
        if policy is not None:
            if policy.is_default and len(token.policies) > 1:
                raise Refusal(400, _precedence("Can't delete default policy when there exist others."))
            token.policies.remove(policy)
        return Response(204)


def _precedence(text: str) -> dict[str, list[str]]:
    return {"non_field_errors": [f"Policy precedence: {text}"]}


def _find(call: Call) -> Token | None:
    return next((token for token in call.store.tokens_of(call.token.user) if token.id == call.path["id"]), None)


def _addressed(call: Call) -> Token:
    token = _find(call)
    if token is None:
        raise not_found("Token")
    return token


def _policy(call: Call) -> Policy:
    for policy in _addressed(call).policies:
        if policy.id == call.path["policy"]:
            return policy
    raise not_found("TokenDomainPolicy")


def _refuse_duplicate(call: Call, token: Token, policy: Policy) -> None:
    if any(other.scope == policy.scope for other in token.policies):
        domain = call.store.domains.get(policy.domain or "")
        numbers = (token.id, domain and domain.id, policy.subname, policy.type)
        values = ", ".join("null" if value is None else str(value) for value in numbers)
        raise detail(
            409,
            'Conflict: duplicate key value violates unique constraint "unique_policy"\n'
            f"DETAIL:  Key (token_id, domain_id, subname, type)=({values}) already exists.",
        )


def _ensure_default_policy(token: Token) -> None:
    """A token that writes policies for the domains it creates needs one that forbids the rest."""
    if token.auto_policy and not token.policies:
        token.policies.append(Policy(None, None, None, False))


def _with_secret(call: Call, token: Token) -> dict[str, Any]:
    return {**token.shown(call.store.ticker.now()), "token": token.secret}


def _needed(data: dict[str, Any], name: str, read: Callable[[object], Any]) -> Callable[[], Any]:
    def check() -> Any:
        if name not in data:
            raise Invalid([fields.REQUIRED])
        return read(data[name])

    return check


def _token_values(call: Call) -> dict[str, Any]:
    """The writable attributes that the body names."""
    readers: dict[str, Callable[[object], Any]] = {
        "name": lambda value: fields.text(value, blank=True, limit=_MAX_TOKEN_NAME),
        "perm_create_domain": fields.boolean,
        "perm_delete_domain": fields.boolean,
        "perm_manage_tokens": fields.boolean,
        "auto_policy": fields.boolean,
        "max_age": _duration,
        "max_unused_period": _duration,
        "allowed_subnets": _subnets,
    }
    try:
        data = fields.as_object(call.json() if call.request.body else {})
        return fields.collect({name: _needed(data, name, readers[name]) for name in readers if name in data})
    except Invalid as invalid:
        raise Refusal(400, invalid.errors) from None


def _duration(value: object) -> timedelta | None:
    if value is None:
        return None
    match = _DURATION.fullmatch(str(value))
    if match is None:
        raise Invalid([_DURATION_HELP])
    return timedelta(**{unit: int(number) for unit, number in match.groupdict(default="0").items()})


def _subnets(value: object) -> list[str]:
    """Kept, but not enforced: in the lab every client has a loopback address."""
    if not isinstance(value, list):
        raise Invalid([f'Expected a list of items but got type "{type(value).__name__}".'])
    wrong: dict[str, object] = {
        str(index): ["Invalid CIDR address."] for index, item in enumerate(value) if not _is_network(item)
    }
    if wrong:
        raise Invalid(wrong)
    return [fields.text(item) for item in value]


def _is_network(value: object) -> bool:
    try:
        return bool(ipaddress.ip_network(str(value), strict=False))
    except ValueError:
        return False


def _policy_values(call: Call, policy: Policy, *, partial: bool) -> Policy:
    readers: dict[str, Callable[[object], Any]] = {
        "domain": lambda value: _own_domain(call, value),
        "subname": lambda value: None if value is None else fields.subname(value, ""),
        "type": lambda value: None if value is None else fields.type_name(value),
        "perm_write": fields.boolean,
    }
    try:
        data = fields.as_object(call.json())
        wanted = [name for name in readers if name in data or (name != "perm_write" and not partial)]
        values = fields.collect({name: _needed(data, name, readers[name]) for name in wanted})
    except Invalid as invalid:
        raise Refusal(400, invalid.errors) from None
    merged = {"domain": policy.domain, "subname": policy.subname, "type": policy.type, "perm_write": policy.perm_write}
    return Policy(**{**merged, **values}, id=policy.id)


def _own_domain(call: Call, value: object) -> str | None:
    if value is None:
        return None
    if call.store.domain_of(call.token.user, str(value)) is None:
        raise Invalid([f"Object with name={value} does not exist."])
    return str(value)
