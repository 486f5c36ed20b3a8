"""The administrator's page about the machinery: numbers and codes, nobody's name; and what may be done from it."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from io import StringIO
from uuid import UUID, uuid4

import psycopg
import pytest
from django.core.management import call_command
from django.db import DatabaseError
from django.utils import timezone

from access.door import NotHere
from access.models import Agency, User
from access.request_transaction import work
from reminders import clock, engine, operations, queues
from reminders.models import Clock, Heartbeat, Reminder
from reminders.reconciler import reconcile
from reminders.services import finish, trust_clock
from tests.cast import Cast
from tests.reminders.conftest import MailServer, Owing, at
from tests.reminders.test_pages import main_of

AsWorker = Callable[[], AbstractContextManager[None]]
DUE = date(2027, 1, 20)
PAGE = "/drift/paminnelser/"


@pytest.fixture
def refused(owing: Owing, as_worker: AsWorker, mail_server: MailServer) -> Reminder:
    """A mail that the mail server refused for good."""
    owing.deadline(DUE, kind="task_due")
    mail_server.answer = "554 no"
    with as_worker():
        engine.tick(at(2027, 1, 20, 8, 0))
    mail_server.answer = "250 OK"
    with work(owing.actor):
        return Reminder.objects.get(status="dead")


def shown(cast: Cast, who: str = "administrator") -> str:
    answer = cast.client(who).get(PAGE)
    assert answer.status_code == 200
    return main_of(answer.content.decode())


def cut(page: bytes) -> str:
    """The page without what differs each time it is shown."""
    return re.sub(r"csrfmiddlewaretoken[^>]*|nonce=\S*", "", page.decode())


def tries(superuser: psycopg.Connection, who: str, cast: Cast) -> list[tuple[UUID, str]]:
    """What the log holds of the person's tries to send something again: which id, and how it went."""
    return superuser.execute(
        "SELECT object_id, outcome FROM audit.event"
        " WHERE action = 'reminder.retry' AND actor_membership_id = %s ORDER BY occurred_at",
        [cast.membership(who).id],
    ).fetchall()


def test_what_did_not_arrive_is_shown_with_why_and_without_number_or_name(
    refused: Reminder, committed_cast: Cast
) -> None:
    text = shown(committed_cast)
    assert "E-postservern tog inte emot den (554)" in text
    assert "S-7F3K-2M" not in text
    assert [name for name in User.objects.values_list("name", flat=True) if name in text] == []


def test_a_last_try_that_no_word_stands_for_is_shown_as_unknown(
    refused: Reminder, owing: Owing, committed_cast: Cast
) -> None:
    with work(owing.actor):
        Reminder.objects.filter(deadline=refused.deadline, status="sent").update(status="dead")
    assert "Okänt" in shown(committed_cast)


def test_trying_again_sends_it_and_is_in_the_log(
    refused: Reminder,
    owing: Owing,
    as_worker: AsWorker,
    committed_cast: Cast,
    superuser: psycopg.Connection,
) -> None:
    client = committed_cast.client("administrator")
    assert client.post(f"{PAGE}{refused.pk}/igen/").status_code == 302
    with as_worker():
        assert engine.tick(at(2027, 1, 20, 9, 0)) == {"accepted": 1}
    with work(owing.actor):
        refused.refresh_from_db()
    assert refused.status == "sent"
    logged = superuser.execute(
        "SELECT actor_role, object_id FROM audit.event WHERE action = 'reminder.retry'"
    ).fetchall()
    assert [(role, str(about)) for role, about in logged] == [("administrator", str(refused.pk))]
    assert client.post(f"{PAGE}{refused.pk}/igen/").status_code == 404


def test_what_is_done_meanwhile_is_not_offered(
    refused: Reminder, owing: Owing, committed_cast: Cast
) -> None:
    with work(owing.actor):
        finish(kind="task_due", subject_id=refused.deadline.subject_id)
    assert "Alla påminnelser har kommit fram." in shown(committed_cast)


