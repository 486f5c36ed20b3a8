"""Consent as a switch: whether something may go somewhere, and taking it back. What rests on it ends with it."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime
from uuid import UUID

from django.utils import timezone

from access import door
from access.actor import Actor
from access.policy import Action
from access.request_transaction import record
from cases.models import Case, Consent, ConsentEvent, ConsentScope
from cases.models.case import ENDED_STAGES
from cases.rules.consent import covers
from cases.rules.consent_state import GRANTS, UNSIGNED, consent_state
from cases.services.case_stop import StoppedBecause, freeze
from cases.services.consent_ends import end_what_rests
from cases.services.consent_events import append, has
from cases.services.consent_lapse import lapse
from reminders.services import finish
from reminders.working_days import local_date

Kind = ConsentEvent.Kind


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


def live_scopes(consent: Consent) -> list[ConsentScope]:
    """The ticks that have not been withdrawn; whether the consent is in its time is asked by `covering_consent`."""
    return list(ConsentScope.objects.live().filter(consent=consent))


def hold_case(case: Case) -> None:
    """Takes the case for change: of a withdrawal, a release and a closing at once, each sees what came before it.

    A consent whose last day is over ends here too, so that nothing waits for the nightly round.
    """
    held = Case.objects.select_for_update().get(pk=case.pk)
    lapse(held, timezone.now())
    case.stage, case.stopped_because, case.version = held.stage, held.stopped_because, held.version


def withdraw_consent(
    *,
    actor: Actor,
    consent: Consent,
    scopes: Sequence[ConsentScope] | None,
    channel: str,
    now: datetime,
    note: str = "",
) -> int:
    """Ends the named ticks, or all of it (None). Gives how many ticks ended; 0 where nothing was left to end.

    What was lawfully shared stays in the register; the receivers' access is gone with the next request.
    """
    hold_case(consent.case)
    if consent_state(consent, local_date(now)) not in GRANTS:
        return 0
    live = live_scopes(consent)
    chosen = None if scopes is None else {scope.id for scope in scopes}
    ended = live if chosen is None else [scope for scope in live if scope.id in chosen]
    if not ended:
        return 0
    for scope in ended:
        append(consent, Kind.WITHDRAWN, scope=scope, channel=channel, note=note, now=now)
    whole = len(ended) == len(live)
    if whole:
        append(consent, Kind.WITHDRAWN, channel=channel, note=note, now=now)
        for kind in ("consent_expires", "turns_eighteen"):
            finish(kind=kind, subject_id=consent.id)
    end_what_rests(consent, None if whole else ended, "consent_withdrawn", now)
    if whole:
        freeze(consent.case, StoppedBecause.WITHDRAWN, now)
    record(
        "consent.withdraw",
        object_type="cases.consent",
        object_id=consent.id,
        case=(consent.case_id, consent.case.number),
    )
    return len(ended)


def decline_consent(
    *, actor: Actor, consent: Consent, channel: str, now: datetime, note: str = ""
) -> None:
    """They do not want to: a consent that nobody has given yet ends. Nobody's name is needed for it."""
    door.demand(actor, consent, "consent", Action.WRITE)
    hold_case(consent.case)
    if consent_state(consent, local_date(now)) in UNSIGNED and not has(consent, Kind.DECLINED):
        end_unsigned(consent, Kind.DECLINED, channel=channel, note=note, now=now)


def end_unsigned(
    consent: Consent,
    kind: ConsentEvent.Kind,
    *,
    now: datetime,
    channel: str = "",
    note: str = "",
) -> None:
    """A consent that was never given ends, declined or replaced by another; what reminded of it ends too."""
    append(consent, kind, channel=channel, note=note, now=now)
    for deadline in ("consent_awaited", "consent_exception"):
        finish(kind=deadline, subject_id=consent.id)
    record(
        "consent.decline" if kind == Kind.DECLINED else "consent.end",
        object_type="cases.consent",
        object_id=consent.id,
        case=(consent.case_id, consent.case.number),
    )
