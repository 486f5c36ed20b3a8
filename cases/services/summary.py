"""The one proposal to share: written on a legal basis, decided on by who the basis asks for, released by push to named people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from access import door
from access.actor import Actor
from access.models import Membership
from access.policy import Action
from access.request_transaction import record
from cases.models import (
    Case,
    Consent,
    ConsentScope,
    Disclosure,
    Summary,
    SummaryState,
)
from cases.models.case import ENDED_STAGES
from cases.rules.legal_basis import Approver, Party, Verdict
from cases.services.consent import hold_case
from cases.services.consent_ends import on_end
from cases.services.disclosure import end_disclosure, push_release, rests_on
from cases.services.proposal import Proposal, SummaryText, keep, sealed_texts
from cases.services.refusals import CaseStopped, ChangedMeanwhile
from cases.services.share_check import (
    can_read,
    consent_for,
    still_holds,
    verdict_of,
    way_is_open,
)
from cases.services.sharing import (
    NotCovered,
    NotPossible,
    SamePerson,
    SharingEnded,
    approvers,
    approvers_of,
    check_answers,
    party_of,
)
from cases.services.standing import require_standing
from reminders.services import cancel, finish, set_deadline
from reminders.working_days import add_working_days, local_date

__all__ = [
    "ChangedMeanwhile",
    "NotCovered",
    "Proposal",
    "SamePerson",
    "SummaryText",
    "approve_and_release",
    "approvers",
    "change_summary",
    "propose",
    "propose_all",
    "return_summary",
]


def propose(
    *, actor: Actor, case: Case | None, proposal: Proposal, now: datetime, as_role: str = ""
) -> Summary:
    """One kind of information, as in `propose_all`."""
    return propose_all(actor=actor, case=case, proposals=[proposal], now=now, as_role=as_role)[0]


def propose_all(
    *,
    actor: Actor,
    case: Case | None,
    proposals: Sequence[Proposal],
    now: datetime,
    as_role: str = "",
) -> list[Summary]:
    """Kept, and released at once where the basis lets the one who tells decide; otherwise they wait for the approver.

    Each kind of information is a proposal of its own and is asked about by itself; if one is refused, none is kept.
    as_role: the role that a named deputy decides in; one's own if none is given.
    Raises ShareRefused (NotPossible, NotAnswered, Blocked, NotCovered, NotDecided, NotInSystem, DayNotBeen,
    NotReadable), CaseStopped.
    """
    if case is not None:
        hold_case(case)
        if case.stage in ENDED_STAGES:
            raise CaseStopped
    author = Membership.objects.select_related("agency", "user").get(pk=actor.member)
    sender = party_of(author.agency, as_role or author.role)
    asked = [(one, *_ask(sender, case, one, local_date(now))) for one in proposals]
    return [_put(actor, case, *one, now=now) for one in asked]


def _ask(
    sender: Party, case: Case | None, proposal: Proposal, today: date
) -> tuple[Verdict, Consent | None]:
    """Everything that could stop it, before anything is written. Raises ShareRefused."""
    way_is_open(case, proposal, today)
    on = proposal.happened_on or today
    verdict = verdict_of(
        proposal.basis,
        sender,
        case,
        proposal.unit.agency,
        proposal.kind,
        born=proposal.born,
        on=on,
    )
    if not verdict.possible and not verdict.pass_on_to:
        raise NotPossible(verdict)
    check_answers(verdict.questions, proposal.answers)
    consent = consent_for(case, proposal, verdict, on)
    if proposal.standing:
        require_standing(agency_id=proposal.unit.agency_id, kind=proposal.kind, today=today)
    return verdict, consent


def _put(
    actor: Actor,
    case: Case | None,
    proposal: Proposal,
    verdict: Verdict,
    consent: Consent | None,
    *,
    now: datetime,
) -> Summary:
    summary = keep(actor, case, proposal, verdict=verdict, consent=consent, now=now)
    record("summary.write", object_type="cases.summary", object_id=summary.id, case=_case(summary),
           basis=summary.basis)  # fmt: skip
    if verdict.approver in {Approver.NONE, Approver.AFTER}:
        _release(actor, summary, consent, proposal.text, now)
    if verdict.approver is not Approver.NONE:
        ask_for_approval(summary, now)
    return summary


def change_summary(
    *,
    actor: Actor,
    summary: Summary,
    text: SummaryText,
    seen_version: int,
    now: datetime,
    address_stays: bool = False,
) -> None:
    """A new wording, to be approved anew; of standing sharing, released at once while consent and decision hold.

    Raises ChangedMeanwhile, NotCovered, NotDecided, SharingEnded, CaseStopped.
    """
    _hold(summary)
    locked = Summary.objects.select_for_update().get(pk=summary.pk)
    shared_already = locked.state == SummaryState.RELEASED
    if locked.version != seen_version or (shared_already and not locked.standing):
        raise ChangedMeanwhile
    texts = {"about": text.about, "body": text.body}
    sealed = sealed_texts(summary, texts, address_stays=address_stays, on=local_date(now))
    summary.about, summary.body = sealed["about"], sealed["body"]
    summary.author_id = summary.author_id if shared_already else actor.member
    summary.state = SummaryState.RELEASED if shared_already else SummaryState.DRAFT
    summary.version = seen_version + 1
    summary.save(update_fields=["about", "body", "author", "state", "version"])
    if shared_already:
        _release_anew(actor, summary, text, now)
    else:
        ask_for_approval(summary, now)
    record("summary.change", object_type="cases.summary", object_id=summary.id, case=_case(summary))


def approve_and_release(
    *, actor: Actor, summary: Summary, seen_version: int, now: datetime
) -> Disclosure | None:
    """Who the basis asks for approves; a copy is written into the receiver's partition. Everything is asked again here.

    None where it was told at once, and is only looked at afterwards. Raises SamePerson, ChangedMeanwhile, NotCovered,
    NotPossible, BasisChanged, CaseStopped.
    """
    # The case first, as a withdrawal takes it: a consent cannot end between the question and the release.
    _hold(summary)
    afterwards = summary.approver == Approver.AFTER and summary.state == SummaryState.RELEASED
    locked = _awaiting(summary, seen_version, afterwards=afterwards)
    if locked.author_id == actor.membership_id or _same_user(locked.author_id, actor):
        raise SamePerson
    door.demand(actor, summary, "summary", Action.DECIDE)
    if actor.member not in {one.id for one in approvers_of(summary, today=local_date(now))}:
        raise door.NotHere
    shown = door.reveal_one(actor, summary, door.Purpose.APPROVAL)
    disclosure = None
    if not afterwards:
        born = date.fromisoformat(shown.text["born"]) if shown.text["born"] else None
        consent = still_holds(summary, born, local_date(now))
        text = SummaryText(about=shown.text["about"], body=shown.text["body"])
        disclosure = _release(actor, summary, consent, text, now)
    summary.approved_by_id = actor.membership_id
    summary.approved_at = now
    summary.version = seen_version + 1
    summary.save(update_fields=["approved_by", "approved_at", "version"])
    finish(kind="summary_approval", subject_id=summary.id)
    return disclosure


def return_summary(*, actor: Actor, summary: Summary, seen_version: int, now: datetime) -> None:
    """Back to the author for change; nothing has been shared. Raises ChangedMeanwhile."""
    door.demand(actor, summary, "summary", Action.DECIDE)
    _awaiting(summary, seen_version)
    summary.state = SummaryState.RETURNED
    summary.version += 1
    summary.save(update_fields=["state", "version"])
    finish(kind="summary_approval", subject_id=summary.id)
    record("summary.return", object_type="cases.summary", object_id=summary.id, case=_case(summary))


def _hold(summary: Summary) -> None:
    """Its case for change, if it has one. Raises CaseStopped for one that was closed meanwhile."""
    if summary.case is None:
        return
    hold_case(summary.case)
    if summary.case.stage in ENDED_STAGES:
        raise CaseStopped


def _release(
    actor: Actor, summary: Summary, consent: Consent | None, text: SummaryText, now: datetime
) -> Disclosure:
    named = [reader.reader_membership for reader in summary.readers.all()]
    can_read(summary.case, summary, named, local_date(now))
    disclosure = push_release(
        actor=actor, summary=summary, consent=consent, about=text.about, body=text.body, now=now
    )
    summary.state = SummaryState.RELEASED
    summary.save(update_fields=["state"])
    record("summary.release", object_type="cases.summary", object_id=summary.id,
           case=_case(summary), basis=summary.basis)  # fmt: skip
    return disclosure


def _release_anew(actor: Actor, summary: Summary, text: SummaryText, now: datetime) -> None:
    require_standing(agency_id=summary.to_agency, kind=summary.kind, today=local_date(now))
    shown = door.reveal_one(actor, summary, door.Purpose.CASE_WORK)
    born = date.fromisoformat(shown.text["born"]) if shown.text["born"] else None
    consent = still_holds(summary, born, local_date(now))
    live = list(summary.disclosures.filter(end__isnull=True))
    if not live:
        raise SharingEnded
    for earlier in live:
        end_disclosure(disclosure=earlier, reason="replaced", now=now)
    _release(actor, summary, consent, text, now)


def _awaiting(summary: Summary, seen_version: int, *, afterwards: bool = False) -> Summary:
    """The summary locked, as it was when the page was opened, still to be decided on. Raises ChangedMeanwhile."""
    locked = Summary.objects.select_for_update(of=("self",)).get(pk=summary.pk)
    wanted = SummaryState.RELEASED if afterwards else SummaryState.DRAFT
    if {locked.version, summary.version} != {seen_version} or locked.state != wanted:
        raise ChangedMeanwhile
    if afterwards and locked.approved_by_id is not None:
        raise ChangedMeanwhile
    return locked


def _same_user(author_id: UUID, actor: Actor) -> bool:
    return Membership.objects.filter(pk=author_id, user_id=actor.user).exists()


def _case(summary: Summary) -> tuple[UUID | None, str]:
    return (summary.case_id, summary.case.number) if summary.case else (None, "")


def ask_for_approval(summary: Summary, now: datetime) -> bool:
    """Whoever is first to decide gets it to do; False where there is nobody."""
    others = approvers_of(summary, today=local_date(now))
    if others:
        set_deadline(
            place=(summary.municipality_id, summary.agency_id),
            kind="summary_approval",
            subject_id=summary.id,
            label=summary.label,
            route="summary_detail",
            responsible=others[0].id,
            due_on=add_working_days(local_date(now), 1),
        )
    return bool(others)


@on_end
def end_proposals(
    consent: Consent, scopes: Sequence[ConsentScope] | None, _reason: str, _now: datetime
) -> None:
    """Nobody is reminded of what can no longer be approved; the consent is asked again at the moment of sharing."""
    waiting = Summary.objects.filter(
        consent=consent, state__in=(SummaryState.DRAFT, SummaryState.RETURNED)
    )
    for summary in waiting:
        if scopes is None or rests_on(summary, scopes):
            cancel(subject_id=summary.id, kind="summary_approval")
