"""Grants and row-level security, and the two functions that look across partitions: pairs and counts, never rows."""

from django.db import migrations

from access.partition_sql import partition_table

APPEND_ONLY = "SELECT, INSERT"
MEMBERSHIP = "access_membership"

# Forced row-level security holds for the owner too, whose functions these are: a policy of its own, to read only.
OWNER_READS = """
CREATE POLICY owner_counts ON reminders_reminder FOR SELECT TO sspf_owner USING (true);
CREATE POLICY owner_counts ON reminders_notice FOR SELECT TO sspf_owner USING (true);
"""

DUE = """
CREATE FUNCTION reminders_due_partitions(moment timestamptz)
RETURNS TABLE (municipality_id uuid, agency_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT r.municipality_id, r.agency_id FROM reminders_reminder r
    WHERE r.status IN ('pending', 'unknown') AND r.next_at <= moment
    UNION
    SELECT r.municipality_id, r.agency_id FROM reminders_reminder r
    WHERE r.status = 'claimed' AND r.lease_until < clock_timestamp()
$$;
REVOKE ALL ON FUNCTION reminders_due_partitions(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION reminders_due_partitions(timestamptz) TO sspf_worker;
"""

# Answers only about the user who acts: a page cannot ask what waits for somebody else.
WAITING = """
CREATE FUNCTION reminders_waiting_for(asked uuid)
RETURNS TABLE (membership_id uuid, waiting bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT n.membership_id, count(*) FROM reminders_notice n
    JOIN access_membership held ON held.id = n.membership_id
    WHERE held.user_id = asked AND n.done_at IS NULL
      AND EXISTS (
        SELECT 1 FROM access_membership acting
        WHERE acting.user_id = asked
          AND acting.id = nullif(current_setting('sspf.membership', true), '')::uuid
      )
    GROUP BY n.membership_id
$$;
REVOKE ALL ON FUNCTION reminders_waiting_for(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION reminders_waiting_for(uuid) TO sspf_web;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0002_partition"),
        ("reminders", "0001_initial"),
    ]

    operations = [
        partition_table("reminders_deadline", references={"responsible_membership_id": MEMBERSHIP}),
        partition_table("reminders_reminder", references={"deadline_id": "reminders_deadline"}),
        partition_table(
            "reminders_attempt",
            grants=APPEND_ONLY,
            references={"reminder_id": "reminders_reminder"},
        ),
        partition_table(
            "reminders_notice",
            references={
                "reminder_id": "reminders_reminder",
                "deadline_id": "reminders_deadline",
                "membership_id": MEMBERSHIP,
            },
        ),
        migrations.RunSQL(
            OWNER_READS,
            "DROP POLICY owner_counts ON reminders_reminder;"
            "DROP POLICY owner_counts ON reminders_notice",
        ),
        migrations.RunSQL(DUE, "DROP FUNCTION reminders_due_partitions(timestamptz)"),
        migrations.RunSQL(WAITING, "DROP FUNCTION reminders_waiting_for(uuid)"),
    ]
