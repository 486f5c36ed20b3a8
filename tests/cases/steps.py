"""Steps of the main story, taken through the pages as the people of the cast."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.test import Client
from django.utils import timezone

from access.actor import MEMBERSHIP_KEY, actor_of
from access.models import Agency, Membership, Unit
from access.request_transaction import work
from cases.models import ConsentSigner, Guardian
from cases.rules.law import in_force
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
    return last_id(answer["Location"])


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
        "birth_date": BORN,
        "protection": "none",
    }
    answer = client.post(concern, fields | changed)
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


BORN = "2010-03-15"


def guardian(client: Client, case: str, name: str = "Maria Persson", **changed: str) -> None:
    fields = {"name": name, "custody": "sole", "phone": "", "address": "", "starts_on": ""}
    answer = client.post(f"{case}vardnadshavare/", fields | changed)
    assert answer.status_code == 302, answer.content.decode()


def correct_guardian(client: Client, case: str, *, reason: str, **changed: str) -> None:
    """The first guardian of the case put right, for the first time."""
    page = link_matching(client, f"{case}vardnadshavare/", r"/vardnadshavare/[0-9a-f-]{36}/ratta/")
    fields = {"name": "Maria Persson", "custody": "sole", "phone": "", "address": ""}
    answer = client.post(page, fields | {"reason": reason, "seen_version": "0"} | changed)
    assert answer.status_code == 302, answer.content.decode()


def ticks(places: list[UUID], *, kinds: set[str] | None = None) -> dict[str, list[str]]:
    """Every tick of the units with these ids, or of all units of the agencies with these ids, and of the host."""
    today = timezone.localdate()
    rows = [
        row for row in in_force("information_kind", today) if kinds is None or row["code"] in kinds
    ]
    chosen = Q(agency_id__in=places) | Q(id__in=places)
    units = list(Unit.objects.filter(chosen).select_related("agency"))
    host = Agency.objects.get(hosts_sspf=True, municipality_id=units[0].agency.municipality_id)
    receive = [
        f"{unit.id}:{row['code']}"
        for unit in units
        for row in rows
        if unit.agency.kind not in row["not_to"]
    ]
    share = [f"{unit.id}:{row['code']}" for unit in host.units.all() for row in rows]
    return {"receive": receive, "share": share}


def begin_consent(
    client: Client,
    case: str,
    places: list[UUID],
    *,
    kinds: set[str] | None = None,
    **changed: object,
) -> str:
    """A consent begun, every tick for these units or agencies; gives its path."""
    fields: dict[str, object] = {
        **ticks(places, kinds=kinds),
        "not_shared": "",
        "valid_to": (timezone.localdate() + timedelta(days=150)).isoformat(),
        "language": "sv",
        "interpreter": "",
        "contact": "",
        "renews": "on",
    }
    answer = client.post(f"{case}samtycke/", fields | changed)
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def signers(client: Client, consent_path: str) -> list[str]:
    """The paths on which answers are still to be noted, guardians first."""
    html = client.get(consent_path).content.decode()
    return list(dict.fromkeys(re.findall(rf'href="({consent_path}svar/[0-9a-f-]{{36}}/)"', html)))


def answer_for(client: Client, signer: str, answer: str = "signed", **changed: str) -> Any:
    fields = {
        "answer": answer,
        "channel": "paper",
        "day": timezone.localdate().isoformat(),
        "opinion": "Jag vill ha hjälp med skolan.",
        "read_by": "",
    }
    return client.post(signer, fields | changed)


def consent(
    client: Client,
    case: str,
    places: list[UUID],
    *,
    kinds: set[str] | None = None,
    opinion: str = "Jag vill ha hjälp med skolan.",
    read_by: str = "",
    **changed: object,
) -> str:
    """A guardian registered, a consent begun and signed by everybody; gives its path.

    Who is to answer, and how, is asked of the rows: the pages that show it have tests of their own (test_consent).
    """
    actor = actor_of(Membership.objects.get(pk=client.session[MEMBERSHIP_KEY]))
    with work(actor):
        of_case = Guardian.objects.filter(person__cases=last_id(case))
        registered = of_case.filter(ends_on=None).exists()
    if not registered:
        guardian(client, case)
    begun = begin_consent(client, case, places, kinds=kinds, **changed)
    with work(actor):
        asked = list(ConsentSigner.objects.filter(consent_id=last_id(begun)))
    for one in asked:
        answer = answer_for(
            client,
            f"{begun}svar/{one.pk}/",
            "signed" if one.must_sign else "heard",
            opinion=opinion,
            read_by=read_by,
        )
        assert answer.status_code == 302, answer.content.decode()
    return begun


def last_id(path: str) -> UUID:
    return UUID(path.rstrip("/").rsplit("/", 1)[-1])


def write_summary(client: Client, case: str, readers: list[UUID], **changed: str) -> str:
    """Told through the guide on the consent, to people of one unit; gives the proposal's path."""
    fields = {
        "to_unit": str(Membership.objects.get(pk=readers[0]).unit_id),
        "kind": "social",
        "happened_on": "",
        "basis": "SAMTYCKE",
        "q_inom": "yes",
        "q_inom_note": "Det är det som är förkryssat.",
        "readers": [str(one) for one in readers],
        "about": "Nils, född 2012",
        "body": SUMMARY,
        "until": (timezone.localdate() + timedelta(days=90)).isoformat(),
        "channel": "in_system",
        "told": "told",
        "told_why": "De har läst samtycket.",
        "act": "send",
    }
    answer = client.post(f"{case}dela/", fields | changed)
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
