"""A dump reads each partition by its own name: the backup role may, on those that exist and those to come."""

from django.db import migrations

GUARD = """
CREATE OR REPLACE PROCEDURE audit.let_backup_read(target regclass) LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('GRANT SELECT ON %s TO sspf_backup', target);
    IF NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = target AND polname IN ('all_of_it', 'backup')) THEN
        EXECUTE format('CREATE POLICY backup ON %s FOR SELECT TO sspf_backup USING (true)', target);
    END IF;
END $$;
REVOKE ALL ON PROCEDURE audit.let_backup_read(regclass) FROM PUBLIC;

CREATE OR REPLACE FUNCTION audit.make_partition(month date) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
    first date := date_trunc('month', month)::date;
    name text := 'event_' || to_char(first, 'YYYY_MM');
BEGIN
    IF first NOT BETWEEN current_date - 400 AND current_date + 400 THEN
        RAISE EXCEPTION 'no partition is made so far from today';
    END IF;
    IF to_regclass(format('audit.%I', name)) IS NOT NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE audit.%I (LIKE audit.event INCLUDING ALL)', name);
    EXECUTE format('ALTER TABLE audit.event ATTACH PARTITION audit.%I FOR VALUES FROM (%L) TO (%L)',
                   name, first || ' 00:00:00+00', (first + interval '1 month')::date || ' 00:00:00+00');
    CALL audit.guard(format('audit.%I', name)::regclass);
    CALL audit.let_backup_read(format('audit.%I', name)::regclass);
    RETURN true;
EXCEPTION WHEN check_violation THEN
    RETURN false;
END $$;

DO $$
DECLARE
    partition regclass;
BEGIN
    FOR partition IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'audit.event'::regclass
    LOOP
        CALL audit.let_backup_read(partition);
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_rotator")]
    operations = [migrations.RunSQL(GUARD, migrations.RunSQL.noop)]
