"""Follow-up: an open case always has exactly one next date, with somebody who is reminded, until it is closed."""

from __future__ import annotations

import random
import re
from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from access import door
from access.not_now import NotNow
from access.request_transaction import set_partition, work
from audit.models import AuditEvent
from cases.models import (
    Assignment,
    Case,
    Conversation,
    ConversationDraft,
    Disclosure,
    FollowUp,
    FollowUpState,
    Stage,
    Summary,
)
from cases.models.case import ENDED_STAGES
from cases.rules.codes import choices
from cases.rules.follow_up_dates import After, latest, proposed
from cases.services import follow_up as service
from cases.services import summary as summaries
from cases.services.closing import close_case
from cases.services.refusals import CaseStopped, ChangedMeanwhile
from cases.services.triage import assign
from reminders.models import Deadline
from reminders.models.deadline import MoveReason
from reminders.working_days import is_working_day
from tests.cases import steps, talk_steps
from tests.cast import Cast


def deadline_of(follow_up: FollowUp) -> Deadline:
    return Deadline.objects.get(subject_id=follow_up.id, state=Deadline.State.OPEN)


# --- the next date ---------------------------------------------------------------------------------------


def test_a_new_case_is_followed_up_four_weeks_later_by_the_one_who_took_it(cast: Cast) -> None:
    case = talk_steps.opened(cast)
    row = talk_steps.planned(cast, case)
    assert row.due_on == proposed(After.OPENING, timezone.localdate())
    assert row.responsible_id == cast.membership("koordinator").id
    deadline = deadline_of(row)
    assert (deadline.kind, deadline.due_on, deadline.label) == (
        "follow_up_due",
        row.due_on,
        row.case.number,
    )


@pytest.mark.parametrize("after", After)
def test_no_proposed_date_is_a_day_off_or_beyond_the_latest(after: After) -> None:
    start = timezone.localdate().replace(month=1, day=1)
    for count in range(366):
        day = start + timedelta(days=count)
        assert is_working_day(proposed(after, day))
        assert day < proposed(after, day) <= latest(day)


def test_the_day_comes_up_in_i_dag_and_leads_to_the_page(cast: Cast) -> None:
    case = talk_steps.opened(cast)
    row = talk_steps.planned(cast, case)
    with time_machine.travel(row.due_on.isoformat() + "T09:00:00+01:00", tick=True):
        page = cast.client("koordinator").get("/").content.decode()
    assert "Följ upp ärendet" in page
    assert f"/uppfoljning/{row.pk}/" in page


def test_a_held_follow_up_plans_the_next_and_colleagues_read_it(cast: Cast) -> None:
    case = talk_steps.active(cast)
    first = talk_steps.planned(cast, case)
    talk_steps.followed_up(
        cast,
        cast.client("koordinator"),
        case,
        responsible=str(cast.membership("socialsekreterare").id),
    )
    row = talk_steps.planned(cast, case)
    assert row.pk != first.pk
    assert row.due_on == talk_steps.ahead(30)
    assert deadline_of(row).responsible_membership_id == cast.membership("socialsekreterare").id
    assert not Deadline.objects.filter(subject_id=first.pk, state=Deadline.State.OPEN).exists()
    assert talk_steps.HOW in cast.client("socialsekreterare").get(case).content.decode()
    page = cast.client("socialsekreterare").get(f"/uppfoljning/{row.pk}/").content.decode()
    assert "Fortsätt på onsdagar" in page


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"next_on": ""}, "Ett öppet ärende har alltid ett"),
        ({"next_on": "2020-01-01"}, "Välj en dag som kommer efter i dag"),
        ({"next_on": "2099-01-01"}, "ett öppet ärende får inte vänta längre"),
        ({"next_on": "nästa vecka"}, "Skriv datumet så här"),
        ({"then": ""}, "Välj om ni följer upp igen eller avslutar"),
        ({"then": "close", "reason": ""}, "Välj varför ärendet avslutas"),
        ({"how": ""}, "Skriv hur det går"),
    ],
)
def test_what_is_missing_is_said_at_the_field_and_what_was_typed_stays(
    cast: Cast, changed: dict[str, str], message: str
) -> None:
    case = talk_steps.active(cast)
    row = talk_steps.planned(cast, case)
    fields = talk_steps.follow_up_fields(responsible=str(row.responsible_id)) | changed
    answer = cast.client("koordinator").post(f"/uppfoljning/{row.pk}/", fields)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert message in page
    assert "Fortsätt på onsdagar" in page
    assert talk_steps.planned(cast, case).pk == row.pk


