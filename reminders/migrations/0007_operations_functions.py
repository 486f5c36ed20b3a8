"""The reconciler, in SQL of its own, and what the administrator may ask and do: counts, codes and ids, never a row's content."""

from django.db import migrations

# Forced row-level security holds for the owner too, whose functions these are.
OWNER = """
CREATE POLICY owner_counts ON reminders_deadline FOR SELECT TO sspf_owner USING (true);
CREATE POLICY owner_counts ON reminders_attempt FOR SELECT TO sspf_owner USING (true);
CREATE POLICY owner_keeps ON reminders_finding TO sspf_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_forgets ON reminders_clock TO sspf_owner USING (true);
CREATE POLICY owner_revives ON reminders_reminder FOR UPDATE TO sspf_owner
    USING (status = 'dead') WITH CHECK (status = 'pending');
"""

# expected: [{kind, valid_from, at, channel, to}, …], the table of rules; nothing of the code that makes the rows.
RECONCILE = """
CREATE FUNCTION reminders_reconcile(expected jsonb)
RETURNS TABLE (raised varchar, about uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    moment timestamptz := clock_timestamp();
BEGIN
    -- One at a time: two would raise the same finding.
    PERFORM pg_advisory_xact_lock(hashtext('sspf.reminders.reconcile'));
    CREATE TEMPORARY TABLE found ON COMMIT DROP AS
    WITH stage AS (
        SELECT * FROM jsonb_to_recordset(expected)
            AS s (kind varchar, valid_from date, at smallint, channel varchar, "to" varchar)
    ), timer AS (
        SELECT DISTINCT kind, valid_from FROM stage
    ), held AS (
        SELECT d.id, d.municipality_id, d.agency_id, d.version, d.kind,
               (SELECT max(t.valid_from) FROM timer t
                 WHERE t.kind = d.kind
                   AND t.valid_from <= (d.planned_at AT TIME ZONE 'Europe/Stockholm')::date) AS rule
        FROM reminders_deadline d WHERE d.state = 'open'
    )
    SELECT DISTINCT h.municipality_id, h.agency_id, 'incomplete'::varchar AS check_name, h.id AS object_id
      FROM held h LEFT JOIN stage s ON s.kind = h.kind AND s.valid_from = h.rule
     WHERE s.kind IS NULL OR NOT EXISTS (
            SELECT FROM reminders_reminder r
             WHERE r.deadline_id = h.id AND r.version = h.version
               AND r.stage = s.at AND r.channel = s.channel AND r.recipient = s."to")
    UNION ALL
    SELECT r.municipality_id, r.agency_id, 'overdue', r.id FROM reminders_reminder r
     WHERE r.status IN ('pending', 'unknown') AND r.next_at < moment - interval '5 minutes'
    UNION ALL
    SELECT r.municipality_id, r.agency_id, 'stuck', r.id FROM reminders_reminder r
     WHERE r.status = 'claimed' AND r.lease_until < moment - interval '60 seconds'
    UNION ALL
    SELECT r.municipality_id, r.agency_id, 'stray', r.id
      FROM reminders_reminder r JOIN reminders_deadline d ON d.id = r.deadline_id
     WHERE r.status IN ('pending', 'unknown', 'claimed')
       AND (d.state <> 'open' OR d.version <> r.version)
    UNION ALL
    SELECT r.municipality_id, r.agency_id, 'nobody', r.id
      FROM reminders_reminder r JOIN reminders_deadline d ON d.id = r.deadline_id
     WHERE r.status = 'dead' AND d.state = 'open' AND d.version = r.version
       AND (SELECT a.outcome FROM reminders_attempt a WHERE a.reminder_id = r.id
             ORDER BY a.at DESC, a.fence DESC LIMIT 1) = 'nobody';

    UPDATE reminders_finding f SET gone_at = moment
     WHERE f.gone_at IS NULL AND NOT EXISTS (
            SELECT FROM found n WHERE n.check_name = f.check_name AND n.object_id = f.object_id);
    RETURN QUERY
    INSERT INTO reminders_finding (id, municipality_id, agency_id, check_name, object_id, found_at)
    SELECT gen_random_uuid(), n.municipality_id, n.agency_id, n.check_name, n.object_id, moment FROM found n
    ON CONFLICT DO NOTHING
    RETURNING check_name, object_id;
    DROP TABLE found;
END $$;
REVOKE ALL ON FUNCTION reminders_reconcile(jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION reminders_reconcile(jsonb) TO sspf_worker;
"""

