"""What stands on a consent form: a blank one, or one filled in from a consent that is to be signed."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from access import door
from access.actor import Actor
from access.models import Agency, AgencyKind, Municipality, SecrecyRegime
from access.request_transaction import record
from cases.models import Consent, ConsentScope, ConsentSigner, Guardian, Person
from cases.rules.codes import places_of
from cases.rules.consent_form import Filled, UnitOnForm


def blank_form(actor: Actor) -> Filled:
    """To be filled in by hand; the host agency is the controller, whoever prints it."""
    host = Agency.objects.filter(municipality_id=actor.municipality_id, hosts_sspf=True).first()
    return _place(actor, host.name if host else actor.agency_name)


def printed_form(*, actor: Actor, consent: Consent, copy: bool) -> Filled:
    """A filled form that leaves the house: that it was printed is noted. copy: the family's, without signature lines."""
    case = consent.case
    record(
        "consent.print",
        object_type="cases.consent",
        object_id=consent.id,
        case=(case.id, case.number),
        basis="copy" if copy else "",
    )
    return filled_form(actor=actor, consent=consent, copy=copy)


def filled_form(*, actor: Actor, consent: Consent, copy: bool = False) -> Filled:
    """The consent as it was drawn up: the same before and after somebody has answered. The read is noted."""
    case = consent.case
    place = _place(actor, consent.agency.name)
    said = door.reveal_one(actor, consent, door.Purpose.CASE_WORK)
    return Filled(
        municipality=place.municipality,
        municipality_code=place.municipality_code,
        controller=place.controller,
        contact=place.contact,
        officer=place.officer,
        case_number=case.number,
        person=_name_of(actor, case.person_id),
        units=_units(consent),
        not_shared=said.text.get("not_shared", ""),
        valid_from=consent.valid_from,
        valid_to=consent.valid_to,
        signers=_signers(actor, consent),
        copy=copy,
    )


def _place(actor: Actor, controller: str) -> Filled:
    municipality = Municipality.objects.get(pk=actor.municipality_id)
    return Filled(
        municipality=f"{municipality.name} kommun",
        municipality_code=municipality.code,
        controller=controller,
        contact=f"{controller}, {municipality.intake_phone}",
        officer=municipality.data_protection_officer,
    )


def _name_of(actor: Actor, person_id: UUID | None) -> str:
    if person_id is None:
        return ""
    rows = door.visible(actor, Person).filter(pk=person_id)
    shown = door.reveal(actor, rows, door.Purpose.CASE_WORK, groups=("identity",))
    return shown[0].text.get("name", "") if shown else ""


def _signers(actor: Actor, consent: Consent) -> Sequence[tuple[str, str]]:
    """Those who must sign, guardians first. Who has answered what is not asked."""
    signers = door.visible(actor, ConsentSigner).filter(consent=consent, must_sign=True)
    wanted = [signer.guardian_id for signer in signers]
    rows = door.visible(actor, Guardian).filter(pk__in=[pk for pk in wanted if pk])
    guardians = door.reveal(actor, rows, door.Purpose.CASE_WORK, groups=("guardian",))
    named = [("guardian", guardian.text.get("name", "")) for guardian in guardians]
    if None in wanted:
        named.append(("youth", _name_of(actor, consent.case.person_id)))
    return named


def _units(consent: Consent) -> list[UnitOnForm]:
    """The ticks as they stand on the paper, unit by unit; what was withdrawn later was ticked all the same."""
    agencies = {agency.id: agency for agency in Agency.objects.filter(
        municipality_id=consent.municipality_id
    )}  # fmt: skip
    by_unit: dict[tuple[UUID, str], list[ConsentScope]] = {}
    order = places_of("information_kind")
    for scope in sorted(consent.scopes.all(), key=lambda one: order.get(one.kind, -1)):
        by_unit.setdefault((scope.covers_agency, scope.unit_name), []).append(scope)
    return [
        UnitOnForm(
            kind_of_unit(agencies[agency_id]),
            name,
            [(scope.kind, scope.may_share, scope.may_receive) for scope in scopes],
        )
        for (agency_id, name), scopes in by_unit.items()
        if agency_id in agencies
    ]


def kind_of_unit(agency: Agency) -> str:
    """The phrase of [units] that an agency stands under."""
    if agency.kind == AgencyKind.SCHOOL and agency.secrecy_regime == SecrecyRegime.OSL_25:
        return "school_health"
    return str(agency.kind)
