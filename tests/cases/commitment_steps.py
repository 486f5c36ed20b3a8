"""A promise typed into the page, and the rows it leaves."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.test import Client

from access.request_transaction import work
from cases.models import Commitment
from reminders.models import Deadline
from tests.cases.talk_steps import ahead
from tests.cast import Cast

PROMISE = "Kanariefågel: ringer hem före klockan tio på vardagar."


def fields(adult: UUID | str, **changed: Any) -> dict[str, Any]:
    return {
        "token": str(uuid4()),
        "promiser": "young",
        "promise": PROMISE,
        "due_on": ahead(20).isoformat(),
        "adult": str(adult),
    } | changed


def promised(cast: Cast, client: Client, case: str, *, adult: str, **changed: Any) -> str:
    """The path of the page of the commitment."""
    answer = client.post(f"{case}atagande/", fields(cast.membership(adult).id, **changed))
    assert answer.status_code == 302, answer.content.decode()
    with work(cast.actor("koordinator")):
        return f"/atagande/{Commitment.objects.latest('created_at').pk}/"


def all_of(cast: Cast) -> list[Commitment]:
    with work(cast.actor("koordinator")):
        return list(Commitment.objects.order_by("created_at"))


def deadlines(cast: Cast) -> list[tuple[str, str, UUID]]:
    """Kind, state and who is reminded, in the order they were set."""
    kinds = ("own_commitment", "commitment_due")
    with work(cast.actor("koordinator")):
        found = Deadline.objects.filter(kind__in=kinds).order_by("created_at")
        return list(found.values_list("kind", "state", "responsible_membership_id"))
