"""Steps with a report of concern, taken through the pages as the people of the cast."""

from __future__ import annotations

import re
from datetime import date, datetime
from uuid import uuid4

from django.test import Client
from django.utils import timezone

CHILD = "Tilda i 6C, Björkskolan"


def minute(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")


def note_made(client: Client, **changed: str) -> str:
    """The reporter notes that it is made; gives the note's path."""
    fields = {"made_at": minute(timezone.now()), "how": "phone", "received_by": "Elias"}
    answer = client.post("/orosanmalan/", fields | changed)
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def receive(client: Client, **changed: str) -> str:
    """The intake registers it; gives its path."""
    fields = {
        "token": str(uuid4()),
        "received_at": minute(timezone.now()),
        "how": "phone",
        "child": CHILD,
        "reporter": "Amira Holmgren, Björkskolan",
        "reference": "",
    }
    answer = client.post("/orosanmalan/inkomna/ny/", fields | changed)
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def act(client: Client, path: str, name: str, **fields: str) -> int:
    """One act on the page at `path`, with the version that the page shows."""
    page = client.get(path).content.decode()
    found = re.search(r'name="seen_version" value="(\d+)"', page)
    assert found, page
    answer = client.post(path, {"act": name, "seen_version": found[1]} | fields)
    return answer.status_code


def assess(client: Client, report: str) -> None:
    assert act(client, report, "protect", assessed_at=minute(timezone.now())) == 302


def decide(client: Client, report: str, state: str, on: date | None = None) -> None:
    day = on or timezone.localdate()
    assert act(client, report, "decide", state=state, decided_on=day.isoformat()) == 302


def ask(client: Client, made: str) -> None:
    answer = client.post(f"{made}aterkoppling/", {"child": CHILD})
    assert answer.status_code == 302, answer.content.decode()


def question_of(client: Client) -> str:
    """The path of the first question that waits for the intake."""
    page = client.get("/orosanmalan/inkomna/").content.decode()
    found = re.search(r'href="(/aterkoppling/[0-9a-f-]{36}/)"', page)
    assert found, page
    return found[1]
