"""The schema "keys": who may read, write and destroy a key is said here and nowhere else (design D7, D10)."""

from django.db import migrations, models

TABLES = """
CREATE SCHEMA IF NOT EXISTS keys;
GRANT USAGE ON SCHEMA keys TO sspf_web, sspf_worker, sspf_backup;

CREATE TABLE keys.municipality_key (
    id              uuid PRIMARY KEY,
    municipality_id uuid NOT NULL,
    kind            text NOT NULL CHECK (kind IN ('wrap', 'index')),
    version         integer NOT NULL CHECK (version > 0),
    provider        text NOT NULL,
    wrapped         bytea NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    UNIQUE (municipality_id, kind, version),
    UNIQUE (municipality_id, id)
);

CREATE TABLE keys.data_key (
    id                  uuid PRIMARY KEY,
    municipality_id     uuid NOT NULL,
    agency_id           uuid NOT NULL,
    scope               text NOT NULL,
    scope_id            uuid NOT NULL,
    version             integer NOT NULL CHECK (version > 0),
    municipality_key_id uuid NOT NULL,
    wrapped             bytea,
    created_at          timestamptz NOT NULL DEFAULT now(),
    destroyed_at        timestamptz,
    CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL)),
    UNIQUE (municipality_id, agency_id, scope, scope_id, version),
    FOREIGN KEY (municipality_id, municipality_key_id) REFERENCES keys.municipality_key (municipality_id, id)
);

CREATE TABLE keys.platform_key (
    id         uuid PRIMARY KEY,
    version    integer NOT NULL UNIQUE CHECK (version > 0),
    provider   text NOT NULL,
    wrapped    bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
"""

# A destroyed key must not come back by an UPDATE, whoever writes it.
TOMBSTONE = """
CREATE FUNCTION keys.stays_destroyed() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.destroyed_at IS NOT NULL THEN
        RAISE EXCEPTION 'a destroyed key stays destroyed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER stays_destroyed BEFORE UPDATE ON keys.data_key
    FOR EACH ROW EXECUTE FUNCTION keys.stays_destroyed();
ALTER TABLE keys.data_key ENABLE ALWAYS TRIGGER stays_destroyed;
"""

# The platform key belongs to no partition: second factors are opened before one is chosen.
RIGHTS = """
ALTER TABLE keys.municipality_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE keys.municipality_key FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON keys.municipality_key FOR SELECT TO sspf_web, sspf_worker
    USING (municipality_id = current_setting('sspf.municipality')::uuid);
CREATE POLICY first_use ON keys.municipality_key FOR INSERT TO sspf_web, sspf_worker
    WITH CHECK (municipality_id = current_setting('sspf.municipality')::uuid);
CREATE POLICY backup ON keys.municipality_key FOR SELECT TO sspf_backup USING (true);
GRANT SELECT, INSERT ON keys.municipality_key TO sspf_web, sspf_worker;

ALTER TABLE keys.data_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE keys.data_key FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON keys.data_key FOR SELECT TO sspf_web, sspf_worker
    USING (municipality_id = current_setting('sspf.municipality')::uuid
           AND agency_id = current_setting('sspf.agency')::uuid);
CREATE POLICY drop_box ON keys.data_key FOR INSERT TO sspf_web, sspf_worker
    WITH CHECK (municipality_id = current_setting('sspf.municipality')::uuid);
CREATE POLICY destroy_own ON keys.data_key FOR UPDATE TO sspf_web, sspf_worker
    USING (municipality_id = current_setting('sspf.municipality')::uuid
           AND agency_id = current_setting('sspf.agency')::uuid)
    WITH CHECK (municipality_id = current_setting('sspf.municipality')::uuid
                AND agency_id = current_setting('sspf.agency')::uuid AND wrapped IS NULL);
CREATE POLICY backup ON keys.data_key FOR SELECT TO sspf_backup USING (true);
GRANT SELECT, INSERT, UPDATE (wrapped, destroyed_at) ON keys.data_key TO sspf_web, sspf_worker;

GRANT SELECT, INSERT ON keys.platform_key TO sspf_web, sspf_worker;

GRANT SELECT ON keys.municipality_key, keys.data_key, keys.platform_key TO sspf_backup;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.RunSQL(TABLES),
        migrations.RunSQL(TOMBSTONE),
        migrations.RunSQL(RIGHTS),
        migrations.CreateModel(
            name="DataKeyRow",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("municipality_id", models.UUIDField()),
                ("agency_id", models.UUIDField()),
                ("scope", models.TextField()),
                ("scope_id", models.UUIDField()),
                ("version", models.IntegerField()),
                ("municipality_key_id", models.UUIDField()),
                ("wrapped", models.BinaryField(null=True)),
                ("created_at", models.DateTimeField()),
                ("destroyed_at", models.DateTimeField(null=True)),
            ],
            options={"db_table": '"keys"."data_key"', "managed": False},
        ),
        migrations.CreateModel(
            name="MunicipalityKey",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("municipality_id", models.UUIDField()),
                ("kind", models.TextField()),
                ("version", models.IntegerField()),
                ("provider", models.TextField()),
                ("wrapped", models.BinaryField()),
                ("created_at", models.DateTimeField()),
            ],
            options={"db_table": '"keys"."municipality_key"', "managed": False},
        ),
        migrations.CreateModel(
            name="PlatformKey",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("version", models.IntegerField()),
                ("provider", models.TextField()),
                ("wrapped", models.BinaryField()),
                ("created_at", models.DateTimeField()),
            ],
            options={"db_table": '"keys"."platform_key"', "managed": False},
        ),
    ]
