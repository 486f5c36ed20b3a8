"""How meetings and what was promised stand behind the door, and the calls in the partitions of those called."""

from __future__ import annotations

from access.protection import Protection, protect
from cases.bars import CALL, bars_on_case, bars_on_received, conditions_on_case
from cases.beside import beside_case
from cases.models import Commitment, Meeting, MeetingCall
from cases.relations import called, case_of, works_on


def put_behind_the_door() -> None:
    protect(
        Meeting,
        Protection(
            head="meeting",
            bars=bars_on_case("case_id"),
            conditions=conditions_on_case("case_id"),
            relations={"assigned": works_on("case_id", "case_id")},
            sealed={"meeting": ("about", "place", "family", "minutes")},
            case=case_of,
        ),
    )
    protect(
        Commitment,
        Protection(
            head="commitment",
            beside=beside_case(lambda commitment: commitment.case_id),
            bars=bars_on_case("case_id"),
            conditions=conditions_on_case("case_id"),
            relations={"assigned": works_on("case_id", "case_id")},
            sealed={"commitment": ("promise",)},
            case=case_of,
        ),
    )
    protect(
        MeetingCall,
        Protection(
            head="meeting_call",
            bars=bars_on_received("call_id"),
            conditions=CALL,
            relations={"recipient": called},
            sealed={"meeting_call": ("about", "place")},
        ),
    )
