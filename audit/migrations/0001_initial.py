"""The schema "audit": an event is added and read, never changed; who may do what is said here (design D8, D10)."""

import django.contrib.postgres.fields
from django.db import migrations, models

EVENT = """
CREATE SCHEMA IF NOT EXISTS audit;
GRANT USAGE ON SCHEMA audit TO sspf_web, sspf_worker, sspf_sequencer, sspf_backup;

CREATE TABLE audit.event (
    id                  uuid NOT NULL,
    occurred_at         timestamptz NOT NULL,
    municipality_id     uuid NOT NULL,
    agency_id           uuid NOT NULL,
    unit_id             uuid,
    actor_user_id       uuid,
    actor_membership_id uuid,
    actor_name          text NOT NULL,
    actor_role          text NOT NULL,
    action              text NOT NULL,
    object_type         text NOT NULL,
    object_id           uuid,
    case_id             uuid,
    case_number         text NOT NULL,
    field_groups        text[] NOT NULL,
    relation            text NOT NULL,
    basis               text NOT NULL,
    purpose             text NOT NULL,
    outcome             text NOT NULL,
    request_id          uuid NOT NULL,
    detail_hash         bytea,
    v                   smallint NOT NULL,
    leaf_hash           bytea NOT NULL CHECK (octet_length(leaf_hash) = 32),
    PRIMARY KEY (municipality_id, id, occurred_at)
) PARTITION BY RANGE (occurred_at);
CREATE INDEX ON audit.event (municipality_id, agency_id, occurred_at);
CREATE INDEX ON audit.event (municipality_id, case_id, occurred_at) WHERE case_id IS NOT NULL;
CREATE INDEX ON audit.event (municipality_id, actor_user_id, occurred_at) WHERE actor_user_id IS NOT NULL;
"""

QUEUE_AND_TREE = """
CREATE TABLE audit.unsequenced (
    municipality_id uuid NOT NULL,
    event_id        uuid NOT NULL,
    occurred_at     timestamptz NOT NULL,
    leaf_hash       bytea NOT NULL CHECK (octet_length(leaf_hash) = 32),
    queued_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (municipality_id, event_id)
);

CREATE TABLE audit.sequence (
    municipality_id uuid NOT NULL,
    seq             bigint NOT NULL CHECK (seq >= 0),
    event_id        uuid NOT NULL,
    leaf_hash       bytea NOT NULL CHECK (octet_length(leaf_hash) = 32),
    PRIMARY KEY (municipality_id, seq),
    UNIQUE (municipality_id, event_id)
);

CREATE TABLE audit.tree (
    municipality_id uuid PRIMARY KEY,
    size            bigint NOT NULL CHECK (size > 0),
    frontier        bytea NOT NULL CHECK (octet_length(frontier) % 32 = 0),
    grown_at        timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE audit.sequencer_status (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    beat_at  timestamptz NOT NULL,
    waiting  bigint NOT NULL,
    fault    text NOT NULL
);

CREATE TABLE audit.verification_request (
    municipality_id uuid PRIMARY KEY,
    requested_at    timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE audit.verification (
    id              uuid PRIMARY KEY,
    municipality_id uuid NOT NULL,
    ran_at          timestamptz NOT NULL,
    events          bigint NOT NULL,
    root            bytea NOT NULL,
    checkpoint_size bigint,
    checkpoint_at   timestamptz,
    ok              boolean NOT NULL,
    faults          jsonb NOT NULL
);
CREATE INDEX ON audit.verification (municipality_id, ran_at);
"""

# ENABLE ALWAYS: they fire for a superuser with session_replication_role = replica as well, who has to
# disable them to get past. TRUNCATE fires on the partition it names, so each partition has its own.
APPEND_ONLY = """
CREATE FUNCTION audit.refuse_change() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'audit.% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE PROCEDURE audit.guard(target regclass) LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = target AND tgname = 'append_only_rows') THEN
        EXECUTE format('CREATE TRIGGER append_only_rows BEFORE UPDATE OR DELETE ON %s'
                       ' FOR EACH ROW EXECUTE FUNCTION audit.refuse_change()', target);
    END IF;
    IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = target AND tgname = 'append_only_table') THEN
        EXECUTE format('CREATE TRIGGER append_only_table BEFORE TRUNCATE ON %s'
                       ' FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change()', target);
    END IF;
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER append_only_rows', target);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER append_only_table', target);
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
END $$;
REVOKE ALL ON PROCEDURE audit.guard(regclass) FROM PUBLIC;

CALL audit.guard('audit.event');
CALL audit.guard('audit.sequence');
CALL audit.guard('audit.verification');
"""

# A month is made ahead of time; the default partition only catches what no month was made for, so that
# an insert never fails. Rows it holds stay there, and their month is then not made: they may not move.
PARTITIONS = """
CREATE TABLE audit.event_default PARTITION OF audit.event DEFAULT;
CALL audit.guard('audit.event_default');

CREATE FUNCTION audit.make_partition(month date) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
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
    RETURN true;
EXCEPTION WHEN check_violation THEN
    RETURN false;
END $$;
REVOKE ALL ON FUNCTION audit.make_partition(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.make_partition(date) TO sspf_sequencer;

SELECT audit.make_partition((current_date + make_interval(months => n))::date) FROM generate_series(-1, 3) n;
"""

