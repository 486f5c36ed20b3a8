"""What `manage.py rotate` may touch in this room: the directory, second factors, and what is sealed here."""

from django.db import migrations

from access.partition_sql import rotatable

RIGHTS = """
GRANT SELECT (id, code, name) ON access_municipality TO sspf_rotator;
GRANT SELECT (id, municipality_id, name) ON access_agency TO sspf_rotator;
GRANT SELECT (id, type, data), UPDATE (data) ON mfa_authenticator TO sspf_rotator;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0005_watched"),
        ("crypto", "0002_rotation"),
        ("audit", "0003_rotator"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]
    operations = [
        migrations.RunSQL(RIGHTS, migrations.RunSQL.noop),
        rotatable("access_heldform", "payload"),
        rotatable("access_logreviewitem", "note"),
    ]
