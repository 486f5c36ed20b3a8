"""What the manager is owed for a move (stage -1000) outlives the date's version and its being done; only what is called off is stray.

Both functions as in 0010 and 0007, but for the lines that say so.
"""

from django.db import migrations

RECONCILE = """
CREATE OR REPLACE FUNCTION reminders_reconcile(expected jsonb, at_once integer)
RETURNS TABLE (raised varchar, about uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- What is looked at lies all over the tables: else they are read whole where they are large.
SET random_page_cost = 1.1 AS $$
DECLARE
    moment timestamptz := clock_timestamp();
    rounds bigint;
    turn bigint;
    first uuid;
    last uuid;
BEGIN
    -- One at a time: two would raise the same finding.
    PERFORM pg_advisory_xact_lock(hashtext('sspf.reminders.reconcile'));
    -- Ids are drawn evenly, so that equal parts of their range hold equally many.
    SELECT greatest(1, ceil(c.reltuples / at_once))::bigint INTO rounds
      FROM pg_class c WHERE c.oid = 'reminders_deadline'::regclass;
    turn := nextval('reminders_round') % rounds;
    first := (lpad(to_hex(turn * 4294967296 / rounds), 8, '0') || repeat('0', 24))::uuid;
    last := (lpad(to_hex((turn + 1) * 4294967296 / rounds - 1), 8, '0') || repeat('f', 24))::uuid;
    CREATE TEMPORARY TABLE looked ON COMMIT DROP AS
    SELECT d.id FROM reminders_deadline d WHERE d.id BETWEEN first AND last
    UNION
    -- What was found before is looked at until it is mended.
    SELECT f.object_id FROM reminders_finding f WHERE f.gone_at IS NULL AND f.check_name = 'incomplete'
    UNION
    SELECT r.deadline_id FROM reminders_finding f JOIN reminders_reminder r ON r.id = f.object_id
     WHERE f.gone_at IS NULL AND f.check_name = 'stray';
    ANALYZE looked;
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
        FROM looked JOIN reminders_deadline d ON d.id = looked.id WHERE d.state = 'open'
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
      FROM looked JOIN reminders_deadline d ON d.id = looked.id JOIN reminders_reminder r ON r.deadline_id = d.id
     WHERE r.status IN ('pending', 'unknown', 'claimed')
       AND CASE WHEN r.stage = -1000 THEN d.state = 'cancelled' ELSE d.state <> 'open' OR d.version <> r.version END
    UNION ALL
    SELECT r.municipality_id, r.agency_id, 'nobody', r.id
      FROM reminders_reminder r JOIN reminders_deadline d ON d.id = r.deadline_id
     WHERE r.status = 'dead' AND d.state = 'open' AND (d.version = r.version OR r.stage = -1000)
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
    DROP TABLE found, looked;
END $$;
"""

DEAD = """
CREATE OR REPLACE FUNCTION reminders_dead()
RETURNS TABLE (id uuid, agency varchar, channel varchar, since timestamptz, outcome varchar, smtp_code smallint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT r.id, g.name, r.channel, last.at, last.outcome, last.smtp_code
      FROM reminders_reminder r
      JOIN reminders_deadline d ON d.id = r.deadline_id AND d.state = 'open'
           AND (d.version = r.version OR r.stage = -1000)
      JOIN access_agency g ON g.id = r.agency_id
      LEFT JOIN LATERAL (
            SELECT a.at, a.outcome, a.smtp_code FROM reminders_attempt a
             WHERE a.reminder_id = r.id ORDER BY a.at DESC, a.fence DESC LIMIT 1) last ON true
     WHERE r.municipality_id = reminders_administered() AND r.status = 'dead'
     ORDER BY last.at DESC, r.id LIMIT 200
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("reminders", "0011_the_clock_is_everybodys")]

    operations = [
        migrations.RunSQL(statement, migrations.RunSQL.noop) for statement in (RECONCILE, DEAD)
    ]
