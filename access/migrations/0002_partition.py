"""Grants and row-level security: what the web and worker roles may touch, and where."""

from django.db import migrations

from access.partition_sql import open_table, partition_table

EVERYTHING = "SELECT, INSERT, UPDATE, DELETE"


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0001_initial"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("sessions", "0001_initial"),
    ]

    operations = [
        # References from partition tables to a membership name the partition too.
        migrations.RunSQL(
            "ALTER TABLE access_membership ADD CONSTRAINT access_membership_place"
            " UNIQUE (municipality_id, agency_id, id)",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(
            "CREATE TABLE access_throttle (cache_key varchar(255) PRIMARY KEY,"
            " value text NOT NULL, expires timestamptz NOT NULL);"
            "CREATE INDEX access_throttle_expires ON access_throttle (expires)",
            "DROP TABLE access_throttle",
        ),
        open_table("access_municipality"),
        open_table("access_agency"),
        open_table("access_unit"),
        open_table("access_user"),
        open_table("access_membership"),
        open_table("access_throttle", grants=EVERYTHING, private=True),
        open_table("account_emailaddress", grants=EVERYTHING),
        open_table("mfa_authenticator", grants=EVERYTHING),
        open_table("django_session", grants=EVERYTHING, private=True),
        open_table("django_content_type", grants="SELECT"),
        open_table("django_migrations", grants="SELECT"),
        migrations.RunSQL(
            "GRANT USAGE, SELECT ON SEQUENCE account_emailaddress_id_seq, mfa_authenticator_id_seq"
            " TO sspf_web",
            migrations.RunSQL.noop,
        ),
        partition_table(
            "access_heldform",
            grants="SELECT, INSERT, DELETE",
            references={"membership_id": "access_membership"},
        ),
    ]