def test_a_day_is_moved_only_with_a_reason_and_the_deadline_moves_with_it(cast: Cast) -> None:
    case = talk_steps.opened(cast)
    row = talk_steps.planned(cast, case)
    client, page = cast.client("koordinator"), f"/uppfoljning/{row.pk}/"
    day = talk_steps.ahead(50)
    fields = {"act": "move", "due_on": day.isoformat(), "why": "", "seen_version": "0"}
    refused = client.post(page, fields)
    assert refused.status_code == 422
    assert "Välj varför dagen flyttas" in refused.content.decode()
    assert client.post(page, fields | {"why": "absent"}).status_code == 302
    moved = talk_steps.planned(cast, case)
    assert (moved.pk, moved.due_on) == (row.pk, day)
    assert deadline_of(moved).due_on == day
    assert AuditEvent.objects.filter(action="follow_up.move", basis="absent").exists()


def test_of_two_who_follow_up_at_once_the_second_is_told_and_keeps_the_text(cast: Cast) -> None:
    case = talk_steps.active(cast)
    row = talk_steps.planned(cast, case)
    talk_steps.followed_up(cast, cast.client("koordinator"), case)
    fields = talk_steps.follow_up_fields(
        how="Det som den andra skrev", responsible=str(row.responsible_id)
    )
    answer = cast.client("socialsekreterare").post(f"/uppfoljning/{row.pk}/", fields)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "En kollega har just gjort uppföljningen" in page
    assert "Det som den andra skrev" in page
    set_partition(cast.actor("koordinator"))
    assert FollowUp.objects.filter(state=FollowUpState.HELD).count() == 1


def test_the_database_refuses_a_second_planned_date(cast: Cast) -> None:
    case = talk_steps.opened(cast)
    row = talk_steps.planned(cast, case)
    with work(cast.actor("koordinator")), pytest.raises(IntegrityError), transaction.atomic():
        service.plan(
            case=row.case,
            responsible=row.responsible_id,
            due_on=row.due_on,
            now=timezone.now(),
        )


def test_who_is_not_on_the_case_gets_the_page_of_nothing(cast: Cast) -> None:
    case = talk_steps.opened(cast)
    page = talk_steps.follow_up_page(cast, case)
    missing = "/uppfoljning/00000000-0000-4000-8000-000000000000/"
    outsider = cast.client("socialsekreterare-utanfor")
    assert outsider.get(page).status_code == 404
    assert len(outsider.get(page).content) == len(outsider.get(missing).content)
    for who in ("larare", "polis", "chef", "logggranskare", "administrator", "essunga-koordinator"):
        assert cast.client(who).get(page).status_code == 404, who


def test_reading_the_page_is_in_the_log(cast: Cast) -> None:
    case = talk_steps.active(cast)
    page = talk_steps.follow_up_page(cast, case)
    cast.client("socialsekreterare").get(page)
    set_partition(cast.actor("koordinator"))
    read = AuditEvent.objects.filter(
        action="read",
        actor_membership_id=cast.membership("socialsekreterare").id,
        case_id=talk_steps.id_in(case),
    ).get()
    assert "follow_up" in read.field_groups


# --- closing ---------------------------------------------------------------------------------------------


