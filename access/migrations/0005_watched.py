"""Memberships decide who may see, the log review who has looked: every change of them is noted."""

from django.db import migrations

from audit.change_sql import note_what_is_there, watch_table

# Table → its sealed columns, and all the others.
WATCHED = {
    "access_membership": (
        "",
        "id user_id municipality_id agency_id unit_id role starts_on ends_on",
    ),
    "access_logreview": (
        "",
        "id municipality_id agency_id month checkpoint_size checkpoint_root checkpoint_at events drawn_at signed_by_id signed_at",
    ),
    "access_logreviewitem": (
        "note",
        "id municipality_id agency_id review_id place event_id about_user verdict decided_by_id decided_by_user decided_at version",
    ),
}


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0002_row_changes"),
        ("access", "0004_throttle_json"),
    ]
    operations = [
        *(
            watch_table(table, sealed=sealed.split(), plain=plain.split())
            for table, (sealed, plain) in WATCHED.items()
        ),
        note_what_is_there(*WATCHED),
    ]
