"""Grants and row-level security for choices, letters and calendar feeds; snoozed notices don't wait; whose a feed is."""

from django.db import migrations

from access.partition_sql import partition_table

MEMBERSHIP = "access_membership"

WAITING = """
CREATE OR REPLACE FUNCTION reminders_waiting_for(asked uuid)
RETURNS TABLE (membership_id uuid, waiting bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT n.membership_id, count(*) FROM reminders_notice n
    JOIN access_membership held ON held.id = n.membership_id
    WHERE held.user_id = asked AND n.done_at IS NULL
      AND coalesce(n.snoozed_until <= (now() AT TIME ZONE 'Europe/Stockholm')::date, true)
      AND EXISTS (
        SELECT 1 FROM access_membership acting
        WHERE acting.user_id = asked
          AND acting.id = nullif(current_setting('sspf.membership', true), '')::uuid
      )
    GROUP BY n.membership_id
$$
"""

# A calendar program has no session: whoever knows a secret is told whose it is, and nothing of anything else.
FEED = """
CREATE POLICY owner_finds ON reminders_calendarfeed FOR SELECT TO sspf_owner USING (true);
CREATE FUNCTION reminders_feed_of(asked text)
RETURNS TABLE (id uuid, membership_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT f.id, f.membership_id FROM reminders_calendarfeed f
    WHERE f.token_hash = asked AND f.revoked_at IS NULL
$$;
REVOKE ALL ON FUNCTION reminders_feed_of(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION reminders_feed_of(text) TO sspf_web;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("reminders", "0005_choices"),
    ]

    operations = [
        partition_table("reminders_choice", references={"membership_id": MEMBERSHIP}),
        partition_table("reminders_calendarfeed", references={"membership_id": MEMBERSHIP}),
        partition_table(
            "reminders_letter",
            references={"membership_id": MEMBERSHIP, "first_id": "reminders_reminder"},
        ),
        migrations.RunSQL(WAITING, migrations.RunSQL.noop),
        migrations.RunSQL(
            FEED,
            "DROP FUNCTION reminders_feed_of(text);"
            "DROP POLICY owner_finds ON reminders_calendarfeed",
        ),
    ]
