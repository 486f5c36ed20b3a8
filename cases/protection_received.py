"""How what other agencies write into our box stands behind the door: reports of concern, and the feedback on them."""

from __future__ import annotations

from access.protection import Protection, protect
from cases.bars import NO_BARS
from cases.models import FeedbackAnswer, FeedbackRequest, ReceivedReport
from cases.relations import author_of_report, in_my_unit, principal_of_report


def put_received_behind_the_door() -> None:
    protect(
        ReceivedReport,
        Protection(
            head="received_report",
            bars=NO_BARS,
            relations={"report_intake": in_my_unit},
            sealed={"received_report": ("child", "reporter", "reference")},
        ),
    )
    protect(
        FeedbackRequest,
        Protection(
            head="feedback_request",
            bars=NO_BARS,
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
