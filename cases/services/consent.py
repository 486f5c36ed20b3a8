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
from cases.rules.consent import covers, same_tick
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


def live_in(case: Case, *, on: date) -> list[ConsentScope]:
    """The ticks that hold in the case on that day, in whichever of its consents."""
    held = Consent.objects.in_force(on).filter(case=case)
    return [scope for consent in held for scope in live_scopes(consent)]


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

    A tick taken back is taken back in every consent of the case. What was lawfully shared stays in the register; the
    receivers' access is gone with the next request.
    """
    hold_case(consent.case)
    on = local_date(now)
    if consent_state(consent, on) not in GRANTS:
        return 0
    live = live_scopes(consent)
    chosen = None if scopes is None else {scope.id for scope in scopes}
    ended = live if chosen is None else [scope for scope in live if scope.id in chosen]
    if not ended:
        return 0
    begun = signed_and_waiting(consent, ended, on=on)
    parts = [(consent, ended), *ending_beside(consent, ended, on=on)]
    for one, ticks in parts:
        left = len(live_scopes(one)) - len(ticks)
        for scope in ticks:
            append(one, Kind.WITHDRAWN, scope=scope, channel=channel, note=note, now=now)
        if not left:
            append(one, Kind.WITHDRAWN, channel=channel, note=note, now=now)
            for kind in ("consent_expires", "turns_eighteen"):
                finish(kind=kind, subject_id=one.id)
    for one, ticks in parts:
        end_what_rests(one, ticks if live_scopes(one) else None, "consent_withdrawn", now)
        record(
            "consent.withdraw",
            object_type="cases.consent",
            object_id=one.id,
            case=(one.case_id, consent.case.number),
        )
    for waiting in begun:
        end_unsigned(waiting, Kind.WITHDRAWN, channel=channel, note=note, now=now)
    freeze(consent.case, StoppedBecause.WITHDRAWN, now)
    return len(ended)


def ending_beside(
    consent: Consent, ending: Sequence[ConsentScope], *, on: date
) -> list[tuple[Consent, list[ConsentScope]]]:
    """The other consents in force in the case that these ticks stand in too, each with its own such ticks."""
    found = []
    others = Consent.objects.in_force(on).filter(case=consent.case_id).exclude(pk=consent.pk)
    for other in others:
        other.case = consent.case
        same = [tick for tick in live_scopes(other) if any(same_tick(tick, e) for e in ending)]
        if same:
            found.append((other, same))
    return found


def signed_and_waiting(
    consent: Consent, ending: Sequence[ConsentScope], *, on: date
) -> list[Consent]:
    """Consents that nobody has given yet and somebody has signed: what was said there has been taken back since."""
    signed = Consent.objects.filter(case=consent.case_id, events__kind=Kind.SIGNED).distinct()
    found = []
    for one in signed:
        one.case = consent.case
        ticks = one.scopes.all()
        if consent_state(one, on) in UNSIGNED and any(
            same_tick(tick, e) for tick in ticks for e in ending
        ):
            found.append(one)
    return found


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
