"""Every timer of the domain research (domain.md §10): who has it in the product, and that each of its stages comes on its day.

The table is the one of docs/reminders.md. `shown_by` names the tests that show the product setting the timer; what is then
sent, to whom and when, is shown here, day by day.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import time_machine
from django.utils import timezone

from access.request_transaction import work
from cases.rules.follow_up_dates import After, proposed
from reminders import engine
from reminders.models import Deadline, Notice
from reminders.rules import rules
from reminders.services import set_deadline
from tests.cases import steps
from tests.cast import Cast
from tests.reminders.conftest import MailServer, Owing, at

AsWorker = Callable[[], AbstractContextManager[None]]
TESTS = Path(__file__).resolve().parents[1]
DOCUMENT = TESTS.parent / "docs" / "reminders.md"
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """kind: the rule's, empty where nobody has the timer. shown_by: file::test, seen from `tests`. note: what there is not, and why."""

    timer: str
    default: str
    kind: str = ""
    shown_by: tuple[str, ...] = ()
    note: str = ""


OUTSIDE = "The inquiry is kept in the social services' own system; the product ends at the decision whether to open one."
ROWS = (
    Row(
        timer="report of concern received → protection assessment",
        default="same day",
        kind="protection_assessment",
        shown_by=(
            "cases/test_received_report.py::test_the_reminders_come_the_same_day_and_on_days_7_10_and_13",
        ),
    ),
    Row(
        timer="→ preliminary assessment",
        default="14 calendar days, warned of on the 7th, 10th and 13th",
        kind="preliminary_assessment",
        shown_by=(
            "cases/test_received_report.py::test_the_reminders_come_the_same_day_and_on_days_7_10_and_13",
        ),
    ),
    Row(
        timer="decision → feedback on request",
        default="7 days",
        kind="feedback_due",
        shown_by=(
            "cases/test_feedback.py::test_a_question_before_the_decision_gets_its_day_with_the_decision",
        ),
    ),
    Row(timer="inquiry (utredning)", default="4 months", note=OUTSIDE),
    Row(
        timer="follow-up under SoL 23",
        default="at most 6 months after the inquiry closed",
        note=OUTSIDE,
    ),
    Row(
        timer="orossignal → first response",
        default="2 working days",
        kind="concern_unanswered",
        shown_by=(
            "reminders/test_timers.py::test_a_concern_is_to_be_answered_within_two_working_days",
        ),
    ),
    Row(
        timer="orossignal → triage decision",
        default="10 working days",
        kind="concern_unanswered",
        shown_by=(
            "reminders/test_timers.py::test_a_concern_is_to_be_answered_within_two_working_days",
        ),
        note="The same deadline: it ends with the decision, and its last stage comes on the tenth day.",
    ),
    Row(
        timer="consent requested, no answer",
        default="14 days reminder, 28 days close",
        kind="consent_awaited",
        shown_by=(
            "reminders/test_timers.py::test_a_consent_is_waited_for_and_ends_as_the_table_says",
        ),
    ),
    Row(
        timer="consent expires",
        default="−30, −7, 0",
        kind="consent_expires",
        shown_by=(
            "reminders/test_timers.py::test_a_consent_is_waited_for_and_ends_as_the_table_says",
        ),
    ),
    Row(
        timer="network meeting after consent",
        default="3 weeks",
        kind="meeting_wanted",
        shown_by=(
            "cases/test_meeting_wanted.py::test_it_is_asked_for_three_weeks_after_the_consent",
        ),
    ),
    Row(
        timer="follow-up",
        default="4 weeks, then 6; overdue +3, +7, +14",
        kind="follow_up_due",
        shown_by=(
            "reminders/test_overdue.py::test_s13_an_overdue_follow_up_goes_from_the_coordinator_to_the_substitute_to_the_manager",
            "reminders/test_timers.py::test_follow_ups_are_proposed_as_the_table_says",
        ),
    ),
    Row(
        timer="follow-up of an orossamtal",
        default="4 weeks, 3 months",
        kind="follow_up_due",
        shown_by=(
            "cases/test_moved_often.py::test_before_the_third_time_an_orossamtal_asks_for_no_reason",
            "reminders/test_timers.py::test_follow_ups_are_proposed_as_the_table_says",
        ),
        note="The case's own follow-up, proposed after 4 weeks. 3 months has no stage: each follow-up sets the next, at most 12 weeks away.",
    ),
    Row(
        timer="18th birthday",
        default="−60, −14, 0",
        kind="turns_eighteen",
        shown_by=(
            "cases/test_consent.py::test_the_night_round_opens_birth_dates_as_a_named_system_and_says_so",
        ),
    ),
    Row(
        timer="request for one's own data (registerutdrag)",
        default="1 month, warned of 14, 7 and 2 days before",
        note="No page takes such a request yet.",
    ),
    Row(
        timer="breach notice",
        default="72 h (GDPR); 24 h, 72 h, 1 month (cyber security)",
        note="No page declares a breach. Counted in hours: a rule here counts days.",
    ),
    Row(
        timer="log review",
        default="monthly per unit",
        kind="log_review_due",
        shown_by=(
            "access/test_log_sample.py::test_the_monthly_task_draws_in_every_agency_that_has_a_reviewer_and_reminds_her",
        ),
        note="Per agency, by its log reviewer.",
    ),
    Row(
        timer="review of an emergency opening",
        default="3 working days",
        kind="break_glass_review",
        shown_by=(
            "cases/test_break_glass.py::test_a_friday_night_a_duty_officer_reads_for_an_hour_and_the_manager_reviews_it",
        ),
    ),
    Row(
        timer="situation picture and plan (2023:196)",
        default="every 2 years, warned of 6 months before",
        note="The product keeps no situation picture.",
    ),
    Row(
        timer="EST",
        default="weekly report, weekly or fortnightly meeting, quarterly, yearly",
        note="EST is not in the product.",
    ),
    Row(
        timer="safety walk, revisit",
        default="3–6 months",
        note="Safety walks are not in the product.",
    ),
)

