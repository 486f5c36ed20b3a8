"""What the tests of reminders stand on: a database of their own, the worker's role, and a real mail server."""

from __future__ import annotations

import socket
from asyncio import Transport
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.utils import timezone

from access.actor import Actor
from access.models import Membership, User
from access.request_transaction import work
from reminders.models import Deadline, Notice, Reminder
from reminders.services import set_deadline
from sspf import local
from tests.cast import Cast

STOCKHOLM = ZoneInfo("Europe/Stockholm")


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """A wall clock's time in Sweden."""
    return datetime(year, month, day, hour, minute, tzinfo=STOCKHOLM)


def reminder_of(deadline: Deadline) -> UUID:
    """The one for the inbox on the due day."""
    return Reminder.objects.get(deadline=deadline, stage=0, channel="inapp").pk


def put_notice(
    deadline: Deadline, actor: Actor, *, reminder_id: UUID, text: str = "due_today"
) -> Notice:
    """A notice to the actor as the engine makes it, in the actor's own partition."""
    assert actor.membership_id
    return Notice.objects.create(
        municipality_id=actor.municipality_id,
        agency_id=actor.agency_id,
        reminder_id=reminder_id,
        deadline=deadline,
        membership_id=actor.membership_id,
        text=text,
        created_at=at(2026, 11, 24, 8, 0),
    )


@contextmanager
def role(name: str) -> Iterator[None]:
    """Until it ends, this process is `sspf_<name>` in the database, as that other process would be."""
    from django.db import connections

    connection = connections["default"]
    settings = connection.settings_dict
    earlier = settings["USER"], settings["PASSWORD"]
    connection.close()
    settings["USER"], settings["PASSWORD"] = f"sspf_{name}", local.ensure().passwords[name]
    try:
        yield
    finally:
        connection.close()
        settings["USER"], settings["PASSWORD"] = earlier


@pytest.fixture
def as_worker(committed: str) -> Callable[[], AbstractContextManager[None]]:
    return lambda: role("worker")


@pytest.fixture
def coordinator(committed_cast: Cast) -> Actor:
    return committed_cast.actor("koordinator")


class Owing:
    """Sets deadlines as the coordinator does, and looks at what became of them."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor

    def deadline(
        self,
        due_on: date,
        *,
        kind: str = "follow_up_due",
        responsible: UUID | None = None,
        subject_id: UUID | None = None,
        label: str = "S-7F3K-2M",
    ) -> Deadline:
        assert self.actor.membership_id
        with work(self.actor):
            return set_deadline(
                kind=kind,
                subject_id=subject_id or uuid4(),
                label=label,
                route="case_detail",
                responsible=responsible or self.actor.membership_id,
                due_on=due_on,
            )

    def colleagues(self, number: int) -> list[UUID]:
        """That many more in the coordinator's unit, each with an address of their own; their memberships."""
        today = timezone.localdate()
        with work(self.actor):
            made = Membership.objects.bulk_create(
                Membership(
                    user=User.objects.create_user(
                        email=f"kollega{n}@sspf.example", name=f"Kollega {n}"
                    ),
                    municipality_id=self.actor.municipality_id,
                    agency_id=self.actor.agency_id,
                    unit_id=self.actor.unit,
                    role=self.actor.role,
                    starts_on=today,
                    ends_on=today + timedelta(days=400),
                )
                for n in range(number)
            )
        return [one.id for one in made]

    def statuses(self, deadline: Deadline, *, channel: str = "inapp") -> dict[int, str]:
        """Stage → status, of the deadline's newest version."""
        with work(self.actor):
            newest = Deadline.objects.get(pk=deadline.pk).version
            return dict(
                Reminder.objects.filter(deadline=deadline, version=newest, channel=channel)
                .order_by("stage")
                .values_list("stage", "status")
            )


@pytest.fixture
def owing(coordinator: Actor) -> Owing:
    return Owing(coordinator)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class MailServer:
    """A real SMTP server; `answer` is what it says to the next mails, None drops the line after taking them."""

    def __init__(self) -> None:
        self.mails: list[Message] = []
        self.receivers: list[str] = []
        self.answer: str | None = "250 OK"
        self.recipient_answer = "250 OK"
        self._controller = Controller(self, hostname="127.0.0.1", port=0)
        self._stopped = False
        self.port = 0

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.recipient_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.recipient_answer

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.answer is None or self.answer.startswith("250"):
            self.mails.append(message_from_bytes(envelope.original_content or b""))
            self.receivers += envelope.rcpt_tos
        if self.answer is None:
            assert isinstance(server.transport, Transport)
            server.transport.abort()
            return "250 never read"
        return self.answer

    def start(self) -> int:
        self.port = self._controller.port = free_port()
        self._controller.start()
        return self.port

    def stop(self) -> None:
        if not self._stopped:
            self._stopped = True
            self._controller.stop()


@pytest.fixture
def mail_server(settings: object) -> Iterator[MailServer]:
    server = MailServer()
    port = server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"  # type: ignore[attr-defined]
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port  # type: ignore[attr-defined]
    settings.EMAIL_TIMEOUT = 5  # type: ignore[attr-defined]
    yield server
    server.stop()
