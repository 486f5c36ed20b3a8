"""What has become of a consent: a pure function of its events, its ticks and the day. The order of the events does not matter."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class ConsentState(StrEnum):
    DRAFT = "draft"
    AWAITING = "awaiting"
    VALID = "valid"
    PARTLY_WITHDRAWN = "partly_withdrawn"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    REPLACED = "replaced"
    DECLINED = "declined"
    LACKED = "lacked"

    @property
    def label(self) -> _StrPromise:
        return LABELS[self]


LABELS = {
    ConsentState.DRAFT: _("Utkast"),
    ConsentState.AWAITING: _("Väntar på underskrift"),
    ConsentState.VALID: _("Giltigt"),
    ConsentState.PARTLY_WITHDRAWN: _("Delvis återkallat"),
    ConsentState.WITHDRAWN: _("Återkallat"),
    ConsentState.EXPIRED: _("Utgått"),
    ConsentState.REPLACED: _("Ersatt"),
    ConsentState.DECLINED: _("Avböjt"),
    ConsentState.LACKED: _("Gäller inte, en vårdnadshavares underskrift saknades"),
}
GRANTS = frozenset({ConsentState.VALID, ConsentState.PARTLY_WITHDRAWN})
UNSIGNED = frozenset({ConsentState.DRAFT, ConsentState.AWAITING})
# Events that end the whole of it, the one that weighs most first.
ENDS = {
    "withdrawn": ConsentState.WITHDRAWN,
    "declined": ConsentState.DECLINED,
    "lacked": ConsentState.LACKED,
    "replaced": ConsentState.REPLACED,
    "expired": ConsentState.EXPIRED,
}


@dataclass(frozen=True, slots=True)
class Happened:
    """An event as far as the state depends on it."""

    kind: str
    scope: UUID | None = None
    signer: UUID | None = None


def state_of(
    events: Collection[Happened],
    *,
    scopes: Collection[UUID],
    valid_to: date,
    today: date,
) -> ConsentState:
    """Withdrawn never grants, whatever else was noted before or after."""
    whole = {event.kind for event in events if event.scope is None and event.signer is None}
    gone = {event.scope for event in events if event.kind == "withdrawn" and event.scope}
    for kind, state in ENDS.items():
        if kind in whole:
            return state
    if scopes and gone >= set(scopes):
        return ConsentState.WITHDRAWN
    if today > valid_to:
        return ConsentState.EXPIRED
    if "given" not in whole:
        return ConsentState.AWAITING if "awaited" in whole else ConsentState.DRAFT
    return ConsentState.PARTLY_WITHDRAWN if gone else ConsentState.VALID


def consent_state(consent: Any, today: date) -> ConsentState:
    """The same, of a Consent with its events and scopes at hand."""
    return state_of(
        [Happened(e.kind, e.scope_id, e.signer_id) for e in consent.events.all()],
        scopes=[scope.id for scope in consent.scopes.all()],
        valid_to=consent.valid_to,
        today=today,
    )