# Set on a Monday at nine; who is told in the inbox (i) or by mail (m), all of it. The social worker is responsible.
SET = at(2027, 1, 11, 9, 0)
WORKER, SUBSTITUTE, MANAGER = "socialsekreterare", "koordinator", "chef"
Told = dict[tuple[int, int], dict[str, str]]
# A timer whose rule has no term has its day from the product: given here.
DAYS: dict[str, date] = {
    "consent_expires": date(2027, 3, 1),
    "turns_eighteen": date(2027, 3, 22),
}
STAGES: dict[str, Told] = {
    "protection_assessment": {(1, 11): {WORKER: "im"}, (1, 12): {MANAGER: "i"}},
    "preliminary_assessment": {
        (1, 18): {WORKER: "i"},
        (1, 21): {WORKER: "i"},
        # The day before the last is a Sunday: its mail goes on Monday.
        (1, 24): {WORKER: "i"},
        (1, 25): {WORKER: "im"},
        (1, 26): {WORKER: "im", MANAGER: "i"},
    },
    "feedback_due": {(1, 15): {WORKER: "i"}, (1, 18): {WORKER: "im"}, (1, 19): {MANAGER: "i"}},
    "concern_unanswered": {
        (1, 11): {WORKER: "im"},
        (1, 13): {WORKER: "im"},
        (1, 14): {WORKER: "im"},
        (1, 18): {MANAGER: "i"},
        (1, 25): {WORKER: "im", MANAGER: "i"},
    },
    "consent_awaited": {(1, 25): {WORKER: "im"}, (2, 8): {WORKER: "im"}, (2, 15): {MANAGER: "i"}},
    "consent_expires": {(1, 30): {WORKER: "i"}, (2, 22): {WORKER: "im"}, (3, 1): {WORKER: "im"}},
    "meeting_wanted": {
        (1, 18): {WORKER: "i"},
        (1, 25): {WORKER: "im"},
        (2, 1): {WORKER: "im"},
        (2, 8): {WORKER: "im"},
    },
    "follow_up_due": {
        (2, 1): {WORKER: "i"},
        (2, 7): {WORKER: "i"},
        (2, 8): {WORKER: "im"},
        (2, 11): {WORKER: "im"},
        (2, 15): {SUBSTITUTE: "im"},
        (2, 22): {MANAGER: "i"},
    },
    "turns_eighteen": {(1, 21): {WORKER: "i"}, (3, 8): {WORKER: "im"}, (3, 22): {WORKER: "im"}},
    "log_review_due": {(1, 18): {WORKER: "i"}, (1, 25): {WORKER: "im"}, (2, 1): {WORKER: "im"}},
    "break_glass_review": {
        (1, 11): {WORKER: "im"},
        (1, 14): {WORKER: "im"},
        (1, 15): {WORKER: "im"},
    },
}


def test_every_timer_has_an_owner_whose_stages_are_shown_or_a_reason_why_it_has_none() -> None:
    kinds = {timer.kind for timer in rules().timers}
    assert len(ROWS) == len({row.timer for row in ROWS}) == 20
    for row in ROWS:
        assert bool(row.kind) == bool(row.shown_by), row.timer
        assert row.kind or row.note, row.timer
        assert row.kind in kinds | {""}, row.timer
    assert {row.kind for row in ROWS} - {""} == set(STAGES)


