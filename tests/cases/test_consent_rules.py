"""Who must sign, for every age, custody and answer; and what becomes of a consent, whatever happens in whatever order."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import permutations, product
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.rules.consent import (
    WeakerThanLaw,
    eighteenth,
    last_day,
    missing_guardians,
    refuse_weaker,
    signer_rule,
)
from cases.rules.consent_answers import Missing, Signer, exceptions_for, missing, refused
from cases.rules.consent_state import GRANTS, ConsentState, Happened, state_of
from reminders.working_days import local_date

TODAY = date(2026, 11, 22)
YOUTH, FIRST, SECOND = uuid4(), uuid4(), uuid4()
ANSWERS = ("awaited", "signed", "refused", "unreachable", "excepted")
VIEWS = ("awaited", "heard", "dissented", "signed")


def born(age: int) -> date:
    return date(TODAY.year - age, 11, 22)


def events_of(answers: dict[UUID, str], *, justified: bool = False) -> list[Happened]:
    kinds = {"excepted": "exception_granted"}
    happened = [
        Happened(kinds.get(answer, answer), signer=signer)
        for signer, answer in answers.items()
        if answer != "awaited"
    ]
    return [*happened, Happened("justified")] if justified else happened


def by_the_matrix(age: int, first: str, second: str, youth: str, *, justified: bool) -> bool:
    """Domain.md 1.4 written out once more: is there a consent?"""
    guardians = all(one in {"signed", "excepted"} for one in (first, second))
    if age >= 18:
        return youth == "signed"
    if age >= 15:
        return guardians and youth == "signed"
    heard = youth in {"heard", "dissented", "signed"}
    if 12 <= age <= 14 and youth == "dissented":
        return guardians and justified
    return guardians and heard


@pytest.mark.parametrize("age", range(21))
def test_who_must_sign_at_every_age_with_every_answer(age: int) -> None:
    rule = signer_rule(born(age), TODAY)
    adult = age >= 18
    signers = [Signer(YOUTH, youth=True, must_sign=age >= 15)]
    if not adult:
        signers += [Signer(one, youth=False, must_sign=True) for one in (FIRST, SECOND)]
    for first, second, youth, justified in product(ANSWERS, ANSWERS, VIEWS, (False, True)):
        answers = {YOUTH: youth} if adult else {YOUTH: youth, FIRST: first, SECOND: second}
        left = missing(signers, events_of(answers, justified=justified), rule)
        expected = by_the_matrix(age, first, second, youth, justified=justified)
        assert (not left) == expected, (age, first, second, youth, justified, left)


@pytest.mark.parametrize(
    ("custodies", "lacking"),
    [
        ([], 1),
        (["joint"], 1),
        (["joint", "joint"], 0),
        (["sole"], 0),
        (["appointed"], 0),
        (["appointed", "appointed"], 0),
    ],
)
def test_every_guardian_is_registered_before_all_have_been_asked(
    custodies: list[str], lacking: int
) -> None:
    assert max(missing_guardians(custodies, TODAY), 0) == lacking
    rule = signer_rule(born(10), TODAY)
    signers = [Signer(YOUTH, youth=True, must_sign=False), Signer(FIRST, False, True)]
    events = events_of({YOUTH: "heard", FIRST: "signed"})
    found = missing(signers, events, rule, guardians_missing=max(lacking, 0))
    assert (Missing.GUARDIAN in found) == bool(lacking)


@pytest.mark.parametrize("age", range(21))
@pytest.mark.parametrize("answer", ["awaited", "refused", "unreachable", "signed"])
def test_an_exception_is_open_for_the_prevented_and_never_for_a_no(age: int, answer: str) -> None:
    rule = signer_rule(born(age), TODAY)
    both = [Signer(FIRST, False, True), Signer(SECOND, False, True)]
    events = events_of({FIRST: answer})
    codes = {row.code for row in exceptions_for(both[0], both, events, rule, TODAY)}
    expected = set()
    if age < 18 and answer == "unreachable":
        expected.add("fb_6_13_2")
    if 15 <= age < 18 and answer in {"awaited", "unreachable"}:
        expected.add("osl_12_3")
    assert codes == expected
    alone = exceptions_for(both[0], both[:1], events, rule, TODAY)
    assert "fb_6_13_2" not in {row.code for row in alone}
    assert rule.approvers == ({"manager"} if age < 18 else set())


def test_a_no_of_one_who_must_sign_ends_it_and_of_one_who_need_not_does_not() -> None:
    must, need_not = Signer(FIRST, False, True), Signer(YOUTH, True, False)
    assert refused([must], events_of({FIRST: "refused"}))
    assert refused([must], [*events_of({FIRST: "refused"}), Happened("signed", signer=FIRST)])
    assert not refused([need_not], events_of({YOUTH: "dissented"}))


@pytest.mark.parametrize(
    ("birthday", "eve"),
    [
        (date(2008, 11, 23), date(2026, 11, 22)),
        (date(2009, 1, 1), date(2026, 12, 31)),
        # Lagen 1930:173, 1 §: where February has no 29th, its last day is the one.
        (date(2008, 2, 29), date(2026, 2, 27)),
        (date(2010, 2, 28), date(2028, 2, 27)),
        (date(2008, 12, 1), date(2026, 11, 30)),
    ],
)
def test_what_guardians_sign_ends_the_day_before_the_eighteenth_birthday(
    birthday: date, eve: date
) -> None:
    assert eighteenth(birthday) == eve + timedelta(days=1)
    asked = eve + timedelta(days=100)
    assert last_day(asked, born=birthday, on=eve) == eve
    assert last_day(asked, born=birthday, on=eve + timedelta(days=1)) == asked
    assert last_day(eve - timedelta(days=9), born=birthday, on=eve) == eve - timedelta(days=9)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        # Winter time, summer time, and both nights on which the clock is moved.
        (datetime(2026, 11, 22, 22, 59, 59, tzinfo=UTC), date(2026, 11, 22)),
        (datetime(2026, 11, 22, 23, 0, tzinfo=UTC), date(2026, 11, 23)),
        (datetime(2026, 7, 1, 21, 59, 59, tzinfo=UTC), date(2026, 7, 1)),
        (datetime(2026, 7, 1, 22, 0, tzinfo=UTC), date(2026, 7, 2)),
        (datetime(2026, 3, 28, 23, 0, tzinfo=UTC), date(2026, 3, 29)),
        (datetime(2026, 3, 29, 22, 0, tzinfo=UTC), date(2026, 3, 30)),
        (datetime(2026, 10, 24, 22, 0, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2026, 10, 25, 23, 0, tzinfo=UTC), date(2026, 10, 26)),
    ],
)
def test_the_last_day_ends_at_midnight_in_stockholm(moment: datetime, day: date) -> None:
    given_event = [Happened("given")]
    today = local_date(moment)
    assert today == day
    held = state_of(given_event, scopes=[FIRST], valid_to=day, today=today)
    over = state_of(given_event, scopes=[FIRST], valid_to=day - timedelta(days=1), today=today)
    assert (held, over) == (ConsentState.VALID, ConsentState.EXPIRED)


# --- what happens, in whatever order ------------------------------------------------------------------------

SCOPES = (FIRST, SECOND)
HAPPENED = st.one_of(
    st.sampled_from(
        [Happened(kind) for kind in (
            "drafted", "awaited", "justified", "given", "withdrawn", "replaced", "expired", "declined",
            "custody", "lacked",
        )]
    ),
    st.builds(lambda scope: Happened("withdrawn", scope=scope), st.sampled_from(SCOPES)),
    st.builds(
        lambda kind: Happened(kind, signer=YOUTH),
        st.sampled_from(["signed", "refused", "heard", "withdrawn", "given"]),
    ),
)  # fmt: skip


@given(st.lists(HAPPENED, max_size=8), st.integers(-2, 2))
def test_withdrawn_never_grants_and_order_does_not_matter(
    happened: list[Happened], days_left: int
) -> None:
    def state(events: list[Happened]) -> ConsentState:
        valid_to = TODAY + timedelta(days=days_left)
        return state_of(events, scopes=SCOPES, valid_to=valid_to, today=TODAY)

    now = state(happened)
    assert state(happened[::-1]) == now
    assert state(happened + happened) == now
    gone = {e.scope for e in happened if e.kind == "withdrawn" and e.scope}
    whole = {e.kind for e in happened if e.scope is None and e.signer is None}
    if "withdrawn" in whole or gone == set(SCOPES):
        assert now not in GRANTS
    if now in GRANTS:
        assert "given" in whole
        assert days_left >= 0
        assert not whole & {"withdrawn", "replaced", "expired", "declined", "lacked"}
        assert state([*happened, Happened("withdrawn")]) is ConsentState.WITHDRAWN
    # No event gives back what another took away.
    if now not in GRANTS and "given" in whole:
        assert state([*happened, Happened("given")]) not in GRANTS


def test_every_state_is_reached_and_every_order_of_a_life_ends_alike() -> None:
    life = [
        Happened("drafted"),
        Happened("awaited"),
        Happened("given"),
        Happened("withdrawn", FIRST),
    ]
    ends = {
        state_of(list(order), scopes=SCOPES, valid_to=TODAY, today=TODAY)
        for order in permutations(life)
    }
    assert ends == {ConsentState.PARTLY_WITHDRAWN}
    reached = {
        state_of(life[:count], scopes=SCOPES, valid_to=TODAY, today=TODAY) for count in range(1, 5)
    } | {
        state_of([*life, Happened(kind)], scopes=SCOPES, valid_to=TODAY, today=TODAY)
        for kind in ("withdrawn", "replaced", "expired", "declined", "lacked")
    }
    assert reached == set(ConsentState)


# --- a municipality's own rows ----------------------------------------------------------------------------------


def local_row(**changed: Any) -> dict[str, Any]:
    return {"municipality": "1495", "age_from": 12, "age_to": 14, "valid_from": TODAY} | changed


@pytest.mark.parametrize(
    "changed",
    [{"youth": "signs"}, {"max_months": 6}, {"guardian_prevented": False}, {"default_months": 3}],
)
def test_a_stricter_row_of_a_municipality_stands(changed: dict[str, Any]) -> None:
    refuse_weaker([local_row(**changed)])


@pytest.mark.parametrize(
    "changed",
    [
        {"youth": "heard"},
        {"guardians": "none"},
        {"max_months": 13},
        {"youth_alone": True},
        {"age_from": 15, "age_to": 18, "youth": "heard"},
        {"age_from": 18, "age_to": 20, "guardians": "every"},
        {"youht": "signs"},
    ],
)
def test_a_weaker_row_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(WeakerThanLaw):
        refuse_weaker([local_row(**changed)])


def test_the_rows_that_ship_stand_and_a_stricter_one_is_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from cases.rules import law

    refuse_weaker()
    shipped = law.rows
    row = local_row(youth="signs", max_months=6)
    monkeypatch.setattr(
        law, "rows", lambda table: (row,) if table == "consent_local" else shipped(table)
    )
    stricter = signer_rule(born(13), TODAY, municipality="1495")
    assert (stricter.youth, stricter.max_months) == ("signs", 6)
    assert signer_rule(born(13), TODAY, municipality="1445").youth == "no_needs_reason"
    before = signer_rule(born(13), TODAY - timedelta(days=1), municipality="1495")
    assert before.max_months == 12