@pytest.mark.parametrize("who", ["koordinator", "chef", "logggranskare", "polis"])
def test_nobody_else_has_the_page_or_may_ask_the_database(
    refused: Reminder, committed_cast: Cast, who: str
) -> None:
    client = committed_cast.client(who)
    assert client.get(PAGE).status_code == 404
    assert client.post(f"{PAGE}{refused.pk}/igen/").status_code == 404
    with work(committed_cast.actor(who)):
        state = operations.state()
        assert state.dead == []
        assert not any(state.counts.values())
        with pytest.raises(NotHere):
            operations.retry(refused.pk)


def test_an_administrator_elsewhere_sees_and_mends_nothing_of_it(
    refused: Reminder, committed_cast: Cast, superuser: psycopg.Connection
) -> None:
    superuser.execute(
        "UPDATE access_membership SET role = 'administrator' WHERE id = %s",
        [committed_cast.membership("gotene-koordinator").id],
    )
    assert "Alla påminnelser har kommit fram." in shown(committed_cast, "gotene-koordinator")
    client, unknown = committed_cast.client("gotene-koordinator"), uuid4()
    theirs, nobodys = (client.post(f"{PAGE}{pk}/igen/") for pk in (refused.pk, unknown))
    assert (theirs.status_code, nobodys.status_code) == (404, 404)
    assert cut(theirs.content) == cut(nobodys.content)
    # Both tries are in the log of whoever tried, and look the same there too.
    assert tries(superuser, "gotene-koordinator", committed_cast) == [
        (refused.pk, "missing"),
        (unknown, "missing"),
    ]


def test_what_has_never_been_dead_is_not_sent_again(
    owing: Owing, committed_cast: Cast, superuser: psycopg.Connection
) -> None:
    deadline = owing.deadline(DUE)
    with work(owing.actor):
        pending = deadline.reminders.first()
        assert pending is not None
    client, unknown = committed_cast.client("administrator"), uuid4()
    answers = [client.post(f"{PAGE}{asked}/igen/") for asked in (pending.pk, unknown)]
    assert [one.status_code for one in answers] == [404, 404]
    assert cut(answers[0].content) == cut(answers[1].content)
    assert tries(superuser, "administrator", committed_cast) == [
        (pending.pk, "denied"),
        (unknown, "missing"),
    ]


def test_findings_silence_and_a_halted_clock_are_told_and_the_first_page_leads_there(
    owing: Owing, as_worker: AsWorker, committed_cast: Cast, superuser: psycopg.Connection
) -> None:
    owing.deadline(DUE)
    superuser.execute("DELETE FROM reminders_reminder WHERE stage = -7")
    now = timezone.now()
    with as_worker():
        reconcile()
        for name in queues.QUEUES:
            queues.beat(name)
        Heartbeat.objects.filter(queue="bulk").update(beat_at=now - timedelta(seconds=130))
        Clock.objects.create(host="a", seen_at=now, uptime=1.0, fault="forward", halted_at=now)
    text = shown(committed_cast)
    assert "Datum som saknar en påminnelse" in text
    assert text.count("Tyst") == 1
    assert "Klockan har hoppat framåt" in text
    client = committed_cast.client("administrator")
    assert "Påminnelsernas drift behöver ses över" in client.get("/").content.decode()
    health = client.get("/healthz/reminders")
    assert (health.status_code, health.json()) == (503, {"silent": ["bulk"], "clock": "forward"})
    # The clock is every municipality's: the page says who lifts the halt, and has no way to do it.
    assert "Klockan är gemensam för alla kommuner." in text
    assert client.post(f"{PAGE}klockan/").status_code == 404
    with as_worker():
        call_command("trust_clock", "--yes", stdout=StringIO())
        queues.beat("bulk")
    assert client.get("/healthz/reminders").status_code == 200


