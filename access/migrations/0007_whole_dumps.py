"""The backup role reads every table, so that a dump is whole; of sessions and the throttle it sees no row."""

from django.db import migrations

from access.partition_sql import without_rows_in_backups

# Made by Django and allauth; unused, but a dump must hold every table there is.
UNUSED = "auth_group, auth_group_permissions, auth_permission, account_emailconfirmation"


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0006_rotatable"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.RunSQL(
            [
                f"GRANT SELECT ON {UNUSED} TO sspf_backup",
                "GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO sspf_backup",
                "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON SEQUENCES TO sspf_backup",
                *without_rows_in_backups("django_session"),
                *without_rows_in_backups("access_throttle"),
            ],
            migrations.RunSQL.noop,
        ),
    ]
