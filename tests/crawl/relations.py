"""How a member relates to a row, worked out from the graph alone: the words of the policy, written a second time.

Nothing here asks the door, its marks or its SQL. A relation, condition, bar or kind that the product has and this file has
not fails the crawl by name.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.utils import timezone

from cases.rules.break_glass import opening_rule
from tests.crawl.graph import Graph, Row

Holds = Callable[[Graph, Row, str, Row], bool]
OPEN = {"new", "awaiting_consent", "active", "resting"}
ENDED = {"declined", "closed"}
# What makes an end of a whole consent, and what one signer has answered.
OVER = {"withdrawn", "replaced", "expired", "declined", "lacked"}
ANSWERS = {"signed", "refused", "unreachable", "heard", "dissented"}


def same_partition(member: Row, row: Row) -> bool:
    return bool(row.municipality_id == member.municipality_id and row.agency_id == member.agency_id)


def cases_of(graph: Graph, label: str, row: Row) -> list[UUID]:
    """The cases a row belongs to: its own, or all of the person it is about."""
    case = graph.case_of(label, row)
    if case is not None:
        return [case]
    if label == "cases.guardiancorrection":
        label, row = "cases.guardian", graph.rows["cases.guardian"][row.guardian_id]
    person = row.known_id if label == "cases.matchtask" else _person(label, row)
    return [found.id for found in graph.where("cases.case", "person_id", person)] if person else []


def _person(label: str, row: Row) -> UUID | None:
    return row.id if label == "cases.person" else getattr(row, "person_id", None)


def persons_of(graph: Graph, label: str, row: Row) -> set[UUID]:
    """Everybody a row tells of."""
    case = graph.case_of(label, row)
    if case is not None:
        return {graph.rows["cases.case"][case].person_id}
    if label == "cases.guardiancorrection":
        label, row = "cases.guardian", graph.rows["cases.guardian"][row.guardian_id]
    if label == "cases.feedbackrequest" and row.report_id:
        label, row = "cases.receivedreport", graph.rows["cases.receivedreport"][row.report_id]
    columns = ("known_id", "newer_id", "one_id", "other_id")
    found = {_person(label, row), *(getattr(row, column, None) for column in columns)}
    if label == "cases.feedbackrequest" and row.report_id is not None:
        found.add(graph.rows["cases.receivedreport"][row.report_id].person_id)
    return {one for one in found if one is not None}


def _in_force(graph: Graph, assignment: Row) -> bool:
    return bool(
        assignment.starts_on <= graph.today <= assignment.ends_on and assignment.ended_at is None
    )


def _assignments(graph: Graph, label: str, row: Row) -> list[Row]:
    return [
        assignment
        for case in cases_of(graph, label, row)
        for assignment in graph.where("cases.assignment", "case_id", case)
        if _in_force(graph, assignment)
    ]


def assigned(graph: Graph, member: Row, label: str, row: Row) -> bool:
    if label == "cases.attachment" and row.removed_at is not None:
        return False
    return any(one.membership_id == member.id for one in _assignments(graph, label, row))


def unit_manager(graph: Graph, member: Row, label: str, row: Row) -> bool:
    if label == "reminders.deadline":
        late = row.state == "open" and row.due_on < graph.today
        return bool(row.unit_id == member.unit_id and row.kind == "follow_up_due" and late)
    if label == "reminders.absence":
        return bool(graph.members[row.membership_id].unit_id == member.unit_id)
    if label == "cases.receiverconflict" or (label in SHARED and row.case_id is None):
        return bool(row.unit_id == member.unit_id)
    if label == "cases.breakglass":
        asked = row.unit_id == member.unit_id or row.reviewer_id == member.id
        return bool(asked and row.opened_by_user != member.user_id)
    return any(
        graph.members[one.membership_id].unit_id == member.unit_id
        for one in _assignments(graph, label, row)
    )


# What a unit may share without a case: then its author and the unit's head see it, else who works on the case.
SHARED = {"cases.summary", "cases.disclosure"}


# Answers that came from another agency: of whoever wrote what they answer.
ANSWERED: dict[str, tuple[str, str]] = {
    "cases.feedbackanswer": ("report_id", "cases.reportmade"),
    "cases.requestanswer": ("receipt_id", "cases.requestreceipt"),
}


def asked_in(graph: Graph, label: str, row: Row) -> Row:
    """The row that an answer answers; any other row is its own."""
    if label not in ANSWERED:
        return row
    column, target = ANSWERED[label]
    return graph.rows[target][getattr(row, column)]


def author(graph: Graph, member: Row, label: str, row: Row) -> bool:
    if label in SHARED:
        summary = row if label == "cases.summary" else graph.rows["cases.summary"][row.summary_id]
        return row.case_id is None and bool(summary.author_id == member.id)
    mine = asked_in(graph, label, row).membership_id == member.id
    if label == "cases.conversationdraft":
        return mine and assigned(graph, member, label, row)
    return bool(mine)


def principal(graph: Graph, member: Row, label: str, row: Row) -> bool:
    of_unit = asked_in(graph, label, row).unit_id == member.unit_id
    return bool(of_unit and (label not in SHARED or row.case_id is None))


def recipient(graph: Graph, member: Row, label: str, row: Row) -> bool:
    if label == "cases.meetingcall":
        return bool(row.membership_id == member.id and row.until >= graph.today)
    named = graph.where("cases.releasereader", "release_id", row.id)
    ended = graph.where("cases.releaseend", "release_id", row.id)
    return (
        any(one.membership_id == member.id for one in named)
        and not ended
        and row.until >= graph.today
    )


def match(graph: Graph, member: Row, label: str, row: Row) -> bool:
    return row.settled_at is None and assigned(graph, member, label, row)


def owner(_graph: Graph, member: Row, _label: str, row: Row) -> bool:
    mine = getattr(row, "responsible_membership_id", None) or getattr(row, "membership_id", None)
    return bool(mine == member.id)


def both(graph: Graph, member: Row, _label: str, row: Row) -> bool:
    """Works with each person of a pair."""
    return all(
        any(
            assigned(graph, member, "cases.case", case)
            for case in graph.where("cases.case", "person_id", person)
        )
        for person in (row.one_id, row.other_id)
    )


# Of these a break-glass opening shows only the latest of a case: what they are ordered by, and which of them.
LATEST: dict[str, tuple[str, Callable[[Row], bool]]] = {
    "cases.conversation": ("created_at", lambda _row: True),
    "cases.followup": ("held_at", lambda row: row.state == "held"),
}


def break_glass(graph: Graph, member: Row, label: str, row: Row) -> bool:
    """An opening of one's own that is in force at this moment."""
    now, cases = timezone.now(), cases_of(graph, label, row)
    open_now = any(
        one.case_id in cases and one.opened_at <= now < one.until and one.ended_at is None
        for one in graph.where("cases.breakglass", "membership_id", member.id)
    )
    if not open_now or label not in LATEST:
        return open_now
    order, among = LATEST[label]
    beside = [one for one in graph.where(label, "case_id", row.case_id) if among(one)]
    latest = sorted(beside, key=lambda one: getattr(one, order), reverse=True)
    return row in latest[: opening_rule(graph.today).notes]


