"""The whole policy, cell by cell: against the oracle, against what must always hold, and each part of it changed on purpose."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

from access.models import Role
from access.policy import ALWAYS, Action, Bar, Policy, compile_policy, policy
from tests.access.policy_cells import (
    Place,
    circumstances_here,
    oracle_says,
    permitted,
    places,
    written,
)

# What somebody of another agency can stand in towards a row of this one.
FROM_OUTSIDE = "recipient"
READ_WITHOUT_A_HEAD = {"concern_text", "consent_note", "attachment_file", "contact", "disclosure_text", "conflict_reason", "break_glass_text"}  # fmt: skip


@cache
def every_place() -> list[Place]:
    return list(places(policy()))


@cache
def says() -> dict[Place, list[bool]]:
    """The table's answer in every cell."""
    return {place: permitted(policy(), place) for place in every_place()}


def opened() -> Iterator[tuple[Place, frozenset[str], frozenset[str]]]:
    for place, answers in says().items():
        for (holds, bars), answer in zip(circumstances_here(), answers, strict=True):
            if answer:
                yield place, holds, bars


def test_every_cell_is_what_the_document_says() -> None:
    differ = [place for place, answers in says().items() if answers != oracle_says(place)]
    cells = len(every_place()) * len(circumstances_here())
    print(f"\ncells: {cells:,}, open: {sum(map(sum, says().values())):,}, differing: {len(differ)}")
    assert not differ, (
        "The table and domain.md §4 differ. A new grant: write first what the document says of it in "
        f"tests/access/oracle.py. {differ[:12]}"
    )
    assert cells > 1_000_000


# --- What must always hold (issue 4; security.md §3.2) ------------------------------------------------------


def test_withdrawn_is_within_given() -> None:
    """Whatever is open without a consent, a basis or an open case is open with it: no condition closes."""
    everything = frozenset(policy().conditions)
    for place, holds, bars in opened():
        for more in everything - holds:
            assert policy().permits(*place, holds=holds | {more}, barred=bars), (place, more)


def test_another_agency_without_consent_and_basis_sees_nothing_not_even_that_it_exists() -> None:
    from_outside = {(p.group, p.action) for p, holds, _b in opened() if p.relation == FROM_OUTSIDE and not {"consent", "law"} & holds}  # fmt: skip
    assert from_outside == set()


def test_what_is_received_is_read_and_never_changed_or_passed_on() -> None:
    assert {p.action for p, _h, _b in opened() if p.relation == FROM_OUTSIDE} == {Action.LIST, Action.READ}  # fmt: skip


def test_the_police_and_leisure_read_nothing_of_school_health_under_a_consent() -> None:
    closed = {"release_psychosocial", "release_medical"}
    for place, holds, _bars in opened():
        if place.group in closed and place.role in {Role.POLICE_OFFICER, Role.YOUTH_WORKER}:
            assert place.role is not Role.YOUTH_WORKER, place
            assert "law" in holds, place


def test_leisure_gets_a_first_name_and_a_year_and_no_minutes() -> None:
    read = {p.group for p, _h, _b in opened() if p.role == Role.YOUTH_WORKER and p.relation == FROM_OUTSIDE}  # fmt: skip
    assert read == {"release", "release_first_name", "release_leisure", "release_plan", "release_follow_up", "meeting_call"}  # fmt: skip


def test_the_administrator_reaches_nothing() -> None:
    assert not [place for place, _h, _b in opened() if place.role == Role.ADMINISTRATOR]


def test_who_reviews_the_log_reads_metadata_only() -> None:
    read = {p.group for p, _h, _b in opened() if p.role == Role.LOG_REVIEWER}
    assert read <= {"log", "log_review", "break_glass", "signed_table", "deadline", "notice", "absence", "held_form"}  # fmt: skip


def test_export_is_within_read_is_within_list() -> None:
    for place, holds, bars in opened():
        role, relation, group, action = place
        if action is Action.EXPORT:
            assert policy().permits(role, relation, group, Action.READ, holds=holds, barred=bars)
        if action is Action.READ and group not in READ_WITHOUT_A_HEAD:
            assert policy().permits(role, relation, group, Action.LIST, holds=holds, barred=bars)


def test_an_emergency_reads_and_does_nothing_else() -> None:
    assert {p.action for p, _h, _b in opened() if p.relation == "break_glass"} == {Action.LIST, Action.READ}  # fmt: skip


def test_a_bar_closes_everything_but_what_is_named_and_opens_nothing() -> None:
    for place, holds, bars in opened():
        for bar in bars:
            assert place.group in policy().bars[bar].spares, place
        assert policy().permits(*place, holds=holds), place


