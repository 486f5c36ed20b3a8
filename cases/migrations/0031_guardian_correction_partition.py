"""Row-level security for corrections of a guardian, which stay in their partition, and who notes and rotates them."""

from django.db import migrations

from access.partition_sql import partition_table, rotatable
from audit.change_sql import watch_table


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0007_whole_dumps"),
        ("audit", "0005_notes_in_utf8"),
        ("cases", "0030_guardian_correction"),
    ]

    operations = [
        partition_table(
            "cases_guardiancorrection",
            grants="SELECT, INSERT",
            references={"guardian_id": "cases_guardian"},
        ),
        watch_table(
            "cases_guardiancorrection",
            sealed=("name_was", "reason"),
            plain=(
                *("id", "municipality_id", "agency_id", "guardian_id", "custody_was", "at"),
                "recorded_by",
            ),
        ),
        rotatable("cases_guardiancorrection", "name_was", "reason"),
    ]
