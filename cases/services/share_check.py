"""Whether it may be told on this basis, to this receiver, on that day: asked when it is proposed, and again when it is shared."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from access.models import Agency, Membership
from cases.models import Case, Channel, Consent, Summary
from cases.rules.legal_basis import Act, Party, Verdict
from cases.rules.outside_receiver import outside
from cases.services.consent import covering_consent
from cases.services.proposal import Proposal
from cases.services.protection import without_conflict
from cases.services.sharing import (
    ELSEWHERE,
    BasisChanged,
    DayNotBeen,
    NotCovered,
    NotInSystem,
    NotPossible,
    NotReadable,
    can_be_read_by,
    receiving,
    teller,
    verdicts,
)


def verdict_of(
    code: str,
    sender: Party,
    case: Case | None,
    to: Agency,
    kind: str,
    *,
    born: date | None,
    on: date,
) -> Verdict:
    found = verdicts(sender=sender, case=case, to=to, kind=kind, born=born, on=on)
    verdict = next(one for one in found if one.code == code)
    acts = {Act.SHARE, Act.CONSULT} | ({Act.ELSEWHERE} if to.kind == ELSEWHERE else set())
    if verdict.basis.act not in acts:
        raise NotPossible(verdict)
    return verdict


def consent_for(
    case: Case | None, proposal: Proposal, verdict: Verdict, on: date
) -> Consent | None:
    if not verdict.basis.needs_consent or case is None:
        return None
    consent = covering_consent(
        case,
        agency_id=proposal.unit.agency_id,
        unit_id=proposal.unit.id,
        kinds={proposal.kind},
        on=on,
    )
    if consent is None or (proposal.happened_on is None and proposal.until > consent.valid_to):
        raise NotCovered
    return consent


def way_is_open(case: Case | None, proposal: Proposal, today: date) -> None:
    """Whether it can be told that way, on that day, to those people. Raises DayNotBeen, NotInSystem, NotReadable."""
    if proposal.happened_on is not None and proposal.happened_on > today:
        raise DayNotBeen
    if proposal.channel == Channel.IN_SYSTEM and (
        proposal.happened_on is not None or outside(proposal.unit.agency_id) is not None
    ):
        raise NotInSystem
    can_read(case, proposal, [one.id for one in proposal.readers], today)


def still_holds(summary: Summary, born: date | None, today: date) -> Consent | None:
    """Asked again at the moment of sharing: the rule, the age, the consent, the day. Gives the consent it rests on."""
    on = summary.happened_on or today
    author = Membership.objects.select_related("agency").get(pk=summary.author_id)
    to = receiving(summary)
    verdict = verdict_of(summary.basis, teller(author), summary.case, to, summary.kind,
                       born=born, on=on)  # fmt: skip
    if "consent" in verdict.failed:
        raise NotCovered
    if not verdict.possible and not verdict.pass_on_to:
        raise NotPossible(verdict)
    if verdict.basis.version != summary.basis_version:
        raise BasisChanged
    if summary.until < today:
        raise NotCovered
    if not verdict.basis.needs_consent or summary.case is None:
        return None
    consent = covering_consent(
        summary.case,
        agency_id=summary.to_agency,
        unit_id=summary.to_unit,
        kinds={summary.kind},
        on=on,
    )
    if consent is None or (summary.happened_on is None and summary.until > consent.valid_to):
        raise NotCovered
    return consent


def may_be_told_whole(summary: Summary) -> bool:
    """Whether everybody named may read a whole name or number of this kind, in the system."""
    if summary.full_name or summary.channel != Channel.IN_SYSTEM:
        return True
    named = Membership.objects.filter(
        pk__in=[reader.reader_membership for reader in summary.readers.all()]
    )
    return all(
        can_be_read_by(one.role, kind=summary.kind, full_name=True, basis=summary.basis)
        for one in named
    )


def can_read(
    case: Case | None, told: Summary | Proposal, named: Sequence[UUID], today: date
) -> None:
    """So that nobody believes that something was handed over which the receiver never sees. Raises NotReadable.

    Nor is anybody told who has a conflict of interest here; what has been told by mouth already is written down as it was.
    """
    if told.happened_on is not None:
        return
    held = Membership.objects.in_force(today).filter(pk__in=named)
    free = without_conflict(case.person if case else None, held)
    if len(free) < held.count():
        raise NotReadable
    if told.channel != Channel.IN_SYSTEM:
        return
    able = [
        one
        for one in free
        if can_be_read_by(one.role, kind=told.kind, full_name=told.full_name, basis=told.basis)
    ]
    if len(able) < len(named):
        raise NotReadable
