"""Row-level security for received reports of concern and the feedback on them, and who notes and rotates them."""

from django.db import migrations

from access.partition_sql import partition_table, rotatable
from audit.change_sql import note_what_is_there, watch_table

MEMBERSHIP = "access_membership"
REPORT = ("child", "reporter", "reference")
REQUEST = ("child", "received_by", "reason")


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0010_unit_receives_reports"),
        ("audit", "0002_row_changes"),
        ("cases", "0018_received_report"),
    ]

    operations = [
        partition_table(
            "cases_receivedreport",
            references={
                "responsible_id": MEMBERSHIP,
                "protection_assessed_by_id": MEMBERSHIP,
                "decided_by_id": MEMBERSHIP,
            },
        ),
        partition_table(
            "cases_feedbackrequest",
            references={"report_id": "cases_receivedreport", "answered_by_id": MEMBERSHIP},
        ),
        partition_table(
            "cases_feedbackanswer",
            grants="SELECT, INSERT",
            references={"report_id": "cases_reportmade"},
        ),
        # The note itself never changes; only that feedback has been asked for is added.
        migrations.RunSQL(
            "GRANT UPDATE (feedback_asked_at) ON cases_reportmade TO sspf_web, sspf_worker",
            migrations.RunSQL.noop,
        ),
        watch_table(
            "cases_receivedreport",
            sealed=REPORT,
            plain=(
                *("id", "municipality_id", "agency_id", "unit_id", "number", "received_at", "how"),
                *("responsible_id", "registered_at", "decide_by"),
                *("protection_assessed_at", "protection_assessed_by_id"),
                *("state", "decided_on", "decided_by_id", "version"),
            ),
        ),
        watch_table(
            "cases_feedbackrequest",
            sealed=REQUEST,
            plain=(
                *("id", "municipality_id", "agency_id", "unit_id", "number", "made_at", "how"),
                *("report_made", "from_agency", "from_name", "from_unit_name", "asked_at"),
                *("report_id", "answer", "answered_at", "answered_by_id", "version"),
            ),
        ),
        watch_table(
            "cases_feedbackanswer",
            sealed=("answer",),
            plain=(
                *("id", "municipality_id", "agency_id", "report_id"),
                *("answered_at", "answered_by_name"),
            ),
        ),
        watch_table(
            "cases_reportmade",
            sealed=("received_by",),
            plain=(
                *("id", "municipality_id", "agency_id", "membership_id", "unit_id"),
                *("number", "made_at", "how", "feedback_asked_at"),
            ),
        ),
        note_what_is_there("cases_reportmade"),
        rotatable("cases_receivedreport", *REPORT),
        rotatable("cases_feedbackrequest", *REQUEST),
        rotatable("cases_feedbackanswer", "answer"),
    ]
