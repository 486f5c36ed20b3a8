"""Consent, in its simple form: who signed, which agencies, from–to, withdraw. What rests on it ends with it."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from access.actor import Actor
from access.models import Agency
from access.request_transaction import record
from cases.models import Case, Consent, ConsentEvent, ConsentScope, Disclosure, Stage
from cases.models.case import ENDED_STAGES, OPEN_STAGES
from cases.rules.consent import covers
from cases.services.disclosure import end_disclosure
from cases.services.protection import must_hold_no_address
from crypto.keys import Scope, data_key
from crypto.seal import seal
from reminders.services import finish, set_deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What the paper says. `signed_by` names who signed, in words."""

    signed_by: str
    not_shared: str
    signed_on: date
    valid_from: date
    valid_to: date
    received_how: str

    def __repr__(self) -> str:
        return "Signature(‹förseglat›)"


def register_consent(
    *, actor: Actor, case: Case, signature: Signature, agencies: Sequence[Agency], now: datetime
) -> Consent:
    """Keeps what was signed and opens the case for sharing with the ticked agencies only."""
    hold_case(case)
    must_hold_no_address(
        case, {"signed_by": signature.signed_by, "not_shared": signature.not_shared}
    )
    key = data_key(
        municipality_id=case.municipality_id,
        agency_id=case.agency_id,
        scope=Scope.CASE,
        scope_id=case.id,
    )
    place = {"municipality_id": case.municipality_id, "agency_id": case.agency_id}
    row_id = uuid4()
    consent = Consent.objects.create(
        id=row_id,
        **place,
        case=case,
        signed_by=seal(
            signature.signed_by, key=key, field="cases.consent.signed_by", row_id=row_id
        ),
        not_shared=seal(
            signature.not_shared, key=key, field="cases.consent.not_shared", row_id=row_id
        ),
        signed_on=signature.signed_on,
        valid_from=signature.valid_from,
        valid_to=signature.valid_to,
        received_how=signature.received_how,
    )
    ConsentScope.objects.bulk_create(
        ConsentScope(**place, consent=consent, covers_agency=agency.id, covers_name=agency.name)
        for agency in agencies
    )
    _append(actor, consent, ConsentEvent.Kind.GIVEN, channel=signature.received_how, now=now)
    if case.stage in {Stage.NEW, Stage.AWAITING_CONSENT, Stage.FROZEN}:
        case.stage = Stage.ACTIVE
        case.save(update_fields=["stage"])
    set_deadline(
        place=(case.municipality_id, case.agency_id),
        kind="consent_expires",
        subject_id=consent.id,
        label=case.number,
        route="case_detail",
        route_pk=case.id,
        responsible=actor.member,
        due_on=signature.valid_to,
    )
    record(
        "consent.register",
        object_type="cases.consent",
        object_id=consent.id,
        case=(case.id, case.number),
    )
    return consent


def withdraw_consent(
    *,
    actor: Actor,
    consent: Consent,
    scopes: Sequence[ConsentScope] | None,
    channel: str,
    now: datetime,
) -> int:
    """Ends the named scopes, or all of it (None). Gives how many disclosures ended with it.

    What was lawfully shared stays in the register; the receivers' access is gone with the next request.
    """
    hold_case(consent.case)
    live = live_scopes(consent)
    ended = live if scopes is None else [scope for scope in live if scope in scopes]
    for scope in ended:
        _append(actor, consent, ConsentEvent.Kind.WITHDRAWN, scope=scope, channel=channel, now=now)
    agencies = {scope.covers_agency for scope in ended}
    resting = Disclosure.objects.filter(consent=consent, to_agency__in=agencies, end__isnull=True)
    count = 0
    for disclosure in resting:
        end_disclosure(disclosure=disclosure, reason="consent_withdrawn", now=now)
        count += 1
    if not live_scopes(consent):
        _append(actor, consent, ConsentEvent.Kind.WITHDRAWN, channel=channel, now=now)
        finish(kind="consent_expires", subject_id=consent.id)
        _freeze(consent.case, now.date())
    record(
        "consent.withdraw",
        object_type="cases.consent",
        object_id=consent.id,
        case=(consent.case_id, consent.case.number),
    )
    return count


def hold_case(case: Case) -> None:
    """Takes the case for change: of a withdrawal, a release and a closing at once, each sees what came before it."""
    case.stage = Case.objects.select_for_update().get(pk=case.pk).stage


def live_scopes(consent: Consent) -> list[ConsentScope]:
    """The ticks that have not been withdrawn; whether the consent is in its time is asked by `covering_consent`."""
    return list(ConsentScope.objects.live().filter(consent=consent))


def covering_consent(
    case: Case,
    *,
    agency_id: UUID,
    unit_id: UUID | None = None,
    kinds: AbstractSet[str] = frozenset(),
    on: date,
) -> Consent | None:
    """A consent of the case under which the host may tell that agency (or unit) of all these kinds on that day.

    on: the day in Stockholm. Without kinds: whether anything may be told there. None once the case has ended.
    """
    held = (
        Consent.objects.in_force(on)
        .filter(case=case)
        .exclude(case__stage__in=ENDED_STAGES)
        .select_related("case")
    )
    for consent in held:
        if covers(
            live_scopes(consent),
            host=case.agency_id,
            agency_id=agency_id,
            unit_id=unit_id,
            kinds=kinds,
            on=on,
        ):
            return consent
    return None


def _freeze(case: Case, on: date) -> None:
    if case.stage in OPEN_STAGES and not Consent.objects.in_force(on).filter(case=case).exists():
        case.stage = Stage.FROZEN
        case.save(update_fields=["stage"])


def _append(
    actor: Actor,
    consent: Consent,
    kind: ConsentEvent.Kind,
    *,
    scope: ConsentScope | None = None,
    channel: str,
    now: datetime,
) -> None:
    ConsentEvent.objects.create(
        municipality_id=consent.municipality_id,
        agency_id=consent.agency_id,
        consent=consent,
        scope=scope,
        kind=kind,
        at=now,
        channel=channel,
        recorded_by=actor.member,
    )
