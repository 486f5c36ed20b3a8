"""Rotation of keys: who does it, where it has got to, and tombstones of what has been replaced (design D7, D10)."""

from django.db import migrations, models

# A key that another has replaced is destroyed like a data key: the row stays, empty, and stays so.
TOMBSTONES = """
ALTER TABLE keys.municipality_key ALTER wrapped DROP NOT NULL, ADD destroyed_at timestamptz,
    ADD CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL));
ALTER TABLE keys.platform_key ALTER wrapped DROP NOT NULL, ADD destroyed_at timestamptz,
    ADD CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL));

CREATE TRIGGER stays_destroyed BEFORE UPDATE ON keys.municipality_key
    FOR EACH ROW EXECUTE FUNCTION keys.stays_destroyed();
ALTER TABLE keys.municipality_key ENABLE ALWAYS TRIGGER stays_destroyed;
CREATE TRIGGER stays_destroyed BEFORE UPDATE ON keys.platform_key
    FOR EACH ROW EXECUTE FUNCTION keys.stays_destroyed();
ALTER TABLE keys.platform_key ENABLE ALWAYS TRIGGER stays_destroyed;
"""

# Holds nothing of anybody: which kind of key, where, how far. The zero uuid stands for the platform, and
# for all agencies of a municipality.
PROGRESS = """
CREATE TABLE keys.rotation (
    id              uuid PRIMARY KEY,
    kind            text NOT NULL CHECK (kind IN ('master', 'municipality', 'data', 'index', 'platform')),
    municipality_id uuid NOT NULL,
    agency_id       uuid NOT NULL,
    phase           text NOT NULL CHECK (phase IN ('publish', 'settle', 'work', 'settle_again', 'destroy', 'done')),
    position        text NOT NULL DEFAULT '',
    done            bigint NOT NULL DEFAULT 0,
    total           bigint NOT NULL DEFAULT 0,
    kept            bigint NOT NULL DEFAULT 0,
    started_at      timestamptz NOT NULL DEFAULT now(),
    moved_at        timestamptz NOT NULL DEFAULT now(),
    CHECK (phase = 'done' OR kept = 0)
);
CREATE UNIQUE INDEX one_at_a_time ON keys.rotation (kind, municipality_id, agency_id) WHERE phase <> 'done';
"""

# The rotator handles keys of a whole municipality, and content one agency at a time
# (access.partition_sql.rotatable). Nobody else is given anything.
RIGHTS = """
GRANT USAGE ON SCHEMA keys TO sspf_rotator;

CREATE POLICY rotate ON keys.municipality_key TO sspf_rotator
    USING (municipality_id = current_setting('sspf.municipality')::uuid)
    WITH CHECK (municipality_id = current_setting('sspf.municipality')::uuid);
GRANT SELECT, INSERT, UPDATE (provider, wrapped, destroyed_at) ON keys.municipality_key TO sspf_rotator;

CREATE POLICY rotate ON keys.data_key TO sspf_rotator
    USING (municipality_id = current_setting('sspf.municipality')::uuid)
    WITH CHECK (municipality_id = current_setting('sspf.municipality')::uuid);
GRANT SELECT, INSERT, UPDATE (municipality_key_id, wrapped, destroyed_at) ON keys.data_key TO sspf_rotator;

GRANT SELECT, INSERT, UPDATE (provider, wrapped, destroyed_at) ON keys.platform_key TO sspf_rotator;

GRANT SELECT, INSERT, UPDATE ON keys.rotation TO sspf_rotator;
GRANT SELECT ON keys.rotation TO sspf_backup;
"""


class Migration(migrations.Migration):
    dependencies = [("crypto", "0001_initial")]
    operations = [
        migrations.RunSQL(TOMBSTONES),
        migrations.RunSQL(PROGRESS),
        migrations.RunSQL(RIGHTS),
        # The tables are SQL's; this tells the state of the models what they hold.
        migrations.AddField("municipalitykey", "destroyed_at", models.DateTimeField(null=True)),
        migrations.AlterField("municipalitykey", "wrapped", models.BinaryField(null=True)),
        migrations.AddField("platformkey", "destroyed_at", models.DateTimeField(null=True)),
        migrations.AlterField("platformkey", "wrapped", models.BinaryField(null=True)),
    ]
