"""Who is away; and the engine's own state: heartbeats, clocks, what the reconciler found, told to operators as counts.

The functions look across partitions as the owner, whom forced row-level security holds too: a policy of its own
opens exactly what each of them needs.
"""

from django.db import migrations

from access.partition_sql import partition_table
from audit.change_sql import watch_table

MEMBERSHIP = "access_membership"
PLATFORM = ("reminders_heartbeat", "reminders_clock")


def _platform_table(table: str) -> migrations.RunSQL:
    """No row is about anybody: the worker keeps it, the web reads it, a backup needs none of it."""
    return migrations.RunSQL(
        [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY worker_keeps ON {table} TO sspf_worker USING (true) WITH CHECK (true)",
            f"CREATE POLICY web_reads ON {table} FOR SELECT TO sspf_web USING (true)",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO sspf_worker",
            f"GRANT SELECT ON {table} TO sspf_web, sspf_backup",
        ],
        migrations.RunSQL.noop,
    )


# For rows that are put in by SQL; Django's own default would ask for it back, and a drop box tells nothing.
COUNTED_NOW = """
ALTER TABLE reminders_deadline
    ALTER planned_at SET DEFAULT now(), ALTER planned_with SET DEFAULT '';
"""


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0002_row_changes"),
        ("reminders", "0003_absence_and_operations"),
    ]

    operations = [
        migrations.RunSQL(COUNTED_NOW, migrations.RunSQL.noop),
        partition_table(
            "reminders_absence",
            references={
                "membership_id": MEMBERSHIP,
                "substitute_id": MEMBERSHIP,
                "noted_by_id": MEMBERSHIP,
            },
        ),
        watch_table(
            "reminders_absence",
            plain=(
                *("id", "municipality_id", "agency_id", "membership_id", "from_day", "to_day"),
                *("substitute_id", "noted_by_id", "noted_at", "ended_at"),
            ),
        ),
        partition_table("reminders_finding"),
        *(_platform_table(table) for table in PLATFORM),
    ]
