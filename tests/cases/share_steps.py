"""Steps through the guide Dela and the register, as the people of the cast."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from access.models import Membership
from tests.cases.steps import first_link, take, tell
from tests.cast import Cast

TOLD = "Han ska köra en väska till Göteborg på fredag klockan nio. Det sa han själv i går."
RISK = {
    "q_begatt": "no",
    "q_begatt_note": "Det är på fredag, inget har hänt än.",
    "q_konkreta_note": "Han har berättat dag, tid och vem som betalar.",
    "q_lampligt": "no",
    "q_lampligt_note": "Insatsen fortsätter som vanligt.",
}


def years_ago(years: int, on: date) -> str:
    return on.replace(year=on.year - years).isoformat()


def case_of_sami(cast: Cast, *, born: str) -> str:
    """A case with a birth date, in which the social worker and the manager work. Gives its path."""
    tell(cast.client("larare"), child="Sami i 3A")
    coordinator = cast.client("koordinator")
    case = take(coordinator, first_link(coordinator, "/inkommet/", "/inkommet/"), name="Sami Testsson",
                birth_date=born)  # fmt: skip
    for colleague in ("socialsekreterare", "chef"):
        fields = {
            "act": "add",
            "colleague": str(cast.membership(colleague).id),
            "until": (timezone.localdate() + timedelta(days=100)).isoformat(),
        }
        answer = coordinator.post(f"{case}personer/", fields)
        assert answer.status_code == 302, answer.content.decode()
    return case


def fields_to(member: Membership, **changed: Any) -> dict[str, Any]:
    """Everything the guide asks, to one named person. A basis and its answers are to be added."""
    return {
        "to_unit": str(member.unit_id),
        "kind": "social",
        "happened_on": "",
        "readers": [str(member.id)],
        "about": "Sami, född 2007",
        "body": TOLD,
        "channel": "in_system",
        "until": (timezone.localdate() + timedelta(days=30)).isoformat(),
        "told": "not_told",
        "told_why": "Då kan brottet bli av ändå.",
    } | changed


def send(client: Client, page: str, fields: dict[str, Any]) -> str:
    """The proposal sent; gives its path."""
    answer = client.post(page, fields | {"act": "send"})
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def decide(client: Client, proposal: str, act: str = "approve", version: str = "0") -> Any:
    return client.post(proposal, {"act": act, "seen_version": version})


def text_of(answer: Any) -> str:
    """The page's words, with entities and tags taken away, one space between them."""
    html = answer.content.decode().replace("&#x27;", "'").replace("&amp;", "&")
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())
