"""Row-level security for commitments, references that stay inside their partition, and who notes and rotates them."""

from django.db import migrations

from access.partition_sql import partition_table, rotatable
from audit.change_sql import watch_table

MEMBERSHIP = "access_membership"


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0006_rotatable"),
        ("audit", "0002_row_changes"),
        ("cases", "0028_commitment"),
    ]

    operations = [
        partition_table(
            "cases_commitment",
            references={
                "case_id": "cases_case",
                "guardian_id": "cases_guardian",
                "colleague_id": MEMBERSHIP,
                "adult_id": MEMBERSHIP,
                "created_by_id": MEMBERSHIP,
                "closed_by_id": MEMBERSHIP,
            },
        ),
        watch_table(
            "cases_commitment",
            sealed=("promise",),
            plain=(
                *("id", "municipality_id", "agency_id", "case_id", "promised_by", "guardian_id"),
                *("colleague_id", "due_on", "adult_id", "state", "created_at", "created_by_id"),
                *("closed_at", "closed_by_id", "version"),
            ),
        ),
        rotatable("cases_commitment", "promise"),
    ]
