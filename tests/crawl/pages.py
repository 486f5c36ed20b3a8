"""Where each field group shows: a text that the table allows and no page of these shows is a fault too."""

from __future__ import annotations

# Field group → the pages on which its texts show to whoever may read them.
SHOWN_ON: dict[str, tuple[str, ...]] = {
    "concern_text": ("concern_triage", "case_detail"),
    "report_made": ("report_made",),
    "identity": ("case_detail", "person_number", "break_glass_case"),
    "consent": ("case_detail", "consent_detail"),
    "attachment": ("case_detail",),
    "attachment_file": ("attachment_download",),
    "conversation": (
        *("conversation_detail", "conversation_notes", "conversation_text"),
        "break_glass_case",
    ),
    "follow_up": ("case_detail", "follow_up", "break_glass_case"),
    "summary": ("summary_detail",),
    "release": ("released_detail",),
    "log_review": ("log_review_item",),
    "guardian": ("guardians", "case_detail", "break_glass_case"),
    "contact": ("guardians", "case_detail", "break_glass_case"),
    "consent_note": ("consent_detail", "consent_exception"),
    "disclosure_text": ("disclosure_detail",),
    "meeting": ("meeting_detail",),
    "meeting_call": ("meeting_call_detail",),
    "commitment": ("case_detail", "commitment_detail"),
    "police_request": ("police_request",),
    "request_answer": ("request_receipt",),
    "received_report": ("received_report",),
    "feedback_request": ("feedback_request",),
    "report_feedback": ("report_made",),
    "break_glass_text": ("break_glass_review", "break_glass_case"),
    "protection": ("case_protection",),
    "conflict_reason": ("case_conflict",),
}
# A sealed field of no page, or not of each of its rows, and why.
NOT_SHOWN: dict[str, str] = {
    "cases.summary.born": "the guide asks for it to tell which bases can apply; no page repeats it",
    "access.held_form.payload": "given back once, in the form where it was typed",
    "cases.concern_draft.payload": "given back in the form where it was typed",
    "cases.conversation_draft.payload": "given back in the form where it was typed",
}
# Pages that no list links to once their task is done, by what their ids are: asked for by each id.
ASKED_BY_ID: dict[str, str] = {
    "feedback_request": "cases.feedbackrequest",
    "summary_detail": "cases.summary",
    "break_glass_review": "cases.breakglass",
}
# A sealed field that an ended case shows on no page, and why.
NOT_WHERE_ENDED: dict[str, str] = {
    **dict.fromkeys(
        (
            *("cases.guardian.name", "cases.guardian.phone", "cases.guardian.address"),
            *("cases.guardian_correction.name_was", "cases.guardian_correction.reason"),
        ),
        "guardians stand where a consent is begun, and in an ended case none is",
    ),
    "cases.person_identifier.value": "it shows where a new number is recorded, and an ended case takes none",
}
# (role, sealed field) → why that role has no page with it, though the table lets it read.
NO_PAGE_FOR: dict[tuple[str, str], str] = {
    ("manager", "cases.person_identifier.value"): "a manager records no number",
}
# Groups that the table opens and whose pages are not there yet.
NO_PAGE_YET: frozenset[str] = frozenset()
# Pages of the log: it keeps the number of a case also for who may not open the case (docs/threat-model.md).
LOG_PAGES = frozenset(
    {
        *("log_review", "log_review_month", "log_review_item", "log_find", "log_number"),
        *("log_colleague", "log_day", "log_export", "unit_log", "unit_log_colleague"),
    }
)
# What answers an error to everybody when no sequencer or worker is at work.
UNWELL = frozenset({"healthz_evidence", "healthz_reminders"})
# Never followed: they end the session, change the language, or serve files of the interface.
NOT_FOLLOWED = frozenset(
    {"account_logout", "sign_out_everywhere", "set_language", "switch_membership", "lock"}
)
