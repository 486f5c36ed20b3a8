"""Steps with the police's questions, taken through the pages as the people of the cast."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.test import Client
from django.utils import timezone

from tests.cast import Cast

ABOUT = "Love Sandgren, född 2010"
LIST = "/polisens-fragor/"
UNITS = {
    "school": "rektor",
    "leisure": "fritidsledare",
    "social_services": "chef",
    "school_health": "skolskoterska",
}


def fields(cast: Cast, to: str, **changed: Any) -> dict[str, Any]:
    """A question to the unit of somebody of the cast; on the basis and of the kind that fits a school."""
    return {
        "token": str(uuid4()),
        "unit": str(cast.membership(UNITS[to]).unit_id),
        "basis": "UL_7",
        "kinds": ["school"],
        "about": ABOUT,
        "wanted": "Närvaron vecka 45 till 47",
        "purpose": "Vi vill förebygga att en konflikt mellan två grupper trappas upp",
        "answer_by": (timezone.localdate() + timedelta(days=5)).isoformat(),
    } | changed


def ask(cast: Cast, to: str, **changed: Any) -> str:
    """Sent by the officer; gives the receipt's path."""
    client = cast.client("polis", code="1495")
    answer = client.post(f"{LIST}ny/", fields(cast, to, **changed))
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def pass_on(cast: Cast, who: str, to: str, **changed: Any) -> str:
    """Written down by whoever was asked; gives the receipt's path."""
    told = {"officer": "Samir Ekdal, områdespolisen, 08-465 004 30", "basis": "OTHER"}
    client = cast.client(who)
    answer = client.post(f"{LIST}vidare/", fields(cast, to) | told | changed)
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def waiting_for(client: Client) -> str:
    """The path of the first question that waits for this decider."""
    page = client.get(LIST).content.decode()
    found = re.search(rf'href="({LIST}[0-9a-f-]{{36}}/)"', page)
    assert found, page
    return found[1]


def yes_no(answers: Mapping[str, str]) -> dict[str, str]:
    """Answers to the basis's questions, each with a note."""
    return {f"answer_{code}": answer for code, answer in answers.items()} | {
        f"note_{code}": "Enligt begäran" for code in answers
    }


def release(**changed: Any) -> dict[str, Any]:
    """What the principal answers on UL_7, of the school situation."""
    return (
        {
            "act": "release",
            "seen_version": "0",
            "about": ABOUT,
            "text_school": "Frånvarande tisdag och torsdag vecka 46.",
            "reason": "",
            "until": (timezone.localdate() + timedelta(days=30)).isoformat(),
        }
        | yes_no({"behovs": "yes", "overvagande": "no"})
        | changed
    )


def refuse(**changed: str) -> dict[str, str]:
    return {
        "act": "refuse",
        "seen_version": "0",
        "ground": "overvagande",
        "reason": "Det skulle skada arbetet med eleven.",
    } | changed
