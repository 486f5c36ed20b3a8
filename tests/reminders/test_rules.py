"""The timers of rules.toml: what a deadline's full set of reminders is, and when each is sent."""

import tomllib
from datetime import date, datetime, time, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from reminders.rules import TABLE, Channel, Planned, Recipient, RuleError, compile_rules, rules
from reminders.texts import KINDS, MOVED_OFTEN, NOTICES, WHEN_PASSED
from reminders.working_days import is_open

STOCKHOLM = ZoneInfo("Europe/Stockholm")
MORNING = datetime(2026, 11, 23, 9, 30, tzinfo=STOCKHOLM)


def plan(
    kind: str, due_on: date, *, now: datetime = MORNING, announce: bool = True
) -> list[Planned]:
    return rules().plan(kind, due_on=due_on, now=now, announce=announce)


def when(planned: list[Planned], stage: int, channel: Channel) -> datetime:
    (one,) = [p for p in planned if p.stage == stage and p.channel is channel]
    return one.fire_at.astimezone(STOCKHOLM)


def test_every_timer_and_every_text_is_in_both_tables() -> None:
    timers = rules().timers
    assert {t.kind for t in timers} == set(KINDS)
    texts = {s.text for t in timers for s in t.stages}
    assert texts | set(WHEN_PASSED.values()) | {MOVED_OFTEN} == set(NOTICES)


def test_a_follow_up_is_reminded_of_before_on_and_after_and_then_the_manager_is_told() -> None:
    planned = plan("follow_up_due", date(2027, 1, 20))
    assert [(p.stage, p.to) for p in planned if p.channel is Channel.INAPP] == [
        (-7, Recipient.RESPONSIBLE),
        (-1, Recipient.RESPONSIBLE),
        (0, Recipient.RESPONSIBLE),
        (3, Recipient.RESPONSIBLE),
        (7, Recipient.SUBSTITUTE),
        (14, Recipient.MANAGER),
    ]
    assert when(planned, -7, Channel.INAPP) == datetime(2027, 1, 13, 8, 0, tzinfo=STOCKHOLM)
    assert not any(p.past for p in planned)


def test_the_manager_is_never_told_by_mail() -> None:
    for timer in rules().timers:
        for stage in timer.stages:
            assert stage.to is not Recipient.MANAGER or stage.channels == (Channel.INAPP,)


def test_an_unanswered_concern_is_due_after_two_working_days() -> None:
    friday = date(2026, 12, 18)
    assert rules().timer("concern_unanswered", friday).due_after(friday) == date(2026, 12, 22)
    before_christmas = date(2026, 12, 23)
    assert rules().timer("concern_unanswered", before_christmas).due_after(
        before_christmas
    ) == date(2026, 12, 29)


def test_a_concern_that_comes_in_on_a_saturday_is_in_the_inbox_at_once_and_in_the_mail_on_monday() -> (
    None
):
    saturday = datetime(2026, 11, 21, 14, 0, tzinfo=STOCKHOLM)
    planned = plan("concern_unanswered", date(2026, 11, 24), now=saturday)
    assert when(planned, -2, Channel.INAPP) == saturday
    assert when(planned, -2, Channel.MAIL) == datetime(2026, 11, 23, 7, 0, tzinfo=STOCKHOLM)


def test_a_date_that_is_moved_does_not_announce_the_same_concern_again() -> None:
    planned = plan("concern_unanswered", date(2026, 11, 26), announce=False)
    assert all(p.past for p in planned if p.stage == -2)


def test_mail_for_christmas_eve_goes_out_on_the_next_working_day_but_the_inbox_keeps_the_day() -> (
    None
):
    planned = plan("task_due", date(2026, 12, 24))
    assert when(planned, 0, Channel.INAPP) == datetime(2026, 12, 24, 8, 0, tzinfo=STOCKHOLM)
    assert when(planned, 0, Channel.MAIL) == datetime(2026, 12, 28, 7, 0, tzinfo=STOCKHOLM)


def test_a_stage_before_the_due_day_that_has_passed_already_is_on_record_but_not_sent() -> None:
    planned = plan("follow_up_due", date(2026, 11, 25))
    assert [p.stage for p in planned if p.past] == [-7]
    assert when(planned, -1, Channel.INAPP) == datetime(2026, 11, 24, 8, 0, tzinfo=STOCKHOLM)


def test_a_deadline_that_is_late_when_it_is_set_still_reminds() -> None:
    planned = plan("follow_up_due", date(2026, 10, 1))
    assert all(p.fire_at >= MORNING and not p.past for p in planned if p.stage >= 0)


