"""The inbox as it is shown: each notice with the rule it came by, equal ones together, and the filters with their counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access import door
from access.actor import Actor
from reminders.barred import open_to
from reminders.models import Deadline, Notice
from reminders.protection import MANAGER_SEES
from reminders.reach import within_reach
from reminders.rows import days_late, link, long_day
from reminders.rules import Recipient, RuleError, rules
from reminders.services import can_finish, latest_snooze
from reminders.texts import ASK, KINDS, MOVED_OFTEN, NOTICES
from reminders.working_days import local_date, next_working_day

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snooze:
    """The days that a notice may be put off to, as ISO dates; `latest` is the last of them."""

    tomorrow: str
    working: str
    working_day: str
    latest: str
    latest_day: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRow:
    """One message: what, why it came (`why` in short, `rule` in full), and the way to the task.

    who: the responsible colleague, where that is somebody else; empty for one's own. late: how late, in words; empty if it isn't.
    """

    notice: Notice
    what: str
    why: str
    rule: str
    number: str
    who: str
    due: str
    due_iso: str
    came_on: str
    came_iso: str
    verb: str
    url: str
    unread: bool
    late: str
    snoozed: str
    can_finish: bool
    snooze: Snooze


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeGroup:
    """Messages that say the same, about one or several things."""

    what: str
    why: str
    rows: Sequence[NoticeRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    key: str
    label: str
    count: int
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    groups: Sequence[NoticeGroup]
    filters: Sequence[Filter]
    chosen: str
    unread: int


_CHOICES: Mapping[str, Callable[[NoticeRow], bool]] = {
    "": lambda row: not row.snoozed,
    "olasta": lambda row: row.unread and not row.snoozed,
    "forsenade": lambda row: bool(row.late) and not row.snoozed,
    "uppskjutna": lambda row: bool(row.snoozed),
}


def inbox_of(actor: Actor, *, today: date, chosen: str) -> Inbox:
    """The whole page in a constant number of questions, and one more for each kind of page that the actor stands in for.

    An unknown filter shows everything.
    """
    rows = _rows(actor, today=today)
    chosen = chosen if chosen in _CHOICES else ""
    labels = {
        "": _("Alla"),
        "olasta": _("Olästa"),
        "forsenade": _("Försenade"),
        "uppskjutna": _("Uppskjutna"),
    }
    return Inbox(
        groups=_grouped([row for row in rows if _CHOICES[chosen](row)]),
        filters=[
            Filter(key=key, label=labels[key], count=sum(map(fits, rows)), active=key == chosen)
            for key, fits in _CHOICES.items()
        ],
        chosen=chosen,
        unread=sum(map(_CHOICES["olasta"], rows)),
    )


def open_notices(actor: Actor, *, today: date) -> list[NoticeRow]:
    """Those that are not put off."""
    return [row for row in _rows(actor, today=today) if not row.snoozed]


def _rows(actor: Actor, *, today: date) -> list[NoticeRow]:
    notices = (
        door.visible(actor, Notice)
        .filter(Q(membership_id=actor.membership_id), done_at=None)
        .select_related("reminder", "deadline__responsible_membership__user")
    )
    rows = open_to(actor, notices)
    reached = within_reach(actor, (one.deadline for one in rows if _stands_in(actor, one)))
    return [notice_row(actor, one, today=today, reached=one.deadline_id in reached) for one in rows]


def _stands_in(actor: Actor, notice: Notice) -> bool:
    """Told instead of the responsible colleague, or beside them as their substitute."""
    mine = notice.deadline.responsible_membership_id == actor.membership_id
    return not mine and notice.reminder.recipient in {Recipient.RESPONSIBLE, Recipient.SUBSTITUTE}


def _grouped(rows: Sequence[NoticeRow]) -> list[NoticeGroup]:
    """In the order of the newest of each group."""
    together: dict[tuple[str, str], list[NoticeRow]] = {}
    for row in rows:
        together.setdefault((row.what, row.why), []).append(row)
    return [NoticeGroup(what=what, why=why, rows=found) for (what, why), found in together.items()]


def notice_row(actor: Actor, notice: Notice, *, today: date, reached: bool) -> NoticeRow:
    """reached: for somebody who stands in, whether the task's page is there for them."""
    deadline = notice.deadline
    texts = KINDS[deadline.kind]
    what, why, verb, url = _said(actor, notice, reached=reached)
    mine = deadline.responsible_membership_id == actor.membership_id
    came = local_date(notice.created_at)
    snoozed = notice.snoozed_until
    waits = deadline.state == Deadline.State.OPEN
    return NoticeRow(
        notice=notice,
        what=what,
        why=why,
        rule=_rule(notice, whole=mine or texts.manager_acts),
        number=deadline.label,
        who="" if mine else deadline.responsible_membership.user.name,
        due=long_day(deadline.due_on),
        due_iso=deadline.due_on.isoformat(),
        came_on=long_day(came),
        came_iso=came.isoformat(),
        verb=verb,
        url=url,
        unread=notice.read_at is None,
        late=days_late(deadline.due_on, today) if waits and deadline.due_on < today else "",
        snoozed=long_day(snoozed) if snoozed and snoozed > today else "",
        can_finish=mine and can_finish(deadline),
        snooze=_snooze(deadline, today=today),
    )


