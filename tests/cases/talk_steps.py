"""Steps after the concern is taken: orossamtal, follow-up and closing, through the pages."""

from __future__ import annotations

import re
from datetime import date, timedelta
from uuid import UUID

from django.test import Client
from django.utils import timezone

from access.request_transaction import set_partition, work
from cases.models import Case, FollowUp, FollowUpState
from cases.services.triage import assign
from reminders.working_days import next_working_day
from tests.cases import steps
from tests.cast import Cast

TRIGGER = "Kanariefågel: sågs tre kvällar i rad vid busstationen med äldre killar."
YOUTH = "Kanariefågel: ringer hem före klockan tio."
ATTENDED = "Nils, mamma Karin, Noomi och Elias"
HOW = "Kanariefågel: han kommer till skolan varje dag nu."


def opened(cast: Cast) -> str:
    """A case with nothing but the concern; the path of its page. Also a colleague works on it."""
    steps.tell(cast.client("larare"))
    coordinator = cast.client("koordinator")
    case = steps.take(coordinator, steps.first_link(coordinator, "/inkommet/", "/inkommet/"))
    actor = cast.actor("koordinator")
    with work(actor):
        assign(
            case=Case.objects.get(pk=id_in(case)),
            membership_id=cast.membership("socialsekreterare").id,
            lead=False,
            today=timezone.localdate(),
        )
    return case


def active(cast: Cast) -> str:
    """A case with a consent in force for police and school."""
    case = opened(cast)
    agencies = [
        cast.membership("polis", code="1495").agency_id,
        cast.membership("larare").agency_id,
    ]
    steps.consent(cast.client("koordinator"), case, agencies)
    return case


def id_in(path: str) -> UUID:
    found = re.search(r"[0-9a-f]{8}-[0-9a-f-]{27}", path)
    assert found, path
    return UUID(found[0])


def planned(cast: Cast, case: str) -> FollowUp:
    set_partition(cast.actor("koordinator"))
    return FollowUp.objects.get(case_id=id_in(case), state=FollowUpState.PLANNED)


def follow_up_page(cast: Cast, case: str) -> str:
    return f"/uppfoljning/{planned(cast, case).pk}/"


def ahead(days: int) -> date:
    return next_working_day(timezone.localdate() + timedelta(days=days))


def invitation(**changed: str) -> dict[str, str]:
    return {
        "kind": "social_services",
        "trigger": TRIGGER,
        "sent_on": timezone.localdate().isoformat(),
        "how": "letter",
        "invitation": "Samtalet är frivilligt.",
        "planned_for": "",
        "place": "Familjecentralen",
        "interpreter": "",
    } | changed


def invite(client: Client, case: str, **changed: str) -> str:
    answer = client.post(f"{case}samtal/", invitation(**changed))
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def notes(version: int = 0, /, **changed: str) -> dict[str, str]:
    return {
        "act": "save",
        "seen_version": str(version),
        "trigger": TRIGGER,
        "invitation": "Samtalet är frivilligt.",
        "agreed_youth": YOUTH,
        "original": "here",
    } | changed


def finishing(version: int = 0, /, **changed: str) -> dict[str, str]:
    return notes(
        version,
        **{
            "act": "finish",
            "held_on": timezone.localdate().isoformat(),
            "attended": ATTENDED,
            "outcome": "nytt_samtal",
            "then": "follow",
            "next_on": ahead(20).isoformat(),
        }
        | changed,
    )


def held(client: Client, case: str, **changed: str) -> str:
    """An orossamtal from invitation to next date; the path of its page."""
    talk = invite(client, case)
    answer = client.post(f"{talk}anteckningar/", finishing(**changed))
    assert answer.status_code == 302, answer.content.decode()
    return talk


def follow_up_fields(version: int = 0, /, **changed: str) -> dict[str, str]:
    return {
        "act": "hold",
        "how": HOW,
        "agreed": "Fortsätt på onsdagar",
        "then": "next",
        "next_on": ahead(30).isoformat(),
        "seen_version": str(version),
    } | changed


def followed_up(cast: Cast, client: Client, case: str, **changed: str) -> None:
    row = planned(cast, case)
    fields = follow_up_fields(row.version, responsible=str(row.responsible_id)) | changed
    answer = client.post(f"/uppfoljning/{row.pk}/", fields)
    assert answer.status_code == 302, answer.content.decode()


def close(cast: Cast, client: Client, case: str, reason: str = "mål_uppnådda") -> None:
    followed_up(cast, client, case, then="close", reason=reason, next_on="")
