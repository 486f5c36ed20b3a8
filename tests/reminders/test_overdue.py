"""S13 of domain.md §8: a follow-up that nobody makes, day by day over Christmas, as those who are told of it see it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from uuid import UUID

import time_machine
from django.test import Client

from access.request_transaction import work
from reminders import engine
from reminders.models import Deadline, Notice
from tests.cases import steps
from tests.cast import Cast
from tests.reminders.conftest import MailServer, at
from tests.reminders.test_pages import main_of

AsWorker = Callable[[], AbstractContextManager[None]]
LEAD, SUBSTITUTE, MANAGER = "koordinator", "socialsekreterare", "chef"
DUE = date(2026, 12, 18)
# Day → who finds what in the inbox, and who gets a mail: the whole of it.
TOLD: dict[date, tuple[list[tuple[str, str]], list[str]]] = {
    date(2026, 12, 10): ([], []),
    date(2026, 12, 11): ([(LEAD, "due_soon")], []),
    date(2026, 12, 17): ([(LEAD, "due_soon")], [LEAD]),
    date(2026, 12, 18): ([(LEAD, "due_today")], []),
    date(2026, 12, 21): ([(LEAD, "late")], [LEAD]),
    # Christmas: no message to anybody. The day's notice lies in the inbox of whoever logs in; its mail waits.
    date(2026, 12, 24): ([], []),
    date(2026, 12, 25): ([(SUBSTITUTE, "late_stand_in")], []),
    date(2026, 12, 26): ([], []),
    date(2026, 12, 28): ([], [SUBSTITUTE]),
    date(2027, 1, 1): ([(MANAGER, "late_in_unit")], []),
    date(2027, 1, 4): ([], []),
}


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return main_of(answer.content.decode())


def test_s13_an_overdue_follow_up_goes_from_the_coordinator_to_the_substitute_to_the_manager(
    committed_cast: Cast, as_worker: AsWorker, mail_server: MailServer
) -> None:
    cast = committed_cast
    with time_machine.travel(at(2026, 11, 20, 10, 0), tick=False):
        steps.tell(cast.client("larare"))
        lead = cast.client(LEAD)
        case = steps.take(lead, steps.first_link(lead, "/inkommet/", "/inkommet/"))
        with work(cast.actor(LEAD)):
            deadline = Deadline.objects.get(kind="follow_up_due")
        # Four weeks after the case was opened, by the routine.
        assert deadline.due_on == DUE
    there = f"/uppfoljning/{deadline.subject_id}/"
    seen: set[UUID] = set()
    for day, (noticed, mailed) in TOLD.items():
        before = len(mail_server.receivers)
        with time_machine.travel(at(day.year, day.month, day.day, 8, 5), tick=False):
            if day == date(2026, 12, 21):
                _goes_on_leave(cast)
            with as_worker():
                engine.tick(at(day.year, day.month, day.day, 8, 5))
        with work(cast.actor(LEAD)):
            rows = Notice.objects.filter(deadline=deadline).exclude(pk__in=seen)
            new = list(rows.values_list("pk", "membership__user__demo_cast", "text"))
        seen.update(pk for pk, _who, _text in new)
        assert [(who, text) for _pk, who, text in new] == noticed, day
        assert mail_server.receivers[before:] == [f"{who}@sspf.example" for who in mailed], day
    assert deadline.label not in "".join(mail.as_string() for mail in mail_server.mails)

    with time_machine.travel(at(2027, 1, 4, 9, 0), tick=False):
        _the_substitute_is_told_and_gets_no_access_by_it(cast, case, there)
        _the_manager_sees_number_colleague_and_days(cast, deadline.label, there)
        _moved(cast, there, "2027-01-11", version=0)
        # It is no longer late: nothing of it waits with the manager.
        assert deadline.label not in page(cast.client(MANAGER), "/inkorg/")
        _moved(cast, there, "2027-01-12", version=1)
        assert "Flyttas dagen nu är det tredje gången." in page(cast.client(LEAD), there)
        _moved(cast, there, "2027-01-13", version=2)
        with as_worker():
            engine.tick(at(2027, 1, 4, 9, 1))
        text = page(cast.client(MANAGER), "/inkorg/")
        assert "Ett datum i din enhet flyttas gång på gång" in text
        assert f"{deadline.label}</strong>" in text
        assert "Ansvarig: Noomi Falk" in text
    assert f"{MANAGER}@sspf.example" not in mail_server.receivers


def _goes_on_leave(cast: Cast) -> None:
    fields = {
        "act": "away",
        "from_day": "2026-12-24",
        "to_day": "2026-12-28",
        "substitute": str(cast.membership(SUBSTITUTE).pk),
    }
    assert cast.client(LEAD).post("/paminnelser/", fields).status_code == 302


def _the_substitute_is_told_and_gets_no_access_by_it(cast: Cast, case: str, there: str) -> None:
    substitute = cast.client(SUBSTITUTE)
    text = page(substitute, "/inkorg/")
    assert "En uppgift som en kollega ansvarar för är försenad, och du är ersättare." in text
    assert "Ansvarig: Noomi Falk" in text
    assert "Be någon som arbetar med det att lägga till dig, eller att göra det." in text
    assert there not in text
    assert substitute.get(there).status_code == 404
    # Colleagues read a follow-up under a consent only.
    steps.consent(cast.client(LEAD), case, [cast.membership("larare").agency_id])
    added = {"act": "add", "colleague": str(cast.membership(SUBSTITUTE).pk), "until": "2027-02-01"}
    assert cast.client(LEAD).post(f"{case}personer/", added).status_code == 302
    text = page(substitute, "/inkorg/")
    assert f'href="{there}"' in text
    assert "lägga till dig" not in text
    assert substitute.get(there).status_code == 200


def _the_manager_sees_number_colleague_and_days(cast: Cast, number: str, there: str) -> None:
    manager = cast.client(MANAGER)
    for path in ("/inkorg/", "/forsenat/"):
        text = page(manager, path)
        assert all(words in text for words in (number, "Noomi Falk", "17")), path
        # Not the content, nor the way to it.
        assert not any(words in text for words in ("Nils", steps.SEEN, there)), path
    assert 'href="/forsenat/"' in page(manager, "/inkorg/")
    assert manager.get(there).status_code == 404


def _moved(cast: Cast, there: str, day: str, *, version: int) -> None:
    """Only with a reason."""
    fields = {"act": "move", "due_on": day, "seen_version": str(version)}
    lead = cast.client(LEAD)
    assert lead.post(there, fields | {"why": ""}).status_code == 422
    assert lead.post(there, fields | {"why": "waiting"}).status_code == 302