def appointed(graph: Graph, member: Row, _label: str, row: Row) -> bool:
    """Appointed today to decide in the case, and there is something to decide, before it goes or just after."""
    afterwards = row.state == "released" and row.approver == "after" and row.approved_by_id is None
    return (row.state == "draft" or afterwards) and any(
        one.case_id == row.case_id
        and one.starts_on <= graph.today <= one.ends_on
        and one.ended_at is None
        for one in graph.where("cases.appointment", "membership_id", member.id)
    )


def reviewer(_graph: Graph, member: Row, label: str, row: Row) -> bool:
    if label == "cases.breakglass":
        return bool(row.reviewer_id == member.id and row.opened_by_user != member.user_id)
    return True


def deputy(graph: Graph, member: Row, _label: str, row: Row) -> bool:
    """Named for the unit today: what waits, and what one has decided oneself."""
    named = any(
        one.unit_id == row.unit_id
        and one.starts_on <= graph.today <= one.ends_on
        and one.ended_at is None
        for one in graph.where("cases.requestdeputy", "membership_id", member.id)
    )
    return named and (row.state == "waiting" or row.decided_by_id == member.id)


def _is_there(graph: Graph, membership: UUID | None) -> bool:
    """Somebody who still works there: a membership in its time and not ended."""
    one = graph.members.get(membership) if membership else None
    return bool(one and one.starts_on <= graph.today <= one.ends_on and one.ended_at is None)


def _has_manager(graph: Graph, unit: UUID) -> bool:
    return any(
        one.role == "manager" and one.unit_id == unit and _is_there(graph, one.id)
        for one in graph.members.values()
    )


def ownerless(graph: Graph, member: Row, label: str, row: Row) -> bool:
    """Left without anybody responsible, in the member's unit or in one that has no manager left."""
    if label == "reminders.deadline":
        left = row.state == "open" and not _is_there(graph, row.responsible_membership_id)
        return left and (row.unit_id == member.unit_id or not _has_manager(graph, row.unit_id))
    leads = [one for one in graph.where("cases.assignment", "case_id", row.id) if one.lead]
    led_now = any(_in_force(graph, one) and _is_there(graph, one.membership_id) for one in leads)
    if row.stage in ENDED or led_now:
        return False
    units = {graph.members[one.membership_id].unit_id for one in leads}
    return member.unit_id in units or not any(_has_manager(graph, unit) for unit in units)


