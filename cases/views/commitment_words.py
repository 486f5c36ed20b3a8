"""Commitments as a page lists them: what is promised, by whom in words, and what may be done with each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from access import door
from access.actor import Actor
from access.door import Revealed
from access.policy import Action
from cases.models import Case, Commitment, CommitmentState, Guardian, PromisedBy

TONES = {CommitmentState.OPEN: "active", CommitmentState.KEPT: "good"}
RELATED = ("adult__user", "colleague__user", "closed_by__user")


class Line(NamedTuple):
    """`who` is the promiser in words; `tone` the state's; `late` an open one whose day has passed."""

    shown: Revealed[Commitment]
    who: str
    tone: str
    late: bool
    may_write: bool


def commitments_of(actor: Actor, case: Case, *, today: date) -> list[Line]:
    """Those of the case, the open ones first."""
    rows = door.visible(actor, Commitment).filter(case=case)
    related = rows.select_related("case").prefetch_related(*RELATED)
    shown = door.reveal(actor, related, door.Purpose.CASE_WORK, damaged=True)
    shown.sort(key=lambda one: one.row.state != CommitmentState.OPEN)
    return lines(actor, shown, today=today)


def may_promise(actor: Actor, case: Case) -> bool:
    """For a case that did not come through the door itself: of a follow-up, or of a meeting."""
    found = door.visible(actor, Case).filter(pk=case.pk).first()
    return found is not None and door.may(actor, found, "commitment", Action.CREATE)


def lines(actor: Actor, shown: Sequence[Revealed[Commitment]], *, today: date) -> list[Line]:
    names = _guardians(actor, [one.row for one in shown])
    return [_line(actor, one, names, today) for one in shown]


def _line(actor: Actor, shown: Revealed[Commitment], names: dict[Any, str], today: date) -> Line:
    row = shown.row
    state = CommitmentState(row.state)
    is_open = state == CommitmentState.OPEN
    return Line(
        shown=shown,
        who=_who(row, names),
        tone=TONES.get(state, ""),
        late=is_open and row.due_on < today,
        may_write=is_open and door.may(actor, row, "commitment", Action.WRITE),
    )


def _who(row: Commitment, names: dict[Any, str]) -> str:
    if row.colleague is not None:
        return row.colleague.user.name
    if row.promised_by == PromisedBy.YOUNG:
        return str(PromisedBy.YOUNG.label)
    return names.get(row.guardian_id) or str(PromisedBy.GUARDIAN.label)


def _guardians(actor: Actor, rows: Sequence[Commitment]) -> dict[Any, str]:
    """Name by id, also of one whose custody has ended: it was theirs when it was promised."""
    wanted = {row.guardian_id for row in rows if row.guardian_id}
    if not wanted:
        return {}
    found = door.reveal(
        actor,
        door.visible(actor, Guardian).filter(pk__in=wanted),
        door.Purpose.CASE_WORK,
        groups=("guardian",),
        damaged=True,
    )
    return {one.row.pk: _("%(name)s, vårdnadshavare") % {"name": one.text["name"]} for one in found}
