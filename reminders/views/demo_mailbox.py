"""The demo's mailbox page; its route does not exist outside the demo."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from access.actor import ActingRequest
from reminders.demo_mailbox import mails_to
from reminders.models import Reminder
from reminders.rows import crumbs


@require_GET
def demo_mailbox(request: ActingRequest) -> HttpResponse:
    mails = mails_to(request.user.email, folder=settings.MAILBOX_DIR)
    waiting = Reminder.objects.filter(
        deadline__responsible_membership=request.actor.member,
        channel="mail",
        status__in=Reminder.WAITING,
    )
    context = {
        "mails": mails,
        "address": request.user.email,
        "crumbs": crumbs(),
        "next_mail": waiting.order_by("next_at").values_list("next_at", flat=True).first(),
    }
    return render(request, "reminders/demo_mailbox.html", context)