RELATIONS: dict[str, Holds] = {
    "colleague": lambda graph, member, _label, row: (
        graph.members[row.membership_id].unit_id == member.unit_id
    ),
    "deputy": deputy,
    "ownerless": ownerless,
    "principal": principal,
    "break_glass": break_glass,
    "appointed": appointed,
    "report_intake": lambda _graph, member, _label, row: row.unit_id == member.unit_id,
    "decider": lambda _graph, member, _label, row: (
        row.unit_id == member.unit_id and getattr(row, "decider_role", member.role) == member.role
    ),
    "reviewer": reviewer,
    "both": both,
    "assigned": assigned,
    "unit_manager": unit_manager,
    "author": author,
    "recipient": recipient,
    "match": match,
    "owner": owner,
    "intake": lambda _graph, _member, _label, row: row.state == "new",
    "joint": lambda _graph, _member, label, row: label != "safety.pledge" or row.removed_at is None,
}
# Read by every agency of the municipality: it holds no person.
ACROSS_AGENCIES = {"joint"}


def _open_case(graph: Graph, _member: Row, label: str, row: Row) -> bool:
    """Stage and calendar: what was consented to once stands still from the midnight after the last day."""
    case = graph.case_of(label, row)
    if case is None or graph.rows["cases.case"][case].stage not in OPEN:
        return False
    given = [
        one
        for one in graph.where("cases.consent", "case_id", case)
        if "given" in events_of(graph, one)
    ]
    begun = graph.rows["cases.case"][case].stage in {"new", "awaiting_consent"}
    return begun or not given or any(_consent_holds(graph, one) for one in given)


def events_of(graph: Graph, consent: Row) -> set[str]:
    """What has happened to the consent as a whole."""
    return {
        event.kind
        for event in graph.where("cases.consentevent", "consent_id", consent.id)
        if event.scope_id is None
    }


def _going(graph: Graph, _member: Row, label: str, row: Row) -> bool:
    case = graph.case_of(label, row)
    return case is None or graph.rows["cases.case"][case].stage not in ENDED


def _law(_graph: Graph, _member: Row, _label: str, row: Row) -> bool:
    return not str(row.basis).startswith("SAMTYCKE")


def _consent(graph: Graph, _member: Row, label: str, row: Row) -> bool:
    if label == "cases.release":
        return str(row.basis).startswith("SAMTYCKE")
    if label == "cases.meetingcall":
        return not graph.where("cases.meetingcallend", "call_id", row.id)
    case = graph.case_of(label, row)
    return any(_consent_holds(graph, one) for one in graph.where("cases.consent", "case_id", case))


def _consent_holds(graph: Graph, consent: Row) -> bool:
    """Given by all, in its time, not ended, and at least one tick that nobody has withdrawn."""
    events = graph.where("cases.consentevent", "consent_id", consent.id)
    said = {one.kind for one in events if one.scope_id is None and one.signer_id is None}
    gone = {one.scope_id for one in events if one.kind == "withdrawn"}
    ticks = {one.id for one in graph.where("cases.consentscope", "consent_id", consent.id)}
    in_time = consent.valid_from <= graph.today <= consent.valid_to
    return bool(in_time and "given" in said and not said & OVER and ticks - gone)


CONDITIONS: dict[str, Holds] = {
    "open_case": _open_case,
    "going": _going,
    "consent": _consent,
    "law": _law,
}


def _conflict(graph: Graph, member: Row, label: str, row: Row) -> bool:
    """Self, family or declared (domain 4.1): the user, in whatever membership, is not to handle the person or concern.

    Of what was handed over the receiver says it of the row; its number stands on the row and on what they said.
    """
    if label in {"cases.release", "cases.meetingcall", "cases.receiverconflict"}:
        return any(
            one.number == row.number and one.ended_at is None and same_partition(member, one)
            for one in graph.where("cases.receiverconflict", "about_user", member.user_id)
        )
    about = persons_of(graph, label, row)
    return any(
        one.person_id in about or (label == "cases.concern" and one.concern_id == row.id)
        for one in graph.where("cases.conflict", "about_user", member.user_id)
        if one.ended_at is None and same_partition(member, one)
    )


def _protected(graph: Graph, member: Row, label: str, row: Row) -> bool:
    """A protected person exists for named users only (domain 4.1, rule 7)."""
    for person in persons_of(graph, label, row):
        if graph.rows["cases.person"][person].protection == "none":
            continue
        if not any(
            one.membership_id == member.id
            and one.starts_on <= graph.today <= one.ends_on
            and one.ended_at is None
            for one in graph.where("cases.namedaccess", "person_id", person)
        ):
            return True
    return False


BARS: dict[str, Holds] = {"conflict": _conflict, "protected": _protected}


def _is_of(kind: str) -> Callable[[Row], bool]:
    return lambda row: bool(row.kind == kind)


# (label, kind) → the rows that hold information of that kind.
KINDS: dict[tuple[str, str], Callable[[Row], bool]] = {
    ("cases.consentevent", "consent_view"): lambda row: row.kind in ANSWERS,
    ("cases.release", "release_full_name"): lambda row: row.full_name,
    ("cases.release", "release_first_name"): lambda row: not row.full_name,
} | {
    ("cases.release", f"release_{kind}"): _is_of(kind)
    for kind in (
        *("contact", "social", "school", "psychosocial", "medical", "police", "leisure"),
        *("meeting", "plan", "conversation", "follow_up"),
    )
}
