"""Row-level security, references inside the partition, notes of changes and rotation for openings and appointments."""

from django.db import migrations

from access.partition_sql import partition_table, rotatable
from audit.change_sql import watch_table

MEMBERSHIP = "access_membership"


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0009_guests_watched"),
        ("audit", "0002_row_changes"),
        ("cases", "0009_break_glass"),
    ]

    operations = [
        partition_table(
            "cases_breakglass",
            references={
                "case_id": "cases_case",
                "membership_id": MEMBERSHIP,
                "reviewer_id": MEMBERSHIP,
                "reviewed_by_id": MEMBERSHIP,
            },
        ),
        partition_table(
            "cases_appointment",
            references={
                "case_id": "cases_case",
                "membership_id": MEMBERSHIP,
                "appointed_by_id": MEMBERSHIP,
            },
        ),
        watch_table(
            "cases_breakglass",
            sealed=("words", "note"),
            plain=(
                *("id", "municipality_id", "agency_id", "case_id", "membership_id", "unit_id"),
                *("opened_by_user", "reason", "opened_at", "until", "ended_at", "reviewer_id"),
                *("reviewed_by_id", "reviewed_by_user", "reviewed_at", "outcome"),
            ),
        ),
        watch_table(
            "cases_appointment",
            plain=(
                *("id", "municipality_id", "agency_id", "case_id", "membership_id", "home"),
                *("appointed_by_id", "appointed_at", "starts_on", "ends_on", "ended_at"),
            ),
        ),
        rotatable("cases_breakglass", "words", "note"),
    ]
