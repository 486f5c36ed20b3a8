"""Steps of the main story, taken through the pages as the people of the cast."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.test import Client
from django.utils import timezone

from tests.cast import Cast

SEEN = "Sitter ensam varje rast sedan i måndags, säger att ingen hämtar."
SUMMARY = "Skolan och socialtjänsten stödjer Nils på eftermiddagarna. Håll utkik vid busstationen."


def concern_fields(**changed: str) -> dict[str, str]:
    return {
        "harm": "no",
        "child": "Nils i 8B",
        "seen": SEEN,
        "place": "Björkskolans gård",
        "done": "Talat med mentor",
        "guardians": "know",
    } | changed


def tell(client: Client, **changed: str) -> UUID:
    """A concern sent; gives the receipt's id."""
    answer = client.post("/oro/ny/", concern_fields(**changed))
    assert answer.status_code == 302, answer.content.decode()
    return UUID(answer["Location"].rstrip("/").rsplit("/", 1)[-1])


def first_link(client: Client, page: str, prefix: str) -> str:
    """The first link on `page` to something of its own (an id) under `prefix`."""
    html = client.get(page).content.decode()
    found = re.search(f'href="({prefix}[0-9a-f-]{{36}}/)"', html)
    assert found, html
    return found[1]


def link_matching(client: Client, page: str, pattern: str) -> str:
    found = re.search(f'href="({pattern})"', client.get(page).content.decode())
    assert found, pattern
    return found[1]


def take(client: Client, concern: str, **changed: str) -> str:
    """A concern taken; gives the path of the case."""
    fields = {
        "act": "take",
        "name": "Nils Persson",
        "number": "",
        "birth_date": "",
        "protection": "none",
    }
    answer = client.post(concern, fields | changed)
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def consent(client: Client, case: str, agency_ids: list[UUID], **changed: str) -> None:
    today = timezone.localdate()
    fields = {
        "signed_by": "Vårdnadshavare 1 och den unge",
        "agencies": [str(one) for one in agency_ids],
        "not_shared": "",
        "signed_on": today.isoformat(),
        "valid_from": today.isoformat(),
        "valid_to": (today + timedelta(days=150)).isoformat(),
        "received_how": "paper",
    }
    answer = client.post(f"{case}samtycke/", fields | changed)
    assert answer.status_code == 302, answer.content.decode()


def write_summary(client: Client, case: str, readers: list[UUID], **changed: str) -> str:
    fields = {
        "readers": [str(one) for one in readers],
        "about": "Nils, född 2012",
        "body": SUMMARY,
        "until": (timezone.localdate() + timedelta(days=90)).isoformat(),
        "act": "send",
    }
    answer = client.post(f"{case}sammanfattning/", fields | changed)
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def released(cast: Cast) -> tuple[str, str]:
    """The whole spine: told, taken, consented, written, approved. Gives the case's and the summary's path."""
    tell(cast.client("larare"))
    coordinator = cast.client("koordinator")
    case = take(coordinator, first_link(coordinator, "/inkommet/", "/inkommet/"))
    police = cast.membership("polis", code="1495")
    school = cast.membership("larare")
    consent(coordinator, case, [police.agency_id, school.agency_id])
    summary = write_summary(coordinator, case, [police.id])
    answer = cast.client("chef").post(summary, {"act": "approve", "seen_version": "0"})
    assert answer.status_code == 302, answer.content.decode()
    return case, summary


def withdraw(client: Client, case: str, scopes: Iterable[UUID]) -> None:
    """Ticks of the case's consent withdrawn by telephone."""
    path = link_matching(client, case, "/samtycke/[0-9a-f-]{36}/aterkalla/")
    answer = client.post(
        path, {"scopes": [str(one) for one in scopes], "channel": "phone", "act": "confirm"}
    )
    assert answer.status_code == 302, answer.content.decode()
