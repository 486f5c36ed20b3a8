"""The rotator notes what it does, like every process that changes something; it reads nothing of the log."""

from django.db import migrations

RIGHTS = """
GRANT USAGE ON SCHEMA audit TO sspf_rotator;
CREATE POLICY write_rotator ON audit.event FOR INSERT TO sspf_rotator
    WITH CHECK (municipality_id = ANY (ARRAY[current_setting('sspf.municipality')::uuid,
                                             '00000000-0000-0000-0000-000000000000'::uuid]));
GRANT INSERT ON audit.event TO sspf_rotator;
CREATE POLICY write_rotator ON audit.unsequenced FOR INSERT TO sspf_rotator
    WITH CHECK (municipality_id = ANY (ARRAY[current_setting('sspf.municipality')::uuid,
                                             '00000000-0000-0000-0000-000000000000'::uuid]));
GRANT INSERT (municipality_id, event_id, occurred_at, leaf_hash) ON audit.unsequenced TO sspf_rotator;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_row_changes"), ("audit", "0002_witnesses")]
    operations = [migrations.RunSQL(RIGHTS)]
