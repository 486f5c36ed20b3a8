"""The family moves to another municipality (S8): what may be handed over on paper, on which basis, decided by whom.

Consent does not follow, and nothing crosses inside the system: the receiver's partition is in another municipality.
The register says what was handed over; the text is kept as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from uuid import UUID

from access import door
from access.actor import Actor
from access.models import Agency, Membership, Unit
from access.policy import Action
from cases.models import Case, Channel, Person, Summary
from cases.rules.legal_basis import Verdict
from cases.services.sharing import ELSEWHERE, OUTSIDE, Answer, teller, verdicts
from cases.services.summary import Proposal, SummaryText, propose

# In the order they are offered. Consent is none of them: a new one is signed, and the family takes the paper along.
BASES = ("FLYTT", "SOC_SOC")
WITHIN = timedelta(days=30)


def social_services_of(municipality: str) -> Agency:
    """Another municipality's social services as the catalogue sees them: no row, no partition of ours."""
    return Agency(
        id=OUTSIDE, kind=ELSEWHERE, secrecy_regime="osl_26", name=f"Socialtjänsten i {municipality}"
    )


def ways(actor: Actor, case: Case, *, on: date) -> list[Verdict]:
    """What can apply and what cannot, with why."""
    author = Membership.objects.select_related("agency").get(pk=actor.member)
    found = verdicts(
        sender=teller(author),
        case=case,
        to=social_services_of(""),
        kind="social",
        born=born_of(actor, case),
        on=on,
    )
    by_code = {verdict.code: verdict for verdict in found}
    return [by_code[code] for code in BASES if code in by_code]


def born_of(actor: Actor, case: Case) -> date | None:
    """The person's birth date, where the actor may read it and it is known."""
    row = door.visible(actor, Person).filter(pk=case.person_id).first()
    if row is None:
        return None
    text = door.reveal_one(actor, row, door.Purpose.CASE_WORK).text.get("birth_date", "")
    return date.fromisoformat(text) if text else None


def propose_handover(
    *,
    actor: Actor,
    case: Case,
    municipality: str,
    recipient: str,
    basis: str,
    answers: Mapping[str, Answer],
    text: SummaryText,
    now: datetime,
) -> Summary:
    """A text to hand over by letter, for somebody else to approve. Raises ShareRefused, CaseStopped."""
    door.demand(actor, case, "summary", Action.CREATE)
    agency = social_services_of(municipality)
    return propose(
        actor=actor,
        case=case,
        proposal=Proposal(
            unit=Unit(id=OUTSIDE, agency=agency, name=agency.name),
            readers=(),
            kind="social",
            basis=basis,
            text=text,
            until=now.date() + WITHIN,
            answers=answers,
            born=born_of(actor, case),
            full_name=True,
            channel=Channel.LETTER,
            receiver_name=recipient,
        ),
        now=now,
    )


def handovers(actor: Actor, case_id: UUID) -> list[Summary]:
    """Those of the case that the actor may see, the latest first."""
    rows = door.visible(actor, Summary).filter(case_id=case_id, to_agency=OUTSIDE)
    return list(rows.select_related("case"))
