"""Destroying what somebody typed and never came back to: drafts of concerns, and held forms, with their keys."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext_noop

from access.actor import system_actor
from access.held import discard
from access.models import Agency, HeldForm
from access.request_transaction import record, work
from cases.models import ConcernDraft
from cases.rules.law import in_force
from cases.services.concern import destroy_draft


def destroy_forgotten(*, now: datetime) -> int:
    """In every agency's partition in turn; gives how many were destroyed. Safe to run at any time, again."""
    days = in_force("draft", now.date())[0]["days"]
    before = now - timedelta(days=days)
    return sum(_destroy_in(agency, before) for agency in Agency.objects.all())


def _destroy_in(agency: Agency, before: datetime) -> int:
    actor = system_actor(
        name=gettext_noop("Gallring av utkast"),
        municipality_id=agency.municipality_id,
        agency_id=agency.id,
        agency_kind=agency.kind,
    )
    with work(actor):
        drafts = list(ConcernDraft.objects.filter(saved_at__lt=before))
        held = list(HeldForm.objects.filter(held_at__lt=before))
        for draft in drafts:
            destroy_draft(draft)
        for form in held:
            discard(form)
        if drafts or held:
            record("draft.purge", object_type="cases.concerndraft", object_id=None)
    return len(drafts) + len(held)
