"""One mail: it says that there is something to do and where to log in, and nothing else."""

from __future__ import annotations

import smtplib
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.translation import override

from reminders.failpoint import Point, reach
from reminders.models import Outcome, Reminder
from reminders.texts import (
    COUNT_WORDS,
    COUNTED,
    DIGEST_BODY,
    DIGEST_WHERE,
    MAIL_BODY,
    MAIL_CHOOSE,
    MAIL_NO_ANSWER,
    MAIL_SUBJECT,
    MAIL_TO_UNIT,
    MAIL_WHY,
)

_PERMANENT = range(500, 600)


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one try, and the mail server's three digits if it gave any."""

    outcome: Outcome
    code: int | None = None


def message_id(reminder: Reminder) -> str:
    """The same for every try of one reminder, so that a receiver can tell a repetition from a new mail."""
    key = "/".join(
        str(part)
        for part in (
            reminder.municipality_id,
            reminder.agency_id,
            reminder.deadline_id,
            reminder.version,
            reminder.stage,
            reminder.channel,
            reminder.recipient,
        )
    )
    host = urlsplit(settings.BASE_URL).hostname
    return f"<{uuid5(NAMESPACE_URL, f'sspf:reminder:{key}')}@{host}>"


def compose(
    reminder: Reminder,
    *,
    address: str,
    counts: Mapping[str, int] | None = None,
    to_unit: bool = False,
) -> EmailMessage:
    """Swedish plain text without name, number, category or agency, in lines of at most 78 characters.

    reminder: whose Message-ID it has. counts: kind → how many, for the day's only mail; no more is said of them.
    to_unit: to a unit's mailbox, which chooses nothing.
    """
    with override("sv"):
        foot = [MAIL_WHY, MAIL_NO_ANSWER] if to_unit else [MAIL_WHY, MAIL_CHOOSE, MAIL_NO_ANSWER]
        parts = [_says(counts, to_unit=to_unit), settings.BASE_URL, "\n".join(map(str, foot))]
        return EmailMessage(
            subject=str(MAIL_SUBJECT),
            body="\n\n".join(parts) + "\n",
            to=[address],
            headers={
                "Message-ID": message_id(reminder),
                "Auto-Submitted": "auto-generated",
                "Content-Language": "sv",
            },
        )


def _says(counts: Mapping[str, int] | None, *, to_unit: bool) -> str:
    if to_unit:
        return str(MAIL_TO_UNIT)
    if not counts:
        return str(MAIL_BODY)
    waiting = "\n".join(f"- {line}" for line in in_words(counts))
    return f"{DIGEST_BODY}\n{waiting}\n\n{DIGEST_WHERE}"


def in_words(counts: Mapping[str, int]) -> list[str]:
    """E.g. "3 uppföljningar", "1 samtycke": kinds that are called the same are counted together."""
    together: Counter[str] = Counter()
    for kind, count in counts.items():
        together[COUNTED[kind]] += count
    return [str(COUNT_WORDS[word](count)) for word, count in sorted(together.items())]


def send(mail: EmailMessage, *, not_after: float) -> Sent:
    """Hands the mail to the mail server and tells what is known afterwards. Never raises for SMTP's sake.

    not_after: of time.monotonic(). A process that was paused past it no longer knows that the mail is its to
    send, and leaves it to the next try.
    """
    connection = get_connection()
    try:
        connection.open()
    except (OSError, smtplib.SMTPException) as fault:
        return Sent(Outcome.DEFERRED, getattr(fault, "smtp_code", None))
    try:
        reach(Point.MAIL_CONNECTED)
        if time.monotonic() > not_after:
            return Sent(Outcome.DEFERRED)
        return _hand_over(connection, mail)
    finally:
        _close(connection)


def _hand_over(connection: BaseEmailBackend, mail: EmailMessage) -> Sent:
    try:
        connection.send_messages([mail])
    except smtplib.SMTPRecipientsRefused as fault:
        return _answered(min(code for code, _text in fault.recipients.values()))
    except smtplib.SMTPDataError as fault:
        return _answered(fault.smtp_code)
    except smtplib.SMTPSenderRefused as fault:
        # Our own address is refused: a fault of the set-up, not of this mail, so it waits.
        return Sent(Outcome.DEFERRED, fault.smtp_code)
    except (OSError, smtplib.SMTPException):
        # The line broke after we began: the server may have taken it.
        return Sent(Outcome.UNCERTAIN)
    return Sent(Outcome.ACCEPTED, 250)


def _answered(code: int) -> Sent:
    return Sent(Outcome.REFUSED if code in _PERMANENT else Outcome.DEFERRED, code)


def _close(connection: BaseEmailBackend) -> None:
    try:
        connection.close()
    except (OSError, smtplib.SMTPException):
        return
