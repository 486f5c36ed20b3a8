"""Held forms: what was typed when the session had locked is sealed, and given back after unlocking."""

from __future__ import annotations

import json
from uuid import uuid4

from django.http import HttpRequest, QueryDict
from django.utils import timezone

from access import door
from access.actor import Actor
from access.models import HeldForm
from access.request_transaction import work
from crypto.keys import Scope, destroy_data_key, new_data_key
from crypto.seal import seal

NEVER_HELD = frozenset(
    {"csrfmiddlewaretoken", "password", "oldpassword", "password1", "password2", "code"}
)


def hold(actor: Actor, *, path: str, fields: QueryDict) -> None:
    """Seals the fields of one page for this membership; an earlier one for the same page is replaced."""
    kept = {name: values for name, values in fields.lists() if name not in NEVER_HELD}
    if not kept:
        return
    with work(actor):
        for earlier in HeldForm.objects.filter(membership_id=actor.member, path=path):
            discard(earlier)
        row_id = uuid4()
        key = new_data_key(
            municipality_id=actor.municipality_id,
            agency_id=actor.agency_id,
            scope=Scope.FORM,
            scope_id=row_id,
        )
        HeldForm.objects.create(
            id=row_id,
            municipality_id=actor.municipality_id,
            agency_id=actor.agency_id,
            membership_id=actor.member,
            path=path,
            payload=seal(
                json.dumps(kept), key=key, field="access.held_form.payload", row_id=row_id
            ),
            held_at=timezone.now(),
        )


def take_back(request: HttpRequest) -> QueryDict | None:
    """What was held for this page, once; None where nothing was."""
    actor: Actor = request.actor  # type: ignore[attr-defined]  # an ActingRequest: only pages for people at work take back
    row = door.visible(actor, HeldForm).filter(path=request.path).first()
    if row is None:
        return None
    shown = door.reveal_one(actor, row, door.Purpose.DRAFT)
    fields = QueryDict(mutable=True)
    for name, values in json.loads(shown.text["payload"]).items():
        fields.setlist(name, values)
    discard(row)
    return fields


def discard(row: HeldForm) -> None:
    """The row and its key: nothing is left to open."""
    destroy_data_key(
        municipality_id=row.municipality_id,
        agency_id=row.agency_id,
        scope=Scope.FORM,
        scope_id=row.id,
    )
    row.delete()
