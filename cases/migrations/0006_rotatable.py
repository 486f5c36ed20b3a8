"""What is sealed about young people, column by column, as `manage.py rotate` may seal it anew."""

from django.db import migrations

from access.partition_sql import rotatable


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0006_rotatable"),
        ("cases", "0005_watched"),
    ]
    operations = [
        rotatable(
            "cases_concern", "child", "seen", "place", "done", "guardians", "sender", "decision"
        ),
        rotatable("cases_concerndraft", "payload"),
        rotatable("cases_consent", "signed_by", "not_shared"),
        rotatable(
            "cases_conversation",
            *(
                "place",
                "attended",
                "interpreter",
                "trigger",
                "preparation",
                "invitation",
                "opening",
            ),
            *("mapping", "consequence", "agreed_youth", "agreed_guardians", "agreed_agency"),
            *("way_forward", "closing", "follow_up", "original_number"),
        ),
        rotatable("cases_conversationaddition", "text"),
        rotatable("cases_conversationdraft", "payload"),
        rotatable("cases_followup", "how", "agreed"),
        rotatable("cases_person", "name", "birth_date"),
        rotatable("cases_personidentifier", "value", '"index"'),
        rotatable("cases_release", "about", "body"),
        rotatable("cases_reportmade", "received_by"),
        rotatable("cases_summary", "about", "body"),
    ]
