"""Destroying what somebody typed and never came back to, or cannot come back to: drafts and held forms, with their keys."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_noop

from access.actor import system_actor
from access.held import discard
from access.models import Agency, HeldForm, Membership
from access.request_transaction import record, work
from cases.models import Assignment, ConcernDraft, ConversationDraft
from cases.rules.law import in_force
from cases.services import conversation_draft
from cases.services.concern import destroy_draft
from reminders.working_days import local_date


def destroy_forgotten(*, now: datetime) -> int:
    """In every agency's partition in turn; gives how many were destroyed. Safe to run at any time, again."""
    days = in_force("draft", now.date())[0]["days"]
    before = now - timedelta(days=days)
    return sum(_destroy_in(agency, before, local_date(now)) for agency in Agency.objects.all())


def _destroy_in(agency: Agency, before: datetime, today: date) -> int:
    actor = system_actor(
        name=gettext_noop("Gallring av utkast"),
        municipality_id=agency.municipality_id,
        agency_id=agency.id,
        agency_kind=agency.kind,
    )
    with work(actor):
        gone = ~Q(membership__in=Membership.objects.in_force(today).filter(agency=agency))
        drafts = list(ConcernDraft.objects.filter(Q(saved_at__lt=before) | gone))
        held = list(HeldForm.objects.filter(Q(held_at__lt=before) | gone))
        notes = list(ConversationDraft.objects.exclude(Exists(_works_there(today))))
        for draft in drafts:
            destroy_draft(draft)
        for form in held:
            discard(form)
        for note in notes:
            conversation_draft.destroy_draft(note)
        if drafts or held or notes:
            record("draft.purge", object_type="cases.concerndraft", object_id=None)
    return len(drafts) + len(held) + len(notes)


def _works_there(today: date) -> QuerySet[Assignment]:
    """The writer of the draft still works on its case."""
    return Assignment.objects.manned(today).filter(
        case__conversations=OuterRef("conversation_id"), membership_id=OuterRef("membership_id")
    )