# Empty for everybody but the municipality's administrator, who acts right now.
ADMINISTERS = """
CREATE FUNCTION reminders_administered() RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT m.municipality_id FROM access_membership m
     WHERE m.id = nullif(current_setting('sspf.membership', true), '')::uuid
       AND m.role = 'administrator'
       AND m.municipality_id = nullif(current_setting('sspf.municipality', true), '')::uuid
$$;
REVOKE ALL ON FUNCTION reminders_administered() FROM PUBLIC;
"""

STATE = """
CREATE FUNCTION reminders_state()
RETURNS TABLE (name varchar, number bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT 'due'::varchar, count(*) FROM reminders_reminder
     WHERE municipality_id = reminders_administered()
       AND status IN ('pending', 'unknown') AND next_at <= clock_timestamp()
    UNION ALL
    SELECT 'claimed', count(*) FROM reminders_reminder
     WHERE municipality_id = reminders_administered() AND status = 'claimed'
    UNION ALL
    SELECT 'today', count(*) FROM reminders_reminder
     WHERE municipality_id = reminders_administered()
       AND status IN ('pending', 'unknown') AND next_at > clock_timestamp()
       AND next_at < clock_timestamp() + interval '1 day'
    UNION ALL
    SELECT check_name, count(*) FROM reminders_finding
     WHERE municipality_id = reminders_administered() AND gone_at IS NULL GROUP BY check_name
$$;
REVOKE ALL ON FUNCTION reminders_state() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION reminders_state() TO sspf_web;
"""

DEAD = """
CREATE FUNCTION reminders_dead()
RETURNS TABLE (id uuid, agency varchar, channel varchar, since timestamptz, outcome varchar, smtp_code smallint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT r.id, g.name, r.channel, last.at, last.outcome, last.smtp_code
      FROM reminders_reminder r
      JOIN reminders_deadline d ON d.id = r.deadline_id AND d.state = 'open' AND d.version = r.version
      JOIN access_agency g ON g.id = r.agency_id
      LEFT JOIN LATERAL (
            SELECT a.at, a.outcome, a.smtp_code FROM reminders_attempt a
             WHERE a.reminder_id = r.id ORDER BY a.at DESC, a.fence DESC LIMIT 1) last ON true
     WHERE r.municipality_id = reminders_administered() AND r.status = 'dead'
     ORDER BY last.at DESC, r.id LIMIT 200
$$;
REVOKE ALL ON FUNCTION reminders_dead() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION reminders_dead() TO sspf_web;
"""

RETRY = """
CREATE FUNCTION reminders_retry(asked uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE reminders_reminder r SET status = 'pending', next_at = clock_timestamp()
     WHERE r.id = asked AND r.status = 'dead' AND r.municipality_id = reminders_administered();
    RETURN FOUND;
END $$;
REVOKE ALL ON FUNCTION reminders_retry(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION reminders_retry(uuid) TO sspf_web;
"""

TRUST = """
CREATE FUNCTION reminders_trust_clock() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM reminders_clock WHERE reminders_administered() IS NOT NULL;
    RETURN FOUND;
END $$;
REVOKE ALL ON FUNCTION reminders_trust_clock() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION reminders_trust_clock() TO sspf_web;
"""


class Migration(migrations.Migration):
    dependencies = [("reminders", "0006_choices_partition")]

    operations = [
        migrations.RunSQL(statement, migrations.RunSQL.noop)
        for statement in (OWNER, RECONCILE, ADMINISTERS, STATE, DEAD, RETRY, TRUST)
    ]
