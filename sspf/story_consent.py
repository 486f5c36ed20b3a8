"""The demo's consents: one that everybody has signed, and one that waits for a guardian. Made through the services."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.utils import timezone

from access import door
from access.actor import Actor
from access.models import Unit
from access.request_transaction import work
from cases.models import Case, Consent
from cases.rules.consent_answers import Answer
from cases.rules.law import in_force
from cases.services.consent_answer import GivenAnswer, note_answer
from cases.services.consent_start import Offer, Tick, await_signatures, start_consent
from cases.services.guardian import GuardianFacts, add_guardian

SHARED = frozenset({"social", "school", "leisure", "meeting", "plan", "follow_up"})


def signed_consent(
    actor: Actor, case: Case, *, guardians: Mapping[str, str], units: list[Unit], now: datetime
) -> Consent:
    """Everybody has signed. guardians: name → telephone; both have custody together."""
    with work(actor):
        consent = _begin(actor, case, guardians, units, now)
        for signer in consent.signers.all():
            given = GivenAnswer(
                answer=Answer.SIGNED,
                channel="visit",
                day=timezone.localdate(now),
                opinion="Det är okej. Jag vill att det blir lugnare i skolan." if signer.guardian_id is None else "",
            )  # fmt: skip
            note_answer(actor=actor, signer=signer, given=given, now=now)
    return consent


def waiting_consent(
    actor: Actor, case: Case, *, guardians: Mapping[str, str], units: list[Unit], now: datetime
) -> None:
    """The young person has had a say and one guardian has signed; the other has not answered yet."""
    with work(actor):
        consent = _begin(actor, case, guardians, units, now)
        await_signatures(actor=actor, consent=consent, now=now)
        youth = consent.signers.get(guardian__isnull=True)
        said = GivenAnswer(
            answer=Answer.HEARD,
            channel="visit",
            day=timezone.localdate(now),
            opinion="Jag vill vara med, men inte att polisen får veta något.",
        )
        note_answer(actor=actor, signer=youth, given=said, now=now)
        first = consent.signers.filter(guardian__isnull=False)[0]
        signed = GivenAnswer(answer=Answer.SIGNED, channel="visit", day=timezone.localdate(now))
        note_answer(actor=actor, signer=first, given=signed, now=now)


def _begin(
    actor: Actor, case: Case, guardians: Mapping[str, str], units: list[Unit], now: datetime
) -> Consent:
    today = timezone.localdate(now)
    case = door.open_one(actor, Case, case.pk)
    for name, phone in guardians.items():
        facts = GuardianFacts(
            name=name, phone=phone, address="", custody="joint", starts_on=today - timedelta(days=3650)
        )  # fmt: skip
        add_guardian(actor=actor, case=case, facts=facts, now=now)
    kinds = {row["code"]: row["not_to"] for row in in_force("information_kind", today)}
    host = Unit.objects.select_related("agency").get(pk=actor.unit)
    ticks = [Tick(unit=host, may_share=frozenset(kinds), may_receive=SHARED)] + [
        Tick(
            unit=unit,
            may_share=frozenset({unit.agency.kind} & kinds.keys()),
            may_receive=frozenset(kind for kind in SHARED if unit.agency.kind not in kinds[kind]),
        )
        for unit in units
    ]
    offer = Offer(
        ticks=ticks,
        valid_from=today,
        valid_to=today + timedelta(days=170),
        signed_by="\n".join(guardians),
        not_shared="Inget om syskon",
        contact="Sms efter skolan",
    )
    consent = start_consent(actor=actor, case=case, offer=offer, now=now)
    return door.open_one(actor, Consent, consent.pk)
