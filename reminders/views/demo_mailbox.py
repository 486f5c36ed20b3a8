"""The demo's mailbox page; its route does not exist outside the demo."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from access.actor import ActingRequest
from reminders.demo_mailbox import mails_to, next_mail_to
from reminders.rows import crumbs


@require_GET
def demo_mailbox(request: ActingRequest) -> HttpResponse:
    mails = mails_to(request.user.email, folder=settings.MAILBOX_DIR)
    context = {
        "mails": mails,
        "address": request.user.email,
        "crumbs": crumbs(),
        "next_mail": next_mail_to(request.actor),
    }
    return render(request, "reminders/demo_mailbox.html", context)