def _said(actor: Actor, notice: Notice, *, reached: bool) -> tuple[str, str, str, str]:
    """What, why, verb and address: for one's own, for somebody one stands in for, and for a manager who only knows."""
    deadline = notice.deadline
    texts = KINDS[deadline.kind]
    there = link(actor, deadline.route, deadline.route_pk)
    why = str(NOTICES[notice.text])
    if notice.text == MOVED_OFTEN:
        if deadline.state == Deadline.State.DONE:
            why = _(
                "En dag flyttades tredje gången eller mer innan uppgiften blev gjord. Det här ligger kvar tills du tar bort det."
            )
        return _("Ett datum i din enhet flyttas gång på gång"), why, "", ""
    if _stands_in(actor, notice):
        if reached and there:
            return str(texts.task), _stand_in_words(notice), str(texts.verb), there
        return str(texts.task), f"{_stand_in_words(notice)} {ASK}", "", ""
    if deadline.responsible_membership_id == actor.membership_id or texts.manager_acts:
        return str(texts.task), why, str(texts.verb), there
    # The list names the late follow-ups; another kind that is late is in this notice only.
    listed = link(actor, "late_follow_ups", None) if deadline.kind == MANAGER_SEES else ""
    return _("En försenad uppgift i din enhet"), why, _("Se vad som är försenat"), listed


def _stand_in_words(notice: Notice) -> str:
    if notice.reminder.recipient == Recipient.SUBSTITUTE:
        return str(NOTICES[notice.text])
    name = notice.deadline.responsible_membership.user.name
    return _("Du ersätter %(name)s, som ansvarar för den.") % {"name": name}


def _rule(notice: Notice, *, whole: bool) -> str:
    """E.g. "7 dagar före sista dagen. Rutin: …"; without the rule's own words where they would tell what it is about."""
    deadline, stage = notice.deadline, notice.reminder.stage
    if notice.text == MOVED_OFTEN:
        return ""
    try:
        timer = rules().timer(deadline.kind, local_date(deadline.created_at))
    except RuleError:
        return ""
    at_once = any(
        one.at_once
        for one in timer.stages
        if (one.at, one.to) == (stage, notice.reminder.recipient)
    )
    when = _("Kom direkt.") if at_once else _counted(stage, working=timer.working)
    return f"{when} {_(timer.basis)}." if whole else when


def _counted(stage: int, *, working: bool) -> str:
    days = abs(stage)
    if stage == 0:
        return _("Kom på sista dagen.")
    if working:
        before = ngettext(
            "Kom %(n)d arbetsdag före sista dagen.", "Kom %(n)d arbetsdagar före sista dagen.", days
        )
        after = ngettext(
            "Kom %(n)d arbetsdag efter sista dagen.",
            "Kom %(n)d arbetsdagar efter sista dagen.",
            days,
        )
    else:
        before = ngettext(
            "Kom %(n)d dag före sista dagen.", "Kom %(n)d dagar före sista dagen.", days
        )
        after = ngettext(
            "Kom %(n)d dag efter sista dagen.", "Kom %(n)d dagar efter sista dagen.", days
        )
    return (before if stage < 0 else after) % {"n": days}


def _snooze(deadline: Deadline, *, today: date) -> Snooze:
    working = next_working_day(today + _DAY)
    latest = latest_snooze(deadline.due_on, today=today)
    return Snooze(
        tomorrow=(today + _DAY).isoformat(),
        working=working.isoformat(),
        working_day=long_day(working),
        latest=latest.isoformat(),
        latest_day=long_day(latest),
    )
