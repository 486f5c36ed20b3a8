"""Which mail a reminder goes in: one of its own, one with others to the same person, the day's only one, or none.

A mail says only that there is something to do, so one that went to a person after a reminder was due says that one too.
`Letter` is the unique row: of two deliveries at once, one sends and the other waits and sees what became of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from django.db.models import F
from django.utils import timezone

from access.models import Membership
from reminders import choice_rules
from reminders.barred import Holder, barred
from reminders.choice_rules import Chosen
from reminders.models import Choice, Deadline, Letter, Outcome, Reminder
from reminders.rules import Channel, Recipient, rules
from reminders.working_days import local_date, local_moment

# Longer than a delivery's lease: then whoever had it is gone, and the next one sends with the same Message-ID.
ABANDONED = timedelta(seconds=180)
LOOK_AGAIN = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Later:
    """Not now: the person's hours, the day's mail, or another delivery that is just sending."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Said:
    """A mail that went after this was due has said it."""


@dataclass(frozen=True, slots=True)
class Silent:
    """The person reads in the inbox only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """first: the reminder that the letter was made for. counts: kind → how many, for the day's only mail; empty for a mail that counts nothing. sms_number: empty for none.

    also_mail: the SMS goes besides the mail, not instead of it.
    """

    letter: Letter | None
    first: Reminder | None
    counts: Mapping[str, int]
    sms_number: str = ""
    also_mail: bool = False


ALONE = Send(letter=None, first=None, counts={})
Verdict = Later | Said | Silent | Send


def decide(reminder: Reminder, person: Membership, *, now: datetime) -> Verdict:
    """What becomes of a mail that `person`, at the own address, is to have. In a transaction, with the claim held."""
    row = choice_rules.allowed(local_date(now), municipality=person.municipality.code)
    chosen = chosen_by(person, row)
    if is_urgent(reminder, row):
        if _said(person, since=reminder.fire_at):
            return Said()
        return _own(reminder, person, chosen, slot=f"genast {reminder.pk}", urgent=True, now=now)
    if chosen.way == choice_rules.INAPP:
        return Silent()
    opens = choice_rules.next_hours(chosen, now)
    if opens > now:
        return Later(opens)
    joined = _daily if chosen.way == choice_rules.DAILY else _by_the_minute
    return joined(reminder, person, chosen, now=now)


def _by_the_minute(
    reminder: Reminder, person: Membership, chosen: Chosen, *, now: datetime
) -> Verdict:
    minute = reminder.fire_at.replace(second=0, microsecond=0)
    if _said(person, since=minute):
        return Said()
    slot = f"minut {minute.astimezone(UTC):%Y-%m-%dT%H:%M}"
    return _own(reminder, person, chosen, slot=slot, urgent=False, now=now)


def chosen_by(person: Membership, row: choice_rules.Allowed) -> Chosen:
    """What holds for the person on a day when `row` does."""
    made = Choice.objects.filter(membership=person).first()
    if made is None:
        return choice_rules.unchosen(row)
    return choice_rules.within(
        row,
        Chosen(
            way=made.way,
            digest_hour=made.digest_hour,
            start=made.mail_from,
            end=made.mail_to,
            sms_number=made.sms_number,
        ),
    )


def is_urgent(reminder: Reminder, row: choice_rules.Allowed) -> bool:
    """Whether nobody can turn this mail off: of a kind in the table, or a stage for any hour."""
    deadline = reminder.deadline
    if deadline.kind in row.always_mail:
        return True
    timer = rules().timer(deadline.kind, local_date(deadline.created_at))
    return any(
        stage.any_hour
        for stage in timer.stages
        if (stage.at, stage.to) == (reminder.stage, reminder.recipient)
    )


def settle(verdict: Send, outcome: Outcome, *, now: datetime) -> None:
    """What became of the mail, for those that wait to see. Uncertain is left as it is: the same one tries again."""
    if verdict.letter is None or outcome is Outcome.UNCERTAIN:
        return
    accepted = outcome is Outcome.ACCEPTED
    Letter.objects.filter(pk=verdict.letter.pk, held_by=verdict.letter.held_by).update(
        state=Letter.State.ACCEPTED if accepted else Letter.State.FAILED,
        accepted_at=now if accepted else None,
    )


def waiting_kinds(reminder: Reminder, person: Membership, *, now: datetime) -> Counter[str]:
    """Kind → how many: what `reminder` is about, and the person's own deadlines that a mail is due about now.

    Of what is hidden from the person (`reminders.barred`) not even that there is one more is told.
    """
    own = Deadline.objects.filter(
        responsible_membership=person,
        state=Deadline.State.OPEN,
        reminders__version=F("version"),
        reminders__channel=Channel.MAIL,
        reminders__recipient=Recipient.RESPONSIBLE,
        reminders__status__in=Reminder.UNFINISHED,
        reminders__fire_at__lte=now,
    )
    found = {one.pk: one for one in (*own, reminder.deadline)}
    closed = barred([Holder(person.pk, person.user_id)], found.values())
    return Counter(one.kind for one in found.values() if (person.pk, one.pk) not in closed)


def _daily(reminder: Reminder, person: Membership, chosen: Chosen, *, now: datetime) -> Verdict:
    due = choice_rules.next_digest(chosen, reminder.fire_at)
    if due > now:
        return Later(due)
    if _said(person, since=reminder.fire_at):
        return Said()
    letter = _hold(reminder, person, slot=f"dag {local_date(now)}", now=now)
    if isinstance(letter, Later):
        return letter
    if letter.state == Letter.State.ACCEPTED:
        # Today's has gone, before this was due.
        tomorrow = local_moment(local_date(now) + timedelta(days=1), time(0))
        return Later(choice_rules.next_digest(chosen, tomorrow))
    counts = waiting_kinds(reminder, person, now=now)
    return replace(_send(letter, chosen, also_mail=False), counts=counts)


def _own(
    reminder: Reminder,
    person: Membership,
    chosen: Chosen,
    *,
    slot: str,
    urgent: bool,
    now: datetime,
) -> Verdict:
    letter = _hold(reminder, person, slot=slot, now=now)
    if isinstance(letter, Later):
        return letter
    if letter.state == Letter.State.ACCEPTED:
        return Said()
    return _send(letter, chosen, also_mail=urgent)


def _send(letter: Letter, chosen: Chosen, *, also_mail: bool) -> Send:
    return Send(
        letter=letter,
        first=letter.first,
        counts={},
        sms_number=chosen.sms_number,
        also_mail=also_mail,
    )


def _said(person: Membership, *, since: datetime) -> bool:
    return Letter.objects.filter(
        membership=person, state=Letter.State.ACCEPTED, accepted_at__gte=since
    ).exists()


def _hold(reminder: Reminder, person: Membership, *, slot: str, now: datetime) -> Letter | Later:
    """The one letter of that slot, ours to send unless it is accepted; Later while another delivery has it."""
    clock = timezone.now()
    letter, new = Letter.objects.select_for_update().get_or_create(
        municipality_id=reminder.municipality_id,
        agency_id=reminder.agency_id,
        membership=person,
        slot=slot,
        defaults={
            "first": reminder,
            "state": Letter.State.STARTED,
            "held_by": reminder.pk,
            "held_at": clock,
        },
    )
    if new or letter.state == Letter.State.ACCEPTED:
        return letter
    others = letter.held_by != reminder.pk and letter.held_at > clock - ABANDONED
    if others and letter.state == Letter.State.STARTED:
        return Later(now + LOOK_AGAIN)
    letter.state, letter.held_by, letter.held_at = Letter.State.STARTED, reminder.pk, clock
    letter.save(update_fields=["state", "held_by", "held_at"])
    return letter
