"""Row-level security for receivers' conflicts of interest, references that stay inside their partition, and who notes them."""

from django.db import migrations

from access.partition_sql import partition_table
from audit.change_sql import watch_table

MEMBERSHIP = "access_membership"


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0006_rotatable"),
        ("audit", "0002_row_changes"),
        ("cases", "0033_receiver_conflict"),
    ]

    operations = [
        partition_table(
            "cases_receiverconflict",
            references={
                "membership_id": MEMBERSHIP,
                "release_id": "cases_release",
                "call_id": "cases_meetingcall",
                "ended_by_id": MEMBERSHIP,
            },
        ),
        watch_table(
            "cases_receiverconflict",
            plain=(
                *("id", "municipality_id", "agency_id", "about_user", "membership_id"),
                *("release_id", "call_id", "unit_id", "kind", "number", "from_agency_name"),
                *("contact", "declared_at", "ended_at", "ended_by_id"),
            ),
        ),
    ]