def test_no_rule_stands_in_the_table_that_nothing_sets() -> None:
    """`manage.py timers` prints them as the routine: each is named where a room sets it."""
    rooms = (TESTS.parent / room for room in ("access", "cases", "reminders", "safety"))
    files = (file for room in rooms for file in room.rglob("*.py") if file.name != "texts.py")
    text = "".join(file.read_text(encoding="utf-8") for file in files)
    assert [kind for kind in {one.kind for one in rules().timers} if f'"{kind}"' not in text] == []


def test_the_tests_that_are_named_are_there() -> None:
    for row in ROWS:
        for named in row.shown_by:
            file, name = named.split("::")
            tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
            assert name in {one.name for one in tree.body if isinstance(one, ast.FunctionDef)}, (
                named
            )


def test_the_document_has_the_same_table() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    between = text.split("<!-- timers -->")[1].split("<!-- /timers -->")[0]
    assert between.strip().splitlines() == in_document()


def in_document() -> list[str]:
    """The lines of the table as docs/reminders.md has them."""
    lines = ["| Timer (domain.md §10) | By default | Rule | Shown by, or why there is none |", "|---|---|---|---|"]  # fmt: skip
    for row in ROWS:
        tests = "; ".join(f"`{one}`" for one in row.shown_by)
        kind = f"`{row.kind}`" if row.kind else "–"
        said = ". ".join(part for part in (tests, row.note) if part)
        lines.append(f"| {row.timer} | {row.default} | {kind} | {said} |")
    return lines


@pytest.mark.parametrize("kind", sorted(STAGES))
def test_each_stage_comes_on_its_day_to_whom_it_is_for_and_no_other_does(
    kind: str, owing: Owing, committed_cast: Cast, as_worker: AsWorker, mail_server: MailServer
) -> None:
    with time_machine.travel(SET, tick=False), work(owing.actor):
        deadline = set_deadline(
            kind=kind,
            subject_id=uuid4(),
            label="S-7F3K-2M",
            route="case_detail",
            responsible=committed_cast.membership(WORKER).id,
            due_on=DAYS.get(kind),
        )
    told: Told = {}
    seen: set[UUID] = set()
    day, last = SET.date(), max(STAGES[kind])
    with as_worker():
        while (day.month, day.day) <= last or day <= deadline.due_on + 20 * DAY:
            before = len(mail_server.receivers)
            # After noon: the one stage with an hour of its own has come by then.
            engine.tick(at(day.year, day.month, day.day, 12, 5))
            with work(owing.actor):
                rows = Notice.objects.exclude(pk__in=seen)
                new = list(rows.values_list("pk", "membership__user__demo_cast"))
            seen.update(pk for pk, _who in new)
            ways = {who: "i" for _pk, who in new}
            for address in mail_server.receivers[before:]:
                who = address.split("@")[0]
                ways[who] = ways.get(who, "") + "m"
            if ways:
                told[day.month, day.day] = ways
            day += DAY
    assert told == STAGES[kind]
    assert len(seen) == sum("i" in how for ways in told.values() for how in ways.values())


def test_a_concern_is_to_be_answered_within_two_working_days(cast: Cast) -> None:
    friday = at(2026, 12, 18, 15, 0)
    with time_machine.travel(friday, tick=False):
        steps.tell(cast.client("larare"))
        with work(cast.actor("koordinator")):
            deadline = Deadline.objects.get(kind="concern_unanswered")
    assert deadline.due_on == date(2026, 12, 22)


def test_a_consent_is_waited_for_and_ends_as_the_table_says(cast: Cast) -> None:
    today, until = timezone.localdate(), timezone.localdate() + 150 * DAY
    steps.tell(cast.client("larare"))
    coordinator = cast.client("koordinator")
    case = steps.take(coordinator, steps.first_link(coordinator, "/inkommet/", "/inkommet/"))
    steps.guardian(coordinator, case)
    begun = steps.begin_consent(coordinator, case, [cast.membership("larare").agency_id])
    owed = Deadline.objects.filter(kind__in=("consent_awaited", "consent_expires"))
    first, *others = steps.signers(coordinator, begun)
    assert others
    steps.answer_for(coordinator, first)
    with work(cast.actor("koordinator")):
        waiting = owed.get()
        assert (waiting.kind, waiting.due_on) == ("consent_awaited", today + 28 * DAY)
    for signer in others:
        steps.answer_for(coordinator, signer)
    with work(cast.actor("koordinator")):
        held = owed.get(state=Deadline.State.OPEN)
        assert (held.kind, held.due_on) == ("consent_expires", until)
        assert held.responsible_membership_id == cast.membership("koordinator").id


def test_follow_ups_are_proposed_as_the_table_says() -> None:
    monday = date(2027, 1, 11)
    assert proposed(After.OPENING, monday) == date(2027, 2, 8)
    assert proposed(After.FOLLOW_UP, monday) == date(2027, 2, 22)
    assert proposed(After.CONVERSATION, monday) == date(2027, 2, 8)
