"""The mails that the demo's local mail server has kept, for the one they were sent to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import getaddresses
from pathlib import Path

from access import door
from access.actor import Actor
from reminders.models import Deadline, Reminder

SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    subject: str
    sender: str
    received: datetime | None
    text: str


def next_mail_to(actor: Actor) -> datetime | None:
    """When the next mail about one of the actor's own deadlines is sent; None where none waits."""
    mine = door.visible(actor, Deadline).filter(responsible_membership_id=actor.member)
    waiting = Reminder.objects.filter(
        deadline__in=mine, channel="mail", status__in=Reminder.WAITING
    )
    return waiting.order_by("next_at").values_list("next_at", flat=True).first()


def mails_to(address: str, *, folder: Path) -> list[Mail]:
    """The newest mails to `address`; the files' names begin with the time they came."""
    found: list[Mail] = []
    for file in sorted(folder.glob("*.eml"), reverse=True):
        message = BytesParser(policy=policy.default).parsebytes(file.read_bytes())
        if _is_to(message, address):
            found.append(_mail(message))
        if len(found) == SHOWN:
            break
    return found


def _moment(sent: datetime) -> datetime:
    """Mail in UTC says "-0000", which is read as a time without a zone."""
    return sent if sent.tzinfo else sent.replace(tzinfo=UTC)


def _is_to(message: EmailMessage, address: str) -> bool:
    receivers = getaddresses([str(value) for value in message.get_all("To", [])])
    return address.casefold() in {receiver.casefold() for _name, receiver in receivers}


def _mail(message: EmailMessage) -> Mail:
    body = message.get_body(("plain",))
    date = message["Date"]
    return Mail(
        subject=str(message["Subject"] or ""),
        sender=str(message["From"] or ""),
        received=_moment(date.datetime) if date else None,
        text=body.get_content() if body else "",
    )
