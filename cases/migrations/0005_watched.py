"""Every table of cases is watched, except drafts: each save is a row and a key of its own."""

from django.db import migrations

from audit.change_sql import note_what_is_there, watch_table

# Table → its sealed columns, and all the others.
WATCHED = {
    "cases_person": (
        "name birth_date",
        "id municipality_id agency_id protection merged_into_id created_at",
    ),
    "cases_personidentifier": (
        "value",
        "id municipality_id agency_id person_id kind index starts_at ends_at",
    ),
    "cases_matchtask": (
        "",
        "id municipality_id agency_id newer_id known_id created_at settled_at same",
    ),
    "cases_case": (
        "",
        "id municipality_id agency_id number person_id stage opened_at closed_at close_reason version",
    ),
    "cases_assignment": (
        "",
        "id municipality_id agency_id case_id membership_id lead starts_on ends_on ended_at",
    ),
    "cases_concern": (
        "child seen place done guardians sender decision",
        "id municipality_id agency_id number received_at state by_phone basis basis_version answer_by decided_at decided_by_id case_id",
    ),
    "cases_concernreceipt": (
        "",
        "id municipality_id agency_id membership_id number sent_at settled_on",
    ),
    "cases_reportmade": (
        "received_by",
        "id municipality_id agency_id membership_id unit_id number made_at how",
    ),
    "cases_consent": (
        "signed_by not_shared",
        "id municipality_id agency_id case_id signed_on valid_from valid_to received_how",
    ),
    "cases_consentscope": (
        "",
        "id municipality_id agency_id consent_id covers_agency covers_name",
    ),
    "cases_consentevent": (
        "",
        "id municipality_id agency_id consent_id scope_id kind at channel recorded_by",
    ),
    "cases_conversation": (
        "place attended interpreter trigger preparation invitation opening mapping consequence agreed_youth agreed_guardians agreed_agency way_forward closing follow_up original_number",
        "id municipality_id agency_id case_id kind state invited_on invited_how planned_for reply replied_on held_on outcome next_on original author_id saved_by_id saved_at created_at finished_at version",
    ),
    "cases_conversationaddition": (
        "text",
        "id municipality_id agency_id conversation_id author_id written_at",
    ),
    "cases_summary": (
        "about body",
        "id municipality_id agency_id case_id consent_id to_agency to_agency_name to_unit to_unit_name until state author_id approved_by_id written_at approved_at version",
    ),
    "cases_summaryreader": (
        "",
        "id municipality_id agency_id summary_id reader_membership reader_name",
    ),
    "cases_disclosure": (
        "",
        "id municipality_id agency_id case_id summary_id consent_id what to_agency to_agency_name to_unit_name to_names basis basis_version decided_by_id decided_at until release_id",
    ),
    "cases_disclosureend": (
        "",
        "id municipality_id agency_id disclosure_id ended_at reason",
    ),
    "cases_release": (
        "about body",
        "id municipality_id agency_id from_agency_name released_by_name contact basis released_at until number",
    ),
    "cases_releasereader": (
        "",
        "id municipality_id agency_id release_id membership_id",
    ),
    "cases_releaseend": (
        "",
        "id municipality_id agency_id release_id ended_at",
    ),
    "cases_followup": (
        "how agreed",
        "id municipality_id agency_id case_id due_on responsible_id state held_at held_by_id created_at version",
    ),
}


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0002_row_changes"),
        ("cases", "0004_conversation_follow_up_partition"),
    ]
    operations = [
        *(
            watch_table(table, sealed=sealed.split(), plain=plain.split())
            for table, (sealed, plain) in WATCHED.items()
        ),
        note_what_is_there(*WATCHED),
    ]
