"""Every route, as every role: classified in the table, and answering as the table says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from access.models import Role
from access.routes import classified, may_enter, table
from audit.models import AuditEvent
from tests.cast import Cast

# One of the cast for each role.
WHO = {
    Role.TEACHER: "larare",
    Role.PRINCIPAL: "rektor",
    Role.SCHOOL_COUNSELLOR: "kurator",
    Role.SCHOOL_NURSE: "skolskoterska",
    Role.SOCIAL_WORKER: "socialsekreterare",
    Role.COORDINATOR: "koordinator",
    Role.POLICE_OFFICER: "polis",
    Role.YOUTH_WORKER: "fritidsledare",
    Role.MANAGER: "chef",
    Role.LOG_REVIEWER: "logggranskare",
    Role.REGISTRAR: "registrator",
    Role.SAFETY_COORDINATOR: "trygghetssamordnare",
    Role.ADMINISTRATOR: "administrator",
    Role.APPROVER: "utsedd",
}
# What differs from one answer to the next whatever the page: form tokens, and the path to come back to.
TOKENS = re.compile(r'name="(csrfmiddlewaretoken|next)" value="[^"]*"')
# Mostly of allauth, for somebody who has neither password, code nor recovery codes.
NOTHING_THERE = {
    "account_reauthenticate": {403},
    "mfa_reauthenticate": {403},
    "mfa_view_recovery_codes": {404},
    # Neither sequencer nor workers are at work beside these tests.
    "healthz_evidence": {503},
    "healthz_reminders": {503},
}
DEMO_ONLY = {"demo_login", "demo_cast", "demo_mailbox"}


def routes(patterns: Any = None) -> Iterator[tuple[str, list[str]]]:
    """Every named route with the names of its parameters."""
    for entry in patterns if patterns is not None else get_resolver().url_patterns:
        if isinstance(entry, URLResolver):
            yield from routes(entry.url_patterns)
        elif isinstance(entry, URLPattern):
            yield str(entry.name), list(entry.pattern.converters)


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    rows = {
        *table()["public"]["routes"],
        *table()["account"]["routes"],
        *table()["signed_in"]["routes"],
        *table()["roles"],
    }
    assert {name for name, _parameters in routes()} == rows - DEMO_ONLY


def test_what_works_without_a_membership_is_open_to_whoever_has_none() -> None:
    assert [one for one in table()["flags"]["homeless"] if not may_enter(None, one)] == []


def test_every_role_has_somebody_in_the_cast(cast: Cast) -> None:
    assert {role: cast.membership(who).role for role, who in WHO.items()} == {r: r for r in Role}


@pytest.mark.parametrize("role", list(Role))
def test_a_page_is_open_to_the_roles_of_its_row_and_missing_for_all_others(
    cast: Cast, role: Role
) -> None:
    client = cast.client(WHO[role])
    for name, parameters in routes():
        if parameters or name in {"account_logout", "account_login"}:
            continue
        status = client.get(reverse(name)).status_code
        if role in classified()[name]:
            expected = {200, 302, 405, 409} | NOTHING_THERE.get(name, set())
            assert status in expected, (name, status)
        else:
            assert status == 404, (name, status)


@pytest.mark.parametrize("role", list(Role))
def test_an_unknown_id_is_the_same_404_whether_the_page_is_open_to_the_role_or_not(
    cast: Cast, role: Role
) -> None:
    client = cast.client(WHO[role])
    bodies = {}
    for name, parameters in routes():
        if not parameters or name in table()["public"]["routes"]:
            continue
        given = {p: uuid4() if p in {"pk", "item", "promise"} else "2020" for p in parameters}
        for method in (client.get, client.post):
            answer = method(reverse(name, kwargs=given))
            if answer.status_code != 405:
                assert answer.status_code == 404, (name, answer.status_code)
                bodies[name] = TOKENS.sub("", answer.content.decode())
    assert len(set(bodies.values())) == 1


def test_without_signing_in_only_public_pages_open(db: None) -> None:
    client = Client()
    for name, parameters in routes():
        if name in table()["public"]["routes"]:
            continue
        given = {p: uuid4() for p in parameters}
        answer = client.get(reverse(name, kwargs=given))
        assert answer.status_code == 302, name
        assert answer["Location"].startswith("/logga-in/"), name


def test_a_closed_page_is_noted_in_the_log(cast: Cast) -> None:
    assert cast.client("larare").get("/inkommet/").status_code == 404
    noted = AuditEvent.objects.get(action="enter")
    assert (noted.outcome, noted.object_type, noted.actor_role) == ("denied", "intake", "teacher")


def test_demo_routes_do_not_exist_outside_the_demo(db: None) -> None:
    client = Client()
    for path in ("/demo/login/", "/demo/cast.json", "/demo/brevlada/"):
        assert client.get(path).status_code == 404
        assert client.post(path).status_code == 404