def test_the_clocks_halt_is_lifted_on_the_machine_and_every_agency_has_it_in_its_log(
    as_worker: AsWorker, committed_cast: Cast, superuser: psycopg.Connection
) -> None:
    now = timezone.now()

    def trust(*given: str) -> str:
        told = StringIO()
        with as_worker():
            call_command("trust_clock", *given, stdout=told)
        return told.getvalue()

    def logged() -> list[tuple[str, str, UUID]]:
        return superuser.execute(
            "SELECT actor_role, actor_name, agency_id FROM audit.event WHERE action = 'clock.trust'"
        ).fetchall()

    assert "The clock is trusted" in trust("--yes")
    with as_worker():
        assert not trust_clock()
    assert logged() == []
    with as_worker():
        Clock.objects.create(
            host="a", seen_at=now - timedelta(hours=9), uptime=1.0, fault="forward", halted_at=now
        )
    shown_first = trust()
    assert "It jumped forward" in shown_first
    assert "Nothing was changed." in shown_first
    with as_worker():
        assert clock.halted() == "forward"
    assert logged() == []
    assert "Trusted." in trust("--yes")
    with as_worker():
        assert clock.halted() == ""
        assert clock.trusted_now() is not None
    assert sorted(logged()) == sorted(
        ("system", "Driften", pk) for pk in Agency.objects.values_list("id", flat=True)
    )


def test_no_page_can_lift_the_clocks_halt(
    as_worker: AsWorker, committed_cast: Cast, superuser: psycopg.Connection
) -> None:
    """What answers to pages may read the clock's rows and has no function that takes them away."""
    functions = superuser.execute(
        "SELECT count(*) FROM pg_proc WHERE proname LIKE '%clock%' AND pronamespace = 'public'::regnamespace"
    )
    assert functions.fetchone() == (0,)
    with (
        pytest.raises(DatabaseError, match="permission denied"),
        work(committed_cast.actor("administrator")),
    ):
        Clock.objects.all().delete()


def test_what_never_started_is_told_too(committed_cast: Cast) -> None:
    answer = committed_cast.client("administrator").get("/healthz/reminders")
    assert answer.status_code == 503
    assert answer.json()["silent"] == list(queues.WATCHED)
    assert shown(committed_cast).count("Inte igång") == len(queues.WATCHED)


def test_when_everything_is_well_the_page_says_so(
    as_worker: AsWorker, committed_cast: Cast
) -> None:
    with as_worker():
        reconcile()
        for name in queues.QUEUES:
            queues.beat(name)
    assert "Allt går som det ska" in shown(committed_cast)
    first = committed_cast.client("administrator").get("/").content.decode()
    assert "Påminnelserna går som de ska" in first
    assert "ses över" not in first


def test_tasks_are_kept_until_done_and_what_is_due_has_a_queue_of_its_own() -> None:
    """security.md §4.2.10."""
    from sspf.celery import app

    settings = app.conf
    assert set(settings.task_queues) == set(queues.QUEUES)
    routed = {name: where["queue"] for name, where in settings.task_routes.items()}
    assert routed["reminders.tick"] == "critical"
    assert set(routed.values()) <= set(queues.QUEUES)
    assert settings.task_default_queue == "default"
    assert settings.task_acks_late
    assert settings.task_reject_on_worker_lost
    assert settings.worker_prefetch_multiplier == 1
    assert settings.task_time_limit == 120
    assert settings.worker_soft_shutdown_timeout == 10
    assert settings.task_ignore_result
    timeouts = {
        settings.broker_transport_options["visibility_timeout"],
        settings.result_backend_transport_options["visibility_timeout"],
        settings.visibility_timeout,
    }
    assert timeouts == {600}
    canaries = {
        one["options"]["queue"]: one["schedule"]
        for one in settings.beat_schedule.values()
        if one["task"] == "reminders.canary"
    }
    assert canaries == dict.fromkeys(queues.QUEUES, 30.0)