def test_a_role_or_a_grant_more_widens_nobody_else() -> None:
    """Each role's rows compiled alone say of that role exactly what the whole table says."""
    table = written()
    roles = [role for role in table if role in set(Role)]
    assert len(roles) >= 12
    heads = {name: table[name] for name in table if name not in roles}
    for role in roles:
        alone = compile_policy(heads | {role: table[role]})
        for place in every_place():
            if place.role == role:
                assert alone.ways(role, place.group, place.action) == policy().ways(role, place.group, place.action)  # fmt: skip
            else:
                assert not alone.ways(place.role, place.group, place.action)


def test_every_field_group_has_one_class_and_every_class_has_groups_or_a_reason() -> None:
    placed = [group for one in policy().classes.values() for group in one.groups]
    assert sorted(placed) == sorted(policy().groups)
    assert [f"R{n}" for n in range(1, 20)] == [name for name in policy().classes if name.startswith("R")]  # fmt: skip
    assert all(one.groups or one.reason for one in policy().classes.values())


# --- Mutations: each grant, condition, bar and prohibition changed; the oracle must tell --------------------


def told_apart(mutant: Policy, where: list[Place]) -> bool:
    """Whether the oracle says something else than the mutant in any cell of these places."""
    for place in where:
        for (holds, bars), answer in zip(circumstances_here(), oracle_says(place), strict=True):
            if mutant.permits(*place, holds=holds, barred=bars) is not answer:
                return True
    return False


def with_grant(place: Place, needed: Any) -> Policy:
    role, relation, group, action = place
    grants = dict(policy().grants)
    grants[role, relation, group] = {
        **{a: n for a, n in grants.get((role, relation, group), {}).items() if a is not action},
        **({action: needed} if needed else {}),
    }
    return replace(policy(), grants=grants)


def changed_grants() -> Iterator[tuple[str, Policy, list[Place]]]:
    """Per place: opened where closed, closed where open, and each condition dropped, added or made the only one."""
    for place in every_place():
        if place.role in policy().forbids and place.group not in policy().forbids[place.role]:
            continue  # Closed whatever is granted: no change of a grant there changes anything.
        needed = policy().ways(place.role, place.group, place.action).get(place.relation)
        if needed is None:
            yield "opened", with_grant(place, ALWAYS), [place]
            continue
        yield "closed", with_grant(place, frozenset()), [place]
        for one in needed:
            for name in one:
                rest = (needed - {one}) | {one - {name}}
                yield "condition dropped", with_grant(place, rest), [place]
            if len(needed) > 1:
                yield "alternative dropped", with_grant(place, needed - {one}), [place]
            for name in policy().conditions.keys() - one:
                stricter = (needed - {one}) | {one | {name}}
                yield "condition added", with_grant(place, stricter), [place]


def changed_bars() -> Iterator[tuple[str, Policy, list[Place]]]:
    granted = [place for place in every_place() if any(says()[place])]
    for name, bar in policy().bars.items():
        bars = dict(policy().bars)
        for group in policy().groups:
            bars[name] = Bar(bar.words, bar.spares ^ {group})
            here = [place for place in granted if place.group == group]
            if here:
                yield f"bar spares {group} or not", replace(policy(), bars=dict(bars)), here
        without = {other: kept for other, kept in policy().bars.items() if other != name}
        yield "bar dropped", replace(policy(), bars=without), granted


def changed_prohibitions() -> Iterator[tuple[str, Policy, list[Place]]]:
    """A prohibition shows where somebody grants against it, so each mutant is granted everything as well."""
    for role in policy().forbids:
        table = written()
        groups = [g for g in policy().groups if g not in policy().forbids[role]]
        table[role] = {"assigned": {group: ["list", "read"] for group in groups}}
        here = [Place(role, "assigned", group, Action.READ) for group in groups]
        assert not told_apart(compile_policy(table), here), "forbid must beat every grant"
        dropped = copy.deepcopy(table)
        del dropped["forbid"][role]
        yield "prohibition dropped", compile_policy(dropped), here
        for group, place in zip(groups, here, strict=True):
            spared = copy.deepcopy(table)
            spared["forbid"][role]["spares"].append(group)
            yield "prohibition spares one more", compile_policy(spared), [place]


def test_every_mutation_is_told_apart() -> None:
    killed, alive = 0, []
    for changes in (changed_grants(), changed_bars(), changed_prohibitions()):
        for what, mutant, where in changes:
            if told_apart(mutant, where):
                killed += 1
            else:
                alive.append((what, where[0]))
    print(f"\nmutations: {killed + len(alive):,}, killed: {killed:,}")
    assert not alive, alive[:10]
    assert killed > 10_000