def test_closing_ends_sharing_reminders_and_colleagues_access_at_once(cast: Cast) -> None:
    case, _summary = steps.released(cast)
    officer = cast.client("polis", code="1495")
    shared = steps.first_link(officer, "/delat-med-oss/", "/delat-med-oss/")
    with work(cast.actor("koordinator")):
        assign(
            case=Case.objects.get(pk=talk_steps.id_in(case)),
            membership_id=cast.membership("socialsekreterare").id,
            lead=False,
            today=timezone.localdate(),
        )
    talk_steps.close(cast, cast.client("koordinator"), case)

    assert officer.get(shared).status_code == 404
    set_partition(cast.actor("koordinator"))
    row = Case.objects.get(pk=talk_steps.id_in(case))
    assert (row.stage, row.close_reason) == (Stage.CLOSED, "mål_uppnådda")
    assert row.closed_at is not None
    assert Disclosure.objects.get(case=row).end.reason == "case_closed"
    number = row.number
    assert not Deadline.objects.filter(label=number, state=Deadline.State.OPEN).exists()
    assert cast.client("socialsekreterare").get(case).status_code == 404
    page = cast.client("koordinator").get(case).content.decode()
    assert "Målen är nådda" in page
    assert "Bjud in till orossamtal" not in page


def test_a_colleague_who_closes_the_case_loses_it_and_the_lead_keeps_it(cast: Cast) -> None:
    case = talk_steps.active(cast)
    colleague = cast.client("socialsekreterare")
    talk_steps.close(cast, colleague, case)
    assert colleague.get(case).status_code == 404
    assert cast.client("koordinator").get(case).status_code == 200


def test_a_summary_that_waits_cannot_be_released_from_a_closed_case(cast: Cast) -> None:
    case = talk_steps.active(cast)
    officer = cast.membership("polis", code="1495")
    path = steps.write_summary(cast.client("koordinator"), case, [officer.id])
    manager = cast.actor("chef")
    talk_steps.close(cast, cast.client("koordinator"), case)
    with work(manager):
        row = door.open_one(manager, Summary, talk_steps.id_in(path))
        with pytest.raises(NotNow):
            summaries.approve_and_release(
                actor=manager, summary=row, seen_version=0, now=timezone.now()
            )


def test_nothing_is_written_in_a_closed_case(cast: Cast) -> None:
    case = talk_steps.active(cast)
    coordinator = cast.client("koordinator")
    talk = talk_steps.invite(coordinator, case)
    coordinator.post(f"{talk}utkast/", talk_steps.notes())
    page = talk_steps.follow_up_page(cast, case)
    talk_steps.close(cast, coordinator, case)
    assert coordinator.get(f"{case}samtal/").status_code == 409
    assert coordinator.get(f"{case}samtycke/").status_code == 409
    assert coordinator.get(f"{case}dela/").status_code == 409
    assert coordinator.post(f"{talk}anteckningar/", talk_steps.notes(1)).status_code == 409
    assert coordinator.post(page, talk_steps.follow_up_fields()).status_code in {409, 422}
    set_partition(cast.actor("koordinator"))
    assert not ConversationDraft.objects.exists()
    assert Conversation.objects.get().state == "not_held"


def test_a_no_is_a_reason_only_before_the_work_has_begun(cast: Cast) -> None:
    case = talk_steps.opened(cast)
    coordinator = cast.client("koordinator")
    assert (
        'value="tackat_nej"'
        in coordinator.get(talk_steps.follow_up_page(cast, case)).content.decode()
    )
    steps.consent(coordinator, case, [cast.membership("larare").agency_id])
    page = coordinator.get(talk_steps.follow_up_page(cast, case)).content.decode()
    assert 'value="tackat_nej"' not in page
    assert 'value="mål_uppnådda"' in page


def test_the_reasons_are_those_in_force_on_the_day() -> None:
    today = timezone.localdate()
    assert {code for code, _words in choices("close_reason", today)} >= {
        "mål_uppnådda", "samtycke_återkallat", "samtycke_utgått", "flyttat", "åldersgräns",
        "övergått_till_SIG", "övergått_till_utredning", "övergått_till_SIP", "annat_stöd",
        "ingen_kontakt", "inte_aktuellt", "avliden", "felregistrerad",
    }  # fmt: skip
    assert choices("close_reason", today.replace(year=2020)) == []


