"""Scenario S2: what is really a report of concern goes to the intake unit, and only there, with its days kept."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from access.door import NotHere
from access.request_transaction import record, set_partition, work
from cases.models import Case, Concern, Person, ReceivedReport, ReportMade, ReportState
from cases.rules import report_dates
from cases.services.received_report import NotTheIntake, Report, note_decision, receive_report
from reminders.models import Deadline, Notice, Reminder
from reminders.recipients import person_for
from tests.cases import report_steps as steps
from tests.cases.steps import concern_fields
from tests.cast import Cast

LIST = "/orosanmalan/inkomna/"


def test_a_teachers_yes_becomes_no_flag_and_only_teacher_and_principal_know(cast: Cast) -> None:
    teacher = cast.client("larare")
    answer = teacher.post("/oro/ny/", concern_fields(harm="yes"))
    assert answer["Location"] == "/orosanmalan/"
    page = teacher.get("/orosanmalan/").content.decode()
    assert "Gör en orosanmälan genast" in page
    assert "112" in page
    assert "vårdnadshavarna först" in page
    made = steps.note_made(teacher)
    assert teacher.get(made).status_code == cast.client("rektor").get(made).status_code == 200
    outside = ["larare-utanfor", "kurator", "koordinator", "socialsekreterare", "chef", "polis"]
    hidden = {cast.client(who).get(made).status_code for who in outside}
    assert hidden == {404}
    set_partition(cast.actor("koordinator"))
    assert not Concern.objects.exists()
    assert made not in cast.client("koordinator").get("/inkommet/").content.decode()


def test_the_intake_registers_it_and_nobody_else_learns_that_it_is_there(cast: Cast) -> None:
    worker = cast.client("socialsekreterare")
    report = steps.receive(worker)
    assert steps.CHILD in worker.get(report).content.decode()
    assert steps.CHILD in cast.client("chef").get(report).content.decode()
    for who in ("koordinator", "socialsekreterare-utanfor", "registrator", "larare", "rektor"):
        client = cast.client(who)
        hidden, missing = client.get(report), client.get(f"{LIST}{uuid4()}/")
        assert hidden.status_code == missing.status_code == 404
        assert len(hidden.content) == len(missing.content)
        assert steps.CHILD not in client.get("/").content.decode()
    assert cast.client("koordinator").get(LIST).status_code == 404
    elsewhere = cast.client("socialsekreterare-utanfor")
    assert report not in elsewhere.get(LIST).content.decode()
    assert elsewhere.get(f"{LIST}ny/").status_code == 404
    set_partition(cast.actor("socialsekreterare"))
    for model in (Concern, Case, Person):
        assert not model.objects.exists()


def test_a_unit_that_receives_no_reports_registers_none_in_the_service_either(cast: Cast) -> None:
    actor = cast.actor("socialsekreterare-utanfor")
    report = Report(
        child="a", reporter="b", reference="", received_at=datetime.now(UTC), how="phone"
    )
    with work(actor), pytest.raises(NotTheIntake):
        receive_report(actor=actor, report=report, row_id=uuid4(), now=datetime.now(UTC))


def test_the_coordinator_of_a_small_municipality_sees_it_as_social_worker_only(cast: Cast) -> None:
    worker = cast.client("essunga-koordinator", role="social_worker")
    report = steps.receive(worker)
    assert worker.get(report).status_code == 200
    assert cast.client("essunga-koordinator", role="coordinator").get(report).status_code == 404


def test_two_presses_register_one_report(cast: Cast) -> None:
    worker, token = cast.client("socialsekreterare"), str(uuid4())
    assert steps.receive(worker, token=token) == steps.receive(worker, token=token)
    set_partition(cast.actor("socialsekreterare"))
    assert ReceivedReport.objects.count() == 1
    assert Deadline.objects.count() == 2


# ------------------------------------------------------------------------------------------------ the days


def test_the_days_with_christmas_eve_in_the_way(cast: Cast) -> None:
    """Strictly 24 December; by law the 28th: the eve, two holidays and a Sunday are passed over (lag 1930:173)."""
    assert report_dates.decide_by(date(2026, 12, 10)) == date(2026, 12, 24)
    assert report_dates.legal_limit(date(2026, 12, 24)) == date(2026, 12, 28)
    with time_machine.travel(datetime(2026, 12, 10, 14, 0, tzinfo=UTC), tick=False):
        worker = cast.client("socialsekreterare")
        report = steps.receive(worker)
        page = worker.get(report).content.decode()
    assert "Senast torsdag 24 december" in page
    assert "Lagens gräns är måndag 28 december" in page


def _fires(kind: str) -> list[tuple[str, str, str]]:
    """(to, channel, when in UTC) of every reminder still to be sent about `kind`."""
    rows = Reminder.objects.filter(deadline__kind=kind, status=Reminder.Status.PENDING)
    return sorted((row.recipient, row.channel, f"{row.fire_at:%m-%d %H:%M}") for row in rows)


def test_the_reminders_come_the_same_day_and_on_days_7_10_and_13(cast: Cast) -> None:
    with time_machine.travel(datetime(2026, 11, 16, 9, 0, tzinfo=UTC), tick=False):
        steps.receive(cast.client("socialsekreterare"))
        set_partition(cast.actor("socialsekreterare"))
        assert _fires("protection_assessment") == [
            ("manager", "inapp", "11-17 11:00"),
            ("responsible", "inapp", "11-16 09:00"),
            ("responsible", "mail", "11-16 09:00"),
        ]
        own = {when for to, how, when in _fires("preliminary_assessment") if to == "responsible"}
    assert own >= {"11-23 07:00", "11-26 07:00", "11-29 07:00", "11-30 07:00", "12-01 07:00"}


def test_the_manager_of_the_unit_is_told_and_nobody_outside_it_in_their_place(cast: Cast) -> None:
    steps.receive(cast.client("socialsekreterare"))
    set_partition(cast.actor("socialsekreterare"))
    escalated = Reminder.objects.filter(deadline__kind="protection_assessment", stage=1)[0]
    today = timezone.localdate()
    told = person_for(escalated, today=today)
    assert told == cast.membership("chef")
    after_everybody_left = date(2090, 1, 1)
    for who in ("koordinator", "logggranskare"):
        held = cast.membership(who)
        held.ends_on = date(2099, 1, 1)
        held.save(update_fields=["ends_on"])
    assert person_for(escalated, today=after_everybody_left) is None
    for own in Reminder.objects.filter(recipient="responsible"):
        assert person_for(own, today=after_everybody_left) is None


def test_the_manager_is_led_to_the_report_and_reads_no_name_in_the_inbox(cast: Cast) -> None:
    report = steps.receive(cast.client("socialsekreterare"))
    actor = cast.actor("socialsekreterare")
    with work(actor):
        reminder = Reminder.objects.filter(deadline__kind="protection_assessment", stage=1)[0]
        Notice.objects.create(
            municipality_id=actor.municipality_id,
            agency_id=actor.agency_id,
            reminder=reminder,
            deadline=reminder.deadline,
            membership=cast.membership("chef"),
            text=reminder.text,
            created_at=datetime.now(UTC),
        )
        # What is owed the log goes with this work.
        record("reminder.sent", object_type="reminders.reminder", object_id=reminder.pk)
    inbox = cast.client("chef").get("/inkorg/").content.decode()
    assert report in inbox
    assert "Tilda" not in inbox


# ------------------------------------------------------------------------------------------ what is noted


def test_the_assessment_comes_first_then_the_decision_and_the_tasks_end(cast: Cast) -> None:
    worker = cast.client("socialsekreterare")
    report = steps.receive(worker)
    assert "Gör en skyddsbedömning i dag" in worker.get("/").content.decode()
    today = "2026-01-01"
    assert steps.act(worker, report, "decide", state="opened", decided_on=today) == 422
    steps.assess(worker, report)
    assert "Gör en skyddsbedömning i dag" not in worker.get("/").content.decode()
    steps.decide(worker, report, "not_opened")
    page = worker.get(report).content.decode()
    assert "Utredning inte inledd" in page
    assert 'value="decide"' not in page
    set_partition(cast.actor("socialsekreterare"))
    assert not Deadline.objects.filter(state=Deadline.State.OPEN).exists()


def test_a_decision_before_the_assessment_is_refused_with_the_reason(cast: Cast) -> None:
    worker = cast.client("socialsekreterare")
    report = steps.receive(worker)
    day = datetime.now(UTC).date().isoformat()
    fields = {"act": "decide", "seen_version": "0", "state": "opened", "decided_on": day}
    answer = worker.post(report, fields)
    assert answer.status_code == 409
    assert "Anteckna skyddsbedömningen först" in answer.content.decode()


def test_of_two_who_note_at_once_the_second_is_told(cast: Cast) -> None:
    first, second = cast.client("socialsekreterare"), cast.client("chef")
    report = steps.receive(first)
    fields = {"act": "protect", "seen_version": "0", "assessed_at": steps.minute(datetime.now(UTC))}
    assert first.post(report, fields).status_code == 302
    answer = second.post(report, fields)
    assert answer.status_code == 409
    assert "En kollega har just ändrat här" in answer.content.decode()


def test_a_colleague_takes_over_what_is_left(cast: Cast) -> None:
    report = steps.receive(cast.client("socialsekreterare"))
    manager = cast.client("chef")
    assert steps.act(manager, report, "take_over") == 302
    assert "Gör en skyddsbedömning i dag" in manager.get("/").content.decode()
    assert (
        "Gör en skyddsbedömning" not in cast.client("socialsekreterare").get("/").content.decode()
    )


def test_the_service_asks_the_policy_again(cast: Cast) -> None:
    steps.receive(cast.client("socialsekreterare"))
    actor = cast.actor("socialsekreterare-utanfor")
    set_partition(actor)
    report = ReceivedReport.objects.get()
    with work(actor), pytest.raises(NotHere):
        note_decision(
            actor=actor,
            report=report,
            state=ReportState.OPENED,
            decided_on=date(2026, 1, 1),
            seen_version=0,
            today=date(2026, 1, 1),
        )


def test_times_that_cannot_be_are_refused_at_the_field(cast: Cast) -> None:
    worker = cast.client("socialsekreterare")
    fields = {"received_at": "2099-01-01 10:00", "how": "phone", "child": "a", "reporter": "b"}
    answer = worker.post(f"{LIST}ny/", fields)
    assert answer.status_code == 422
    assert "Tiden har inte varit än." in answer.content.decode()
    assert ReportMade.objects.count() == 0