# The array makes PostgreSQL evaluate the setting first, so that an unset one is an error also for
# an event of the platform. Nobody has rights on a partition itself: the way is through audit.event.
RIGHTS = """
CREATE POLICY own ON audit.event FOR SELECT TO sspf_web, sspf_worker
    USING (municipality_id = current_setting('sspf.municipality')::uuid
           AND agency_id = current_setting('sspf.agency')::uuid);
CREATE POLICY write ON audit.event FOR INSERT TO sspf_web, sspf_worker
    WITH CHECK (municipality_id = ANY (ARRAY[current_setting('sspf.municipality')::uuid,
                                             '00000000-0000-0000-0000-000000000000'::uuid]));
CREATE POLICY all_of_it ON audit.event FOR SELECT TO sspf_sequencer, sspf_backup USING (true);
GRANT SELECT, INSERT ON audit.event TO sspf_web, sspf_worker;
GRANT SELECT ON audit.event TO sspf_sequencer, sspf_backup;

ALTER TABLE audit.unsequenced ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit.unsequenced FORCE ROW LEVEL SECURITY;
CREATE POLICY write ON audit.unsequenced FOR INSERT TO sspf_web, sspf_worker
    WITH CHECK (municipality_id = ANY (ARRAY[current_setting('sspf.municipality')::uuid,
                                             '00000000-0000-0000-0000-000000000000'::uuid]));
CREATE POLICY all_of_it ON audit.unsequenced FOR SELECT TO sspf_sequencer, sspf_backup USING (true);
CREATE POLICY consume ON audit.unsequenced FOR DELETE TO sspf_sequencer USING (true);
GRANT INSERT (municipality_id, event_id, occurred_at, leaf_hash) ON audit.unsequenced TO sspf_web, sspf_worker;
GRANT SELECT, DELETE ON audit.unsequenced TO sspf_sequencer;
GRANT SELECT ON audit.unsequenced TO sspf_backup;

CREATE POLICY all_of_it ON audit.sequence FOR SELECT TO sspf_sequencer, sspf_backup USING (true);
CREATE POLICY append ON audit.sequence FOR INSERT TO sspf_sequencer WITH CHECK (true);
GRANT SELECT, INSERT ON audit.sequence TO sspf_sequencer;
GRANT SELECT ON audit.sequence TO sspf_backup;

ALTER TABLE audit.tree ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit.tree FORCE ROW LEVEL SECURITY;
CREATE POLICY all_of_it ON audit.tree FOR SELECT TO sspf_sequencer, sspf_backup USING (true);
CREATE POLICY plant ON audit.tree FOR INSERT TO sspf_sequencer WITH CHECK (true);
CREATE POLICY grow ON audit.tree FOR UPDATE TO sspf_sequencer USING (true);
GRANT SELECT, INSERT, UPDATE ON audit.tree TO sspf_sequencer;
GRANT SELECT ON audit.tree TO sspf_backup;

-- Holds nothing of any partition: when the sequencer last lived, and how much waits.
GRANT SELECT, INSERT, UPDATE ON audit.sequencer_status TO sspf_sequencer;
GRANT SELECT ON audit.sequencer_status TO sspf_web, sspf_worker, sspf_backup;

ALTER TABLE audit.verification_request ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit.verification_request FORCE ROW LEVEL SECURITY;
CREATE POLICY ask ON audit.verification_request FOR INSERT TO sspf_web, sspf_worker
    WITH CHECK (municipality_id = current_setting('sspf.municipality')::uuid);
CREATE POLICY all_of_it ON audit.verification_request FOR SELECT TO sspf_sequencer, sspf_backup USING (true);
CREATE POLICY consume ON audit.verification_request FOR DELETE TO sspf_sequencer USING (true);
GRANT INSERT ON audit.verification_request TO sspf_web, sspf_worker;
GRANT SELECT, DELETE ON audit.verification_request TO sspf_sequencer;
GRANT SELECT ON audit.verification_request TO sspf_backup;

CREATE POLICY own ON audit.verification FOR SELECT TO sspf_web, sspf_worker
    USING (municipality_id = current_setting('sspf.municipality')::uuid);
CREATE POLICY all_of_it ON audit.verification FOR SELECT TO sspf_sequencer, sspf_backup USING (true);
CREATE POLICY append ON audit.verification FOR INSERT TO sspf_sequencer WITH CHECK (true);
GRANT SELECT ON audit.verification TO sspf_web, sspf_worker, sspf_backup;
GRANT SELECT, INSERT ON audit.verification TO sspf_sequencer;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.RunSQL(EVENT),
        migrations.RunSQL(QUEUE_AND_TREE),
        migrations.RunSQL(APPEND_ONLY),
        migrations.RunSQL(PARTITIONS),
        migrations.RunSQL(RIGHTS),
        migrations.CreateModel(
            name="AuditEvent",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("occurred_at", models.DateTimeField()),
                ("municipality_id", models.UUIDField()),
                ("agency_id", models.UUIDField()),
                ("unit_id", models.UUIDField(null=True)),
                ("actor_user_id", models.UUIDField(null=True)),
                ("actor_membership_id", models.UUIDField(null=True)),
                ("actor_name", models.TextField()),
                ("actor_role", models.TextField()),
                ("action", models.TextField()),
                ("object_type", models.TextField()),
                ("object_id", models.UUIDField(null=True)),
                ("case_id", models.UUIDField(null=True)),
                ("case_number", models.TextField()),
                (
                    "field_groups",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), size=None
                    ),
                ),
                ("relation", models.TextField()),
                ("basis", models.TextField()),
                ("purpose", models.TextField()),
                ("outcome", models.TextField()),
                ("request_id", models.UUIDField()),
                ("detail_hash", models.BinaryField(null=True)),
                ("v", models.SmallIntegerField()),
                ("leaf_hash", models.BinaryField()),
            ],
            options={"db_table": '"audit"."event"', "managed": False},
        ),
    ]
