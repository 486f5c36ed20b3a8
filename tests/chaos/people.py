"""Invented colleagues, so that each deadline has a person of its own: mails to one person that say the same are one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID, uuid4

from django.utils import timezone

from access.actor import Actor
from access.models import Membership, Role, User
from access.request_transaction import work
from reminders.mail import message_id
from reminders.models import Reminder
from reminders.services import set_deadline


def colleagues(like: Actor, number: int) -> list[UUID]:
    """That many memberships in the actor's unit."""
    mark = uuid4().hex[:8]
    users = User.objects.bulk_create(
        User(email=f"kollega-{mark}-{n}@sspf.example", name=f"Kollega {n}") for n in range(number)
    )
    day = timezone.localdate()
    return [
        held.pk
        for held in Membership.objects.bulk_create(
            Membership(
                user=user,
                municipality_id=like.municipality_id,
                agency_id=like.agency_id,
                unit_id=like.unit,
                role=Role.SOCIAL_WORKER,
                starts_on=day,
                ends_on=day + timedelta(days=300),
            )
            for user in users
        )
    ]


def owe(actor: Actor, people: Iterator[UUID], *, due_on: date) -> tuple[UUID, str]:
    """A deadline of the next one's, with a notice and a mail on its day: its id, and the Message-ID of the mail."""
    with work(actor):
        deadline = set_deadline(
            kind="task_due",
            subject_id=uuid4(),
            label="S-7F3K-2M",
            route="case_detail",
            responsible=next(people),
            due_on=due_on,
        )
        mail = Reminder.objects.get(deadline=deadline, channel="mail", stage=0)
        return deadline.pk, message_id(mail)
