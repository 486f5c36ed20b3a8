"""Consents of the world, made through the services in one transaction each: signed page by page they took most of its time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from django.utils import timezone

from access import door
from access.actor import Actor, actor_of
from access.models import Agency, Unit
from access.request_transaction import work
from cases.models import Case, Consent, ConsentScope, Guardian
from cases.rules.consent_answers import Answer
from cases.rules.law import in_force
from cases.services.consent import withdraw_consent
from cases.services.consent_answer import GivenAnswer, note_answer
from cases.services.consent_start import Offer, Tick, await_signatures, start_consent
from cases.services.guardian import Correction, GuardianFacts, add_guardian, correct_guardian
from tests.cases.talk_steps import id_in
from tests.crawl.people import Town


def signed(path: str, town: Town) -> None:
    """Everybody has signed; every kind of information that the law lets the officer's and the teacher's units have."""
    actor = actor_of(town.member("coordinator"))
    with work(actor):
        consent = _begun(actor, path, town)
        _answered(actor, consent)


def awaited(path: str, town: Town) -> None:
    """Handed over; the young person has had a say, the guardian has not answered."""
    actor = actor_of(town.member("coordinator"))
    with work(actor):
        consent = _begun(actor, path, town)
        await_signatures(actor=actor, consent=consent, now=timezone.now())
        _answered(actor, consent, guardians=False)


def withdrawn(path: str, town: Town, *, only_police: bool) -> None:
    actor = actor_of(town.member("coordinator"))
    with work(actor):
        case = door.open_one(actor, Case, id_in(path))
        (held,) = Consent.objects.in_force(timezone.localdate()).filter(case=case)
        police = town.member("officer").agency_id
        ticks = list(ConsentScope.objects.filter(consent=held, covers_agency=police))
        withdraw_consent(
            actor=actor,
            consent=door.open_one(actor, Consent, held.pk),
            scopes=ticks if only_police else None,
            channel="phone",
            now=timezone.now(),
            note="Ringde själv",
        )


def _begun(actor: Actor, path: str, town: Town) -> Consent:
    today, now = timezone.localdate(), timezone.now()
    case = door.open_one(actor, Case, id_in(path))
    if not Guardian.objects.filter(person_id=case.person_id).exists():
        facts = GuardianFacts(
            name="Maria Persson",
            phone="08-465 004 55",
            address="Storgatan 1",
            custody="sole",
            starts_on=today - timedelta(days=3650),
        )
        guardian = add_guardian(actor=actor, case=case, facts=facts, now=now)
        put_right = Correction(
            name=facts.name,
            name_was="Marja Persson",
            phone=facts.phone,
            address=facts.address,
            custody=facts.custody,
            reason="Stod fel i ansökan",
        )
        correct_guardian(
            actor=actor,
            guardian=door.open_one(actor, Guardian, guardian.pk),
            case=case,
            to=put_right,
            seen_version=0,
            now=now,
        )
    earlier = Consent.objects.in_force(today).filter(case=case).first()
    offer = Offer(
        ticks=_ticks([town.member(who).agency_id for who in ("officer", "teacher")], today),
        valid_from=today,
        valid_to=today + timedelta(days=150),
        signed_by="Maria Persson",
        not_shared="Inget om syskon",
        contact="Sms efter skolan",
        interpreter="Språktolken",
        renews=earlier,
    )
    consent = start_consent(actor=actor, case=case, offer=offer, now=now)
    return door.open_one(actor, Consent, consent.pk)


def _ticks(agencies: Sequence[UUID], today: date) -> list[Tick]:
    kinds = {row["code"]: row["not_to"] for row in in_force("information_kind", today)}
    units = Unit.objects.filter(agency_id__in=agencies).select_related("agency")
    municipality = Agency.objects.get(pk=agencies[0]).municipality_id
    host = Unit.objects.select_related("agency").filter(
        agency__hosts_sspf=True, agency__municipality_id=municipality
    )
    receives = [
        Tick(
            unit=unit,
            may_share=frozenset(),
            may_receive=frozenset(kind for kind in kinds if unit.agency.kind not in kinds[kind]),
        )
        for unit in units
    ]
    return receives + [
        Tick(unit=unit, may_share=frozenset(kinds), may_receive=frozenset()) for unit in host
    ]


def _answered(actor: Actor, consent: Consent, *, guardians: bool = True) -> None:
    for signer in consent.signers.all():
        youth = signer.guardian_id is None
        if not youth and not guardians:
            continue
        given = GivenAnswer(
            answer=Answer.SIGNED if signer.must_sign else Answer.HEARD,
            channel="visit",
            day=timezone.localdate(),
            opinion="Jag vill ha hjälp med skolan." if youth else "",
            read_by="Tolken läste högt" if youth else "",
        )
        note_answer(actor=actor, signer=signer, given=given, now=timezone.now())
