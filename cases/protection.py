"""How an actor can relate to the rows of `cases`, and which field group each sealed field is in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from access.actor import Actor
from access.protection import Protection, protect
from cases.models import (
    Assignment,
    Attachment,
    Case,
    Concern,
    ConcernDraft,
    ConcernReceipt,
    ConcernState,
    Consent,
    ConsentEvent,
    Conversation,
    ConversationAddition,
    ConversationDraft,
    Disclosure,
    FollowUp,
    MatchTask,
    Person,
    PersonIdentifier,
    Release,
    ReleaseEnd,
    ReleaseReader,
    ReportMade,
    Summary,
)
from cases.rules.conversation_phases import TEXTS


def _works_on(lookup: str, reference: str, *, of_unit: bool = False) -> Callable[[Actor], Q]:
    """The actor (or somebody of the unit the actor leads) has an assignment in force.

    `lookup` goes from Assignment to the row's column `reference`.
    """

    def condition(actor: Actor) -> Q:
        today = timezone.localdate()
        who = {"membership__unit_id": actor.unit} if of_unit else {"membership_id": actor.member}
        works = Assignment.objects.in_force(today).filter(**who, **{lookup: OuterRef(reference)})
        return Q(Exists(works))

    return condition


def _author(actor: Actor) -> Q:
    return Q(membership_id=actor.member)


def _principal(actor: Actor) -> Q:
    return Q(unit_id=actor.unit)


def _untaken(actor: Actor) -> Q:
    return Q(state=ConcernState.NEW)


def _recipient(actor: Actor) -> Q:
    """Named, still within its time, and not ended: asked anew in every request."""
    named = ReleaseReader.objects.filter(release_id=OuterRef("pk"), membership_id=actor.member)
    ended = ReleaseEnd.objects.filter(release_id=OuterRef("pk"))
    return Q(Exists(named)) & ~Q(Exists(ended)) & Q(until__gte=timezone.localdate())


def _unsettled(condition: Callable[[Actor], Q]) -> Callable[[Actor], Q]:
    return lambda actor: condition(actor) & Q(settled_at__isnull=True)


def _kept(condition: Callable[[Actor], Q]) -> Callable[[Actor], Q]:
    return lambda actor: condition(actor) & Q(removed_at__isnull=True)


def _case_of(row: Any) -> tuple[UUID | None, str]:
    return (row.case_id, row.case.number) if row.case_id else (None, "")


def put_behind_the_door() -> None:
    protect(
        ConcernDraft,
        Protection(head="draft", relations={"author": _author}, sealed={"draft": ("payload",)}),
    )
    protect(
        Concern,
        Protection(
            head="concern",
            relations={"intake": _untaken, "assigned": _works_on("case_id", "case_id")},
            sealed={
                "concern_text": (
                    "child", "seen", "place", "done", "guardians", "sender", "decision",
                )
            },
            case=_case_of,
        ),
    )  # fmt: skip
    protect(ConcernReceipt, Protection(head="receipt", relations={"author": _author}))
    protect(
        ReportMade,
        Protection(
            head="report_made",
            relations={"author": _author, "principal": _principal},
            sealed={"report_made": ("received_by",)},
        ),
    )
    protect(
        Case,
        Protection(
            head="case",
            relations={
                "assigned": _works_on("case_id", "pk"),
                "unit_manager": _works_on("case_id", "pk", of_unit=True),
            },
            case=lambda case: (case.pk, case.number),
        ),
    )
    protect(
        Person,
        Protection(
            head="identity",
            relations={"assigned": _works_on("case__person_id", "pk")},
            sealed={"identity": ("name", "birth_date")},
        ),
    )
    protect(
        PersonIdentifier,
        Protection(
            head="identity",
            relations={"assigned": _works_on("case__person_id", "person_id")},
            sealed={"identity": ("value",)},
        ),
    )
    protect(
        MatchTask,
        Protection(
            head="match", relations={"match": _unsettled(_works_on("case__person_id", "known_id"))}
        ),
    )
    on_case = {"assigned": _works_on("case_id", "case_id")}
    led_case = on_case | {"unit_manager": _works_on("case_id", "case_id", of_unit=True)}
    protect(
        Consent,
        Protection(
            head="consent",
            relations=on_case,
            sealed={"consent": ("signed_by", "not_shared")},
            case=_case_of,
        ),
    )
    protect(
        Attachment,
        Protection(
            head="attachment",
            relations={"assigned": _kept(on_case["assigned"])},
            sealed={"attachment": ("name", "note")},
            file=("attachment_file", "file_key"),
            case=_case_of,
        ),
    )
    protect(
        ConsentEvent,
        Protection(
            head="consent", relations={"assigned": _works_on("case__consents", "consent_id")}
        ),
    )
    protect(
        Conversation,
        Protection(
            head="conversation",
            relations=on_case,
            sealed={"conversation": TEXTS},
            case=_case_of,
        ),
    )
    protect(
        ConversationAddition,
        Protection(
            head="conversation",
            relations={"assigned": _works_on("case__conversations", "conversation_id")},
            sealed={"conversation": ("text",)},
            case=lambda row: _case_of(row.conversation),
        ),
    )
    still_there = _works_on("case__conversations", "conversation_id")
    protect(
        ConversationDraft,
        Protection(
            head="draft",
            relations={"author": lambda actor: _author(actor) & still_there(actor)},
            sealed={"draft": ("payload",)},
            case=lambda row: _case_of(row.conversation),
        ),
    )
    protect(
        FollowUp,
        Protection(
            head="follow_up",
            relations=on_case,
            sealed={"follow_up": ("how", "agreed")},
            case=_case_of,
        ),
    )
    protect(
        Summary,
        Protection(
            head="summary",
            relations=led_case,
            sealed={"summary": ("about", "body")},
            case=_case_of,
        ),
    )
    protect(Disclosure, Protection(head="disclosure", relations=led_case, case=_case_of))
    protect(
        Release,
        Protection(
            head="release",
            relations={"recipient": _recipient},
            sealed={"release": ("about", "body")},
        ),
    )
