"""What somebody wants to tell, as it is kept: sealed under the case's key, or under one of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID, uuid4

from access.actor import Actor
from access.models import Membership, Unit
from cases.models import Case, Channel, Consent, Summary, SummaryReader, Told
from cases.rules.legal_basis import Verdict
from cases.rules.numbers import draw_number
from cases.rules.outside_receiver import OutsideReceiver, outside
from cases.services.case_seal import uid_of
from cases.services.once import hold_row
from cases.services.protection import must_hold_no_address, of_a_stranger_none
from cases.services.sharing import Answer
from crypto.keys import DataKey, Scope, data_key, new_data_key
from crypto.seal import seal
from crypto.sealed import Sealed

# The kind of information whose text is an address.
CONTACT = "contact"
# Among the sealed answers: who receives it, where the register does not name them.
RECEIVER = "receiver"


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryText:
    about: str
    body: str

    def __repr__(self) -> str:
        return "SummaryText(‹förseglat›)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What somebody wants to tell. `happened_on` is a day before today on which it was told by mouth or letter.

    readers: named people of one receiving unit. receiver_name: who receives it where nobody of theirs works here.
    full_name: `text.about` says more than first name and year of birth. address_stays: the writer has said that what
    looks like an address may stand, of somebody without a case; asked of nothing that is contact details. row_id: of the
    row that it becomes; a form that can be sent twice takes it from cases.services.once.
    """

    unit: Unit
    readers: Sequence[Membership]
    kind: str
    basis: str
    text: SummaryText
    until: date
    answers: Mapping[str, Answer] = field(default_factory=dict)
    born: date | None = None
    full_name: bool = False
    channel: Channel = Channel.IN_SYSTEM
    told: Told = Told.TOLD
    told_why: str = ""
    happened_on: date | None = None
    standing: bool = False
    receiver_name: str = ""
    address_stays: bool = False
    row_id: UUID = field(default_factory=uuid4)

    def __repr__(self) -> str:
        return "Proposal(‹förseglat›)"


def made_already(proposals: Sequence[Proposal]) -> list[Summary]:
    """What the same form, sent before, has become; a press at the same time waits until it is known."""
    for one in proposals:
        hold_row(one.row_id)
    made = Summary.objects.in_bulk([one.row_id for one in proposals])
    return [made[one.row_id] for one in proposals if one.row_id in made]


def keep(
    actor: Actor,
    case: Case | None,
    proposal: Proposal,
    *,
    verdict: Verdict,
    consent: Consent | None,
    now: datetime,
) -> Summary:
    """The row with its named readers, awaiting what its basis asks for."""
    place = {"municipality_id": actor.municipality_id, "agency_id": actor.agency_id}
    row_id = proposal.row_id
    summary = Summary(
        id=row_id,
        **place,
        case=case,
        consent=consent,
        unit_id=actor.unit,
        number=draw_number("D", now.date()),
        to_agency=proposal.unit.agency_id,
        to_agency_name=proposal.unit.agency.name,
        to_unit=proposal.unit.id,
        to_unit_name=proposal.unit.name,
        kind=proposal.kind,
        full_name=proposal.full_name,
        basis=verdict.code,
        basis_version=verdict.basis.version,
        approver=verdict.approver,
        channel=proposal.channel,
        standing=proposal.standing,
        told=proposal.told,
        happened_on=proposal.happened_on,
        until=proposal.until,
        author_id=actor.member,
        written_at=now,
    )
    if case is None:
        new_data_key(**place, scope=Scope.RELEASE, scope_id=row_id)
    there = outside(proposal.unit.id)
    answers = {code: [one.answer, one.note] for code, one in proposal.answers.items()}
    if there and not there.asks_name:
        answers[RECEIVER] = ["", proposal.receiver_name]
    texts = {
        "about": proposal.text.about,
        "body": proposal.text.body,
        "born": proposal.born.isoformat() if proposal.born else "",
        "answers": json.dumps(answers, ensure_ascii=False),
        "told_why": proposal.told_why,
    }
    for name, sealed in sealed_texts(
        summary, texts, address_stays=proposal.address_stays, on=now.date()
    ).items():
        setattr(summary, name, sealed)
    summary.save(force_insert=True)
    SummaryReader.objects.bulk_create(
        SummaryReader(**place, summary=summary, reader_membership=pk, reader_name=name)
        for pk, name in _named(proposal, there)
    )
    return summary


def _named(proposal: Proposal, there: OutsideReceiver | None) -> list[tuple[UUID, str]]:
    if there is None:
        return [(reader.id, reader.user.name) for reader in proposal.readers]
    # The name of an individual is sealed with the answers; the register says only what they are.
    return [(there.id, proposal.receiver_name if there.asks_name else there.name)]


def key_of(summary: Summary) -> DataKey:
    """The case's key; of a proposal without a case, its own."""
    scope, scope_id = (
        (Scope.CASE, summary.case_id) if summary.case_id else (Scope.RELEASE, summary.id)
    )
    return data_key(
        municipality_id=summary.municipality_id,
        agency_id=summary.agency_id,
        scope=scope,
        scope_id=scope_id,
    )


def sealed_texts(
    summary: Summary, texts: Mapping[str, str], *, address_stays: bool, on: date
) -> dict[str, Sealed]:
    """Raises AddressInText."""
    if summary.case is not None:
        must_hold_no_address(summary.case, texts)
    elif not address_stays:
        told = {"body"} if summary.kind == CONTACT else set()
        of_a_stranger_none({n: t for n, t in texts.items() if n not in told}, on=on)
    key = key_of(summary)
    return {
        name: seal(value, key=key, field=uid_of(Summary, name), row_id=summary.id)
        for name, value in texts.items()
    }
