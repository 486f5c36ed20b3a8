"""How each model of `cases` stands behind the door: head, relations, conditions, bars, and the group of each sealed field."""

from __future__ import annotations

from access.protection import Protection, protect
from cases.bars import (
    BASIS,
    NO_BARS,
    bars_on_case,
    bars_on_concern,
    bars_on_person,
    bars_on_received,
    conditions_on_case,
)
from cases.beside import beside_case, beside_person, beside_release
from cases.models import (
    Attachment,
    Case,
    Concern,
    ConcernDraft,
    ConcernReceipt,
    Conflict,
    Conversation,
    ConversationAddition,
    ConversationDraft,
    Disclosure,
    FollowUp,
    FollowUpState,
    MatchTask,
    NamedAccess,
    Person,
    PersonIdentifier,
    ProtectionChange,
    Release,
    ReportMade,
    Sibling,
    StandingDecision,
    Summary,
)
from cases.protection_received import put_received_behind_the_door
from cases.relations import (
    EVERY,
    RELEASED_KINDS,
    author,
    case_of,
    kept,
    principal,
    recipient,
    shared_by,
    unsettled,
    untaken,
    works_on,
    works_on_both,
)
from cases.relations_timed import appointed, latest, opened, ownerless
from cases.rules.conversation_phases import TEXTS


