"""How what other agencies write into our box stands behind the door: reports of concern, feedback, questions from the police."""

from __future__ import annotations

from access.protection import Protection, protect
from cases.bars import NO_BARS, bars_on_person, bars_on_received
from cases.models import (
    FeedbackAnswer,
    FeedbackRequest,
    PoliceRequest,
    ReceivedReport,
    ReceiverConflict,
    RequestAnswer,
    RequestDeputy,
    RequestReceipt,
)
from cases.relations import (
    asker,
    author,
    author_of_report,
    decider,
    deputy,
    in_my_unit,
    principal_of_report,
)


def put_received_behind_the_door() -> None:
    protect(
        ReceiverConflict,
        Protection(
            head="conflict",
            bars=bars_on_received("number", "number"),
            relations={"unit_manager": in_my_unit, "principal": in_my_unit},
        ),
    )
    protect(
        ReceivedReport,
        Protection(
            head="received_report",
            bars=bars_on_person("person_id"),
            relations={"report_intake": in_my_unit},
            sealed={"received_report": ("child", "reporter", "reference")},
        ),
    )
    protect(
        FeedbackRequest,
        Protection(
            head="feedback_request",
            bars=bars_on_person("report__person_id"),
            relations={"report_intake": in_my_unit},
            sealed={"feedback_request": ("child", "received_by", "reason")},
        ),
    )
    protect(
        FeedbackAnswer,
        Protection(
            head="report_feedback",
            bars=NO_BARS,
            relations={"author": author_of_report, "principal": principal_of_report},
            sealed={"report_feedback": ("answer",)},
        ),
    )
    protect(
        RequestReceipt,
        Protection(head="request_receipt", bars=NO_BARS, relations={"author": author}),
    )
    protect(
        RequestAnswer,
        Protection(
            head="request_answer",
            bars=NO_BARS,
            relations={"author": asker},
            sealed={"request_answer": ("reason",)},
        ),
    )
    protect(
        PoliceRequest,
        Protection(
            head="police_request",
            bars=bars_on_person("person_id"),
            relations={"decider": decider, "deputy": deputy},
            sealed={"police_request": ("about", "wanted", "purpose", "officer", "reason")},
        ),
    )
    protect(
        RequestDeputy,
        Protection(head="request_deputy", bars=NO_BARS, relations={"decider": in_my_unit}),
    )
