"""The membership's new column is noted like its others."""

from django.db import migrations

from audit.change_sql import note_what_is_there, watch_table


class Migration(migrations.Migration):
    dependencies = [("access", "0014_guest_home")]
    operations = [
        watch_table(
            "access_membership",
            plain=(
                *("id", "user_id", "municipality_id", "agency_id", "unit_id", "role"),
                *("starts_on", "ends_on", "ended_at", "home_id"),
            ),
        ),
        note_what_is_there("access_membership"),
    ]
