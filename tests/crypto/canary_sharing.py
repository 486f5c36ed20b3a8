"""What the school tells the police without a case, a network meeting and an emergency opening, with canaries in each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

from django.utils import timezone

from access.request_transaction import work
from cases.models import Case
from tests.cases import glass_steps, share_steps, talk_steps
from tests.cast import Cast

DUTY = "socialsekreterare-utanfor"


def tell_the_police(cast: Cast, c: Callable[[str], str], *, born: str) -> None:
    """A proposal without a case keeps a birth date of its own, the answers, and why the person is not told."""
    share_steps.send(
        cast.client("rektor"),
        "/dela/",
        share_steps.fields_to(
            cast.membership("polis", code="1495"),
            kind="school",
            basis="UL_7",
            born=born,
            about=c("disclosure.about"),
            body=c("disclosure.body"),
            told_why=c("summary.told_why"),
            q_behovs="yes",
            q_behovs_note=c("summary.answers"),
            q_overvagande="no",
            q_overvagande_note=c("summary.answers"),
        ),
    )


def meet(cast: Cast, case: str, c: Callable[[str], str]) -> None:
    """Planned with an officer whom the consent covers, and held."""
    coordinator = cast.client("koordinator")
    at = timezone.localtime() + timedelta(days=9)
    planned = coordinator.post(
        f"{case}mote/",
        {
            "planned_for": f"{at:%Y-%m-%d} 15:00",
            **{name: c(f"meeting.{name}") for name in ("place", "about", "family")},
            "invited": [str(cast.membership("polis", code="1495").id)],
            "row_id": str(uuid4()),
        },
    )
    assert planned.status_code == 302, planned.content.decode()
    held = coordinator.post(
        planned["Location"],
        {"act": "hold", "minutes": c("meeting.minutes"), "seen_version": "0"},
    )
    assert held.status_code == 302, held.content.decode()


def open_in_emergency(cast: Cast, case: str, c: Callable[[str], str]) -> None:
    """Opened by one who has nothing to do with the case, and reviewed by the manager."""
    with work(cast.actor("koordinator")):
        number = Case.objects.get(pk=talk_steps.id_in(case)).number
    words = c("break_glass.words")
    _client, opening = glass_steps.break_glass(cast, DUTY, number, words=words)
    reviewed = cast.client("chef").post(
        f"{opening}granska/", {"outcome": "rätt", "note": c("break_glass.note")}
    )
    assert reviewed.status_code == 302, reviewed.content.decode()
