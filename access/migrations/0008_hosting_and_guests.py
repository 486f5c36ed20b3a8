"""The basis on which an agency outside social services may host; memberships that end at once; guest approvers."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0007_whole_dumps"),
    ]

    operations = [
        migrations.AddField(
            model_name="agency",
            name="hosting_added_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="agency",
            name="hosting_added_by",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="agency",
            name="hosting_dated",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="agency",
            name="hosting_kind",
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AddField(
            model_name="agency",
            name="hosting_reference",
            field=models.CharField(blank=True, max_length=160),
        ),
        migrations.AddField(
            model_name="membership",
            name="ended_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name="membership",
            name="role",
            field=models.CharField(
                choices=[
                    ("teacher", "Lärare"),
                    ("principal", "Rektor"),
                    ("school_counsellor", "Skolkurator"),
                    ("school_nurse", "Skolsköterska"),
                    ("social_worker", "Socialsekreterare"),
                    ("coordinator", "SSPF-koordinator"),
                    ("police_officer", "Kommunpolis"),
                    ("youth_worker", "Fritidsledare"),
                    ("manager", "Enhetschef"),
                    ("log_reviewer", "Logggranskare"),
                    ("registrar", "Registrator"),
                    ("safety_coordinator", "Trygghetssamordnare"),
                    ("administrator", "Systemadministratör"),
                    ("approver", "Utsedd beslutsfattare"),
                ],
                max_length=30,
            ),
        ),
    ]
