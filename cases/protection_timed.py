"""How openings and appointments stand behind the door: what lasts for minutes or days and ends by itself."""

from __future__ import annotations

from access.protection import Protection, protect
from cases.bars import bars_on_case, conditions_on_case
from cases.models import Appointment, BreakGlass
from cases.relations import author, case_of, works_on
from cases.relations_timed import asked_to_review, to_review


def put_behind_the_door() -> None:
    protect(
        BreakGlass,
        Protection(
            head="break_glass",
            bars=bars_on_case("case_id"),
            relations={"author": author, "unit_manager": to_review, "reviewer": asked_to_review},
            sealed={"break_glass_text": ("words", "note")},
            case=case_of,
        ),
    )
    protect(
        Appointment,
        Protection(
            head="appointment",
            bars=bars_on_case("case_id"),
            conditions=conditions_on_case("case_id"),
            relations={
                "assigned": works_on("case_id", "case_id"),
                "unit_manager": works_on("case_id", "case_id", of_unit=True),
            },
            case=case_of,
        ),
    )