def test_a_timer_without_a_term_must_be_given_its_date() -> None:
    today = date(2026, 11, 23)
    with pytest.raises(RuleError, match="due_on"):
        rules().timer("consent_expires", today).due_after(today)


def test_the_row_that_was_valid_on_the_day_is_the_one_that_holds() -> None:
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    (row,) = [t for t in table["timer"] if t["kind"] == "concern_unanswered"]
    table["timer"].append(row | {"valid_from": date(2027, 1, 1), "term": 3})
    changed = compile_rules(table)
    assert changed.timer("concern_unanswered", date(2026, 12, 31)).term == 2
    assert changed.timer("concern_unanswered", date(2027, 1, 1)).term == 3
    with pytest.raises(RuleError, match="no timer"):
        changed.timer("concern_unanswered", date(2025, 6, 30))


def test_two_stages_on_one_day_to_one_recipient_are_refused() -> None:
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    table["timer"][0]["stages"].append(dict(table["timer"][0]["stages"][0]))
    with pytest.raises(RuleError, match="two stages"):
        compile_rules(table)


# Both nights of the clock, a leap day, the turns of years; and any other day of ten years.
SPECIAL = [date(2026, 3, 29), date(2026, 10, 25), date(2028, 2, 29), date(2026, 12, 31), date(2027, 1, 1)]  # fmt: skip
anchor = st.sampled_from(SPECIAL) | st.dates(date(2026, 1, 15), date(2036, 1, 1))


@given(
    kind=st.sampled_from(sorted(KINDS)),
    due_on=anchor,
    before=st.integers(-40, 80),
    hour=st.integers(0, 23),
)
def test_whenever_it_is_set_and_due_each_stage_is_planned_once_at_its_hour_on_the_wall(
    kind: str, due_on: date, before: int, hour: int
) -> None:
    now = datetime.combine(due_on - timedelta(days=before), time(hour, 30), tzinfo=STOCKHOLM)
    planned = plan(kind, due_on, now=now)
    timer = rules().timer(kind, now.date())
    stages = [(s.at, c, s.to) for s in timer.stages for c in s.channels]
    assert [(p.stage, p.channel, p.to) for p in planned] == stages
    by_stage = {(s.at, s.to): s for s in timer.stages}
    for one in planned:
        stage, wall = by_stage[one.stage, one.to], one.fire_at.astimezone(STOCKHOLM)
        assert one.fire_at >= now
        if one.channel is Channel.MAIL and not stage.any_hour:
            assert is_open(one.fire_at)
        elif not stage.at_once and one.fire_at > now:
            assert wall.time() == (stage.hour or time(8))
            assert wall.date() == timer.count(due_on, stage.at)


@pytest.mark.parametrize(
    ("kind", "due_on", "limit"),
    [
        ("preliminary_assessment", date(2026, 12, 24), date(2026, 12, 28)),  # julafton
        ("preliminary_assessment", date(2027, 6, 25), date(2027, 6, 28)),  # midsommarafton
        ("feedback_due", date(2026, 12, 31), date(2027, 1, 4)),  # nyårsafton
        ("feedback_due", date(2026, 12, 30), date(2026, 12, 30)),
        ("follow_up_due", date(2026, 12, 24), date(2026, 12, 24)),  # no law's term
    ],
)
def test_the_laws_last_day_rolls_from_a_day_off_and_we_work_by_the_strict_one(
    kind: str, due_on: date, limit: date
) -> None:
    assert rules().timer(kind, due_on).legal_limit(due_on) == limit


def test_the_report_is_assessed_within_fourteen_calendar_days_and_warned_of_on_the_7th_10th_and_13th() -> (
    None
):
    received = date(2026, 12, 10)
    timer = rules().timer("preliminary_assessment", received)
    assert timer.due_after(received) == date(2026, 12, 24)
    assert [14 + s.at for s in timer.stages if s.at < 0] == [7, 10, 13]


def test_the_table_of_timers_is_printed_with_basis_and_stages() -> None:
    out = StringIO()
    call_command("timers", on=date(2026, 11, 23), stdout=out)
    text = out.getvalue()
    for kind in KINDS:
        assert f"{kind}: " in text
    assert "  +7 dagar: substitute, inapp och mail" in text
    assert "19 kap. 6 § socialtjänstlagen: återkoppling på begäran" in text
    assert "utan angiven tid före 2026-01-15" not in text