def test_a_stopped_case_can_only_be_closed_or_moved(cast: Cast) -> None:
    case = talk_steps.active(cast)
    coordinator = cast.client("koordinator")
    withdraw_all(coordinator, case)
    row = talk_steps.planned(cast, case)
    page = coordinator.get(f"/uppfoljning/{row.pk}/").content.decode()
    assert "Vi följer upp igen" not in page
    fields = talk_steps.follow_up_fields(row.version, responsible=str(row.responsible_id))
    assert coordinator.post(f"/uppfoljning/{row.pk}/", fields).status_code == 422
    assert coordinator.get(f"{case}samtal/").status_code == 409
    talk_steps.close(cast, coordinator, case, "samtycke_återkallat")
    set_partition(cast.actor("koordinator"))
    assert Case.objects.get(pk=talk_steps.id_in(case)).stage == Stage.CLOSED


def withdraw_all(client: Client, case: str) -> None:
    found = steps.link_matching(client, case, r"/samtycke/[0-9a-f-]{36}/aterkalla/")
    scopes = re.findall(
        r'name="scopes" value="([0-9a-f-]{36})"', client.get(found).content.decode()
    )
    fields = {"scopes": scopes, "channel": "phone", "act": "confirm"}
    assert client.post(found, fields).status_code == 302


# --- the invariant ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(8))
def test_whatever_is_done_an_open_case_has_exactly_one_next_date_and_one_deadline(
    cast: Cast, seed: int
) -> None:
    """I3 of domain.md §10, over drawn sequences of everything that touches a date."""
    draw = random.Random(seed)
    paths = [talk_steps.active(cast), talk_steps.opened(cast)]
    actor = cast.actor("koordinator")
    colleague = cast.membership("socialsekreterare").id
    for _turn in range(14):
        with work(actor):
            case = Case.objects.get(pk=talk_steps.id_in(draw.choice(paths)))
            do_something(draw, cast, case, colleague)
            check_next_dates()


def do_something(draw: random.Random, cast: Cast, case: Case, colleague: UUID) -> None:
    actor, now = cast.actor("koordinator"), timezone.now()
    row = (
        door.visible(actor, FollowUp)
        .filter(case=case, state=FollowUpState.PLANNED)
        .select_related("case")
        .first()
    )
    if row is None:
        assert case.stage in ENDED_STAGES
        return
    text = service.FollowUpText(how="a", agreed="")
    day = talk_steps.ahead(draw.randint(1, 60))
    version = row.version if draw.random() < 0.8 else row.version + 7
    act = draw.choice(("hold", "hold", "move", "pass", "agree", "close"))
    try:
        if act == "hold":
            service.hold_follow_up(
                actor=actor,
                follow_up=row,
                text=text,
                next_on=day,
                responsible=draw.choice((row.responsible_id, colleague)),
                seen_version=version,
                now=now,
            )
        elif act == "move":
            service.move_follow_up(
                actor=actor,
                follow_up=row,
                due_on=day,
                reason=MoveReason.OTHER,
                seen_version=version,
            )
        elif act == "pass":
            service.pass_on(case=case, responsible=colleague)
        elif act == "agree":
            service.agree_next(case=case, due_on=day, responsible=colleague, now=now)
        elif draw.random() < 0.3:
            close_case(
                actor=actor,
                follow_up=row,
                reason="annat_stöd",
                text=text,
                seen_version=version,
                now=now,
            )
    except (ChangedMeanwhile, CaseStopped):
        return


def check_next_dates() -> None:
    for case in Case.objects.all():
        dates = list(case.follow_ups.filter(state=FollowUpState.PLANNED))
        deadlines = list(
            Deadline.objects.filter(
                label=case.number, kind="follow_up_due", state=Deadline.State.OPEN
            )
        )
        if case.stage in ENDED_STAGES:
            assert dates == []
            assert deadlines == []
            assert not Assignment.objects.filter(
                case=case, lead=False, ended_at__isnull=True
            ).exists()
            continue
        [row], [deadline] = dates, deadlines
        assert (deadline.subject_id, deadline.due_on, deadline.responsible_membership_id) == (
            row.id,
            row.due_on,
            row.responsible_id,
        )
