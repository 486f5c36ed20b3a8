"""The link with which somebody new chooses a password. It says nothing of whom, where or in which role."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from celery import current_app
from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from access.models import User

TASK = "access.send_invitation"
SUBJECT = _("Välj ett lösenord till SSPF")
BODY = _(
    "Du har fått ett konto i SSPF. Välj ett lösenord på sidan nedan. Länken gäller i tre dagar och går att"
    " använda en gång. Sedan får du lägga till din andra faktor."
)


def invite(person: User) -> None:
    """After the commit a worker sends the mail. Where the queue is away nothing is lost: an administrator sends it again."""
    later = partial(current_app.send_task, TASK, args=[str(person.id)])
    transaction.on_commit(later, robust=True)


def compose(person: User) -> EmailMessage:
    """Swedish plain text; the link holds an opaque id and a token that ends with the password it sets."""
    with override("sv"):
        subject, text = str(SUBJECT), str(BODY)
        path = reverse(
            "account_reset_password_from_key",
            kwargs={"uidb36": person.pk, "key": default_token_generator.make_token(person)},
        )
    return EmailMessage(
        subject=subject,
        body=f"{text}\n\n{settings.BASE_URL.rstrip('/')}{path}\n",
        to=[person.email],
        headers={"Auto-Submitted": "auto-generated"},
    )


def send(user_id: UUID) -> None:
    """To somebody who can still sign in; anybody else gets nothing."""
    person = User.objects.filter(pk=user_id, is_active=True).first()
    if person is not None:
        compose(person).send()
