"""Row-level security for meetings and calls, references that stay inside their partition, and who notes and rotates them."""

from django.db import migrations

from access.partition_sql import partition_table, rotatable
from audit.change_sql import watch_table

MEMBERSHIP = "access_membership"
APPEND_ONLY = "SELECT, INSERT"
PLACE = ("id", "municipality_id", "agency_id")


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0006_rotatable"),
        ("audit", "0002_row_changes"),
        ("cases", "0020_meeting"),
    ]

    operations = [
        partition_table(
            "cases_meeting", references={"case_id": "cases_case", "called_by_id": MEMBERSHIP}
        ),
        partition_table(
            "cases_invitee",
            references={"meeting_id": "cases_meeting", "consent_id": "cases_consent"},
        ),
        partition_table(
            "cases_meetingcall", grants=APPEND_ONLY, references={"membership_id": MEMBERSHIP}
        ),
        partition_table(
            "cases_meetingcallend", grants=APPEND_ONLY, references={"call_id": "cases_meetingcall"}
        ),
        watch_table(
            "cases_meeting",
            sealed=("place", "about", "family", "minutes"),
            plain=(
                *(*PLACE, "case_id", "state", "planned_for", "called_by_id", "created_at"),
                *("held_at", "cancelled_because", "version"),
            ),
        ),
        watch_table(
            "cases_invitee",
            plain=(
                *(*PLACE, "meeting_id", "consent_id", "of_membership", "of_agency", "of_unit"),
                *("staff_name", "unit_name", "agency_name", "call_id", "dropped_at"),
                *("dropped_because", "came"),
            ),
        ),
        watch_table(
            "cases_meetingcall",
            sealed=("place", "about"),
            plain=(
                *(*PLACE, "membership_id", "planned_for", "from_agency_name", "called_by_name"),
                *("called_at", "until", "number"),
            ),
        ),
        watch_table("cases_meetingcallend", plain=(*PLACE, "call_id", "ended_at")),
        rotatable("cases_meeting", "place", "about", "family", "minutes"),
        rotatable("cases_meetingcall", "place", "about"),
    ]