def put_behind_the_door() -> None:
    of_the_case = beside_case(lambda row: row.case_id)
    protect(
        ConcernDraft,
        Protection(
            head="draft",
            bars=NO_BARS,
            relations={"author": author},
            sealed={"draft": ("payload",)},
        ),
    )
    protect(
        Concern,
        Protection(
            head="concern",
            beside=beside_case(lambda concern: concern.case_id), bars=bars_on_concern(), conditions=conditions_on_case("case_id"),
            relations={"intake": untaken, "assigned": works_on("case_id", "case_id")},
            sealed={
                "concern_text": (
                    "child", "seen", "place", "done", "guardians", "sender", "decision",
                )
            },
            case=case_of,
        ),
    )  # fmt: skip
    protect(ConcernReceipt, Protection(head="receipt", bars=NO_BARS, relations={"author": author}))
    protect(
        ReportMade,
        Protection(
            head="report_made",
            bars=NO_BARS,
            relations={"author": author, "principal": principal},
            sealed={"report_made": ("received_by",)},
        ),
    )
    put_received_behind_the_door()
    protect(
        Case,
        Protection(
            head="case",
            beside=beside_case(lambda case: case.pk),
            bars=bars_on_person("person_id"),
            conditions=conditions_on_case("pk"),
            relations={
                "assigned": works_on("case_id", "pk"),
                "unit_manager": works_on("case_id", "pk", of_unit=True),
                "ownerless": ownerless,
            },
            case=lambda case: (case.pk, case.number),
        ),
    )
    protect(
        Person,
        Protection(
            head="identity",
            beside=beside_person,
            bars=bars_on_person("pk"),
            relations={
                "assigned": works_on("case__person_id", "pk"),
                "break_glass": opened("case__person_id", "pk"),
            },
            sealed={"identity": ("name", "birth_date")},
        ),
    )
    protect(
        PersonIdentifier,
        Protection(
            head="identity",
            bars=bars_on_person("person_id"),
            relations={"assigned": works_on("case__person_id", "person_id")},
            sealed={"identity": ("value",)},
        ),
    )
    protect(
        MatchTask,
        Protection(
            head="match",
            bars=bars_on_person("known_id", "newer_id"),
            relations={"match": unsettled(works_on("case__person_id", "known_id"))},
        ),
    )
    of_person = {
        "assigned": works_on("case__person_id", "person_id"),
        "unit_manager": works_on("case__person_id", "person_id", of_unit=True),
    }
    for model in (NamedAccess, ProtectionChange):
        protect(
            model,
            Protection(
                head="protection",
                bars=bars_on_person("person_id"),
                relations=of_person,
                sealed={"protection": ("reason",)},
            ),
        )
    protect(
        Conflict,
        Protection(
            head="conflict",
            bars=bars_on_person("person_id"),
            relations=of_person,
            sealed={"conflict_reason": ("reason",)},
        ),
    )
    protect(
        Sibling,
        Protection(
            head="sibling",
            bars=bars_on_person("one_id", "other_id"),
            relations={"both": works_on_both("one_id", "other_id")},
        ),
    )
    on_case = {"assigned": works_on("case_id", "case_id")}
    led_case = on_case | {"unit_manager": works_on("case_id", "case_id", of_unit=True)}
    protect(
        Attachment,
        Protection(
            head="attachment",
            beside=of_the_case,
            bars=bars_on_case("case_id"),
            conditions=conditions_on_case("case_id"),
            relations={"assigned": kept(on_case["assigned"])},
            sealed={"attachment": ("name", "note")},
            file=("attachment_file", "file_key"),
            case=case_of,
        ),
    )
    protect(
        Conversation,
        Protection(
            head="conversation",
            beside=of_the_case,
            bars=bars_on_case("case_id"),
            conditions=conditions_on_case("case_id"),
            relations=on_case
            | {"break_glass": latest(opened("case_id", "case_id"), Conversation, "-created_at")},
            sealed={"conversation": TEXTS},
            case=case_of,
        ),
    )
    protect(
        ConversationAddition,
        Protection(
            head="conversation",
            beside=beside_case(lambda added: added.conversation.case_id),
            bars=bars_on_case("conversation__case_id"),
            conditions=conditions_on_case("conversation__case_id"),
            relations={"assigned": works_on("case__conversations", "conversation_id")},
            sealed={"conversation": ("text",)},
            case=lambda row: case_of(row.conversation),
        ),
    )
    still_there = works_on("case__conversations", "conversation_id")
    protect(
        ConversationDraft,
        Protection(
            head="draft",
            bars=bars_on_case("conversation__case_id"),
            conditions=conditions_on_case("conversation__case_id"),
            relations={"author": lambda actor: author(actor) & still_there(actor)},
            sealed={"draft": ("payload",)},
            case=lambda row: case_of(row.conversation),
        ),
    )
    protect(
        FollowUp,
        Protection(
            head="follow_up",
            beside=of_the_case,
            bars=bars_on_case("case_id"),
            conditions=conditions_on_case("case_id"),
            relations=on_case
            | {
                "break_glass": latest(
                    opened("case_id", "case_id"), FollowUp, "-held_at", state=FollowUpState.HELD
                )
            },
            sealed={"follow_up": ("how", "agreed")},
            case=case_of,
        ),
    )
    protect(
        Summary,
        Protection(
            head="summary",
            beside=of_the_case,
            bars=bars_on_case("case_id"),
            conditions=conditions_on_case("case_id"),
            relations=shared_by("author_id", led_case) | {"appointed": appointed},
            sealed={"summary": ("about", "body", "born", "answers", "told_why")},
            case=case_of,
        ),
    )
    protect(
        Disclosure,
        Protection(
            head="disclosure",
            beside=of_the_case,
            bars=bars_on_case("case_id"),
            conditions=conditions_on_case("case_id"),
            relations=shared_by("summary__author_id", led_case),
            sealed={"disclosure_text": ("about", "body")},
            case=case_of,
        ),
    )
    protect(
        StandingDecision,
        Protection(
            head="standing",
            bars=NO_BARS,
            relations={"joint": lambda _actor: EVERY},
        ),
    )
    protect(
        Release,
        Protection(
            head="release",
            beside=beside_release,
            bars=bars_on_received("release_id"),
            conditions=BASIS,
            relations={"recipient": recipient},
            kinds=RELEASED_KINDS,
            sealed={"release": ("about", "body")},
        ),
    )
