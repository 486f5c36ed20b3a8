"""Draft → approved by both parties → published; the public reads frozen snapshots and nothing else."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from django.utils import timezone

from access.request_transaction import work
from reminders.models import Deadline
from safety.models import Activity, Pledge, Promise, Publication
from safety.services import approval
from safety.services.public import published_pledge
from tests.cast import Cast
from tests.safety.steps import (
    POLICE,
    SAFETY,
    TEXT,
    activity_fields,
    approved,
    imported,
    published,
    review_fields,
    version_on,
)

PUBLIC = "/medborgarlofte/1495/2026/"


def pledge_id(page: str) -> UUID:
    return UUID(page.strip("/").rsplit("/", 1)[-1])


def test_both_parties_approve_before_anything_is_published(cast: Cast):
    page = imported(cast.client(SAFETY))
    client = cast.client(SAFETY)
    fields = {"seen_version": version_on(client, page), "next_follow_up_on": "2099-06-30"}
    assert client.post(f"{page}publicera/", fields).status_code == 409
    client.post(f"{page}godkann/", {"seen_version": fields["seen_version"]})
    assert client.post(f"{page}publicera/", fields).status_code == 409
    police = cast.client(POLICE)
    assert (
        police.post(f"{page}godkann/", {"seen_version": fields["seen_version"]}).status_code == 302
    )
    assert Client().get(PUBLIC).status_code == 404
    assert client.post(f"{page}publicera/", fields).status_code == 302
    public = Client().get(PUBLIC)
    assert public.status_code == 200
    assert "Ingen uppföljning publicerad än. Nästa: 30 juni 2099." in public.content.decode()


def test_the_police_cannot_publish_and_others_cannot_approve(cast: Cast):
    page = imported(cast.client(SAFETY))
    approved(cast, page)
    assert cast.client(POLICE).post(f"{page}publicera/", {}).status_code == 404
    for who in ("koordinator", "chef", "fritidsledare", "registrator"):
        assert cast.client(who).post(f"{page}godkann/", {"seen_version": "1"}).status_code == 404


def test_one_person_cannot_approve_for_both_parties(cast: Cast):
    page = imported(cast.client(SAFETY))
    mine = cast.actor(SAFETY)
    from access.models import Agency, Membership, Unit

    police = Agency.objects.get(municipality_id=mine.municipality_id, kind="police")
    today = timezone.localdate()
    Membership.objects.create(
        user_id=mine.user, municipality_id=mine.municipality_id, agency=police,
        unit=Unit.objects.filter(agency=police)[0], role="police_officer", starts_on=today, ends_on=today,
    )  # fmt: skip
    client = cast.client(SAFETY)
    assert client.post(f"{page}godkann/", {"seen_version": "1"}).status_code == 302
    other_hat = cast.client(SAFETY, role="police_officer")
    assert "Godkänn för polisen" not in other_hat.get(page).content.decode()
    answer = other_hat.post(f"{page}godkann/", {"seen_version": "1"})
    assert answer.status_code == 409
    assert "Någon annan än du" in answer.content.decode()
    with work(mine):
        assert Pledge.objects.get(pk=pledge_id(page)).state == "draft"


def test_a_change_makes_earlier_approvals_count_for_nothing(cast: Cast):
    page = imported(cast.client(SAFETY))
    approved(cast, page)
    client = cast.client(SAFETY)
    added = client.post(
        f"{page}aktivitet/", activity_fields(cast) | {"seen_version": version_on(client, page)}
    )
    assert added.status_code == 302, added.content.decode()
    with work(cast.actor(SAFETY)):
        pledge = Pledge.objects.get(pk=pledge_id(page))
        assert pledge.state == "draft"
        assert approval.standing_approvals(pledge) == {}


def test_approving_what_has_changed_since_is_told_and_does_nothing(cast: Cast):
    page = imported(cast.client(SAFETY))
    client = cast.client(SAFETY)
    client.post(f"{page}aktivitet/", activity_fields(cast) | {"seen_version": "1"})
    answer = cast.client(POLICE).post(f"{page}godkann/", {"seen_version": "1"})
    assert answer.status_code == 409
    assert "Någon har ändrat medborgarlöftet" in answer.content.decode()


def test_the_public_page_shows_promises_by_promiser_with_activities_and_who_is_responsible(
    cast: Cast,
):
    page = imported(cast.client(SAFETY))
    client = cast.client(SAFETY)
    with work(cast.actor(SAFETY)):
        promise = Promise.objects.get(pledge_id=pledge_id(page), text__startswith="Att hålla")
    client.post(
        f"{page}aktivitet/",
        activity_fields(cast, promise=str(promise.id)) | {"seen_version": "1"},
    )
    with work(cast.actor(SAFETY)):
        activity = Activity.objects.get()
    client.post(
        f"/medborgarloften/aktivitet/{activity.id}/uppfoljning/",
        {"text": "Lampan lagad 14 maj", "noted_on": "2026-05-14", "seen_version": "2"},
    )
    published(cast, page)
    public = Client().get(PUBLIC).content.decode()
    assert (
        public.index("Kommunen lovar")
        < public.index("Att hålla orossamtal")
        < public.index("Polisen lovar")
    )
    for shown in (
        "Trygghetsenheten",
        "Pågår",
        "14 maj 2026: Lampan lagad 14 maj",
        "Trygghet i centrum",
    ):
        assert shown in public
    assert "Nu kör vi så det ryker" not in public
    assert cast.actor(SAFETY).name not in public
    assert cast.actor(POLICE).name not in public


def test_what_is_published_never_changes_and_drafts_do_not_show(cast: Cast):
    page = imported(cast.client(SAFETY))
    published(cast, page)
    before = Client().get(PUBLIC).content.decode()
    client = cast.client(SAFETY)
    client.post(
        f"{page}aktivitet/",
        activity_fields(cast, what="Något nytt")
        | {"seen_version": version_on(client, f"{page}granska/")},
    )
    assert "Något nytt" in client.get(page).content.decode()
    assert "Något nytt" not in Client().get(PUBLIC).content.decode()
    published(cast, page)
    assert "Något nytt" in Client().get(PUBLIC).content.decode()
    with work(cast.actor(SAFETY)):
        first, second = Publication.objects.order_by("published_at")
        assert "Något nytt" not in str(first.snapshot)
        assert "Något nytt" in str(second.snapshot)
        with pytest.raises(ProgrammingError), transaction.atomic():
            Publication.objects.update(year=2025)
    assert before.count("Att laga lampor") == 1


def test_the_public_reader_sees_published_snapshots_and_no_agency_of_its_own(cast: Cast):
    page = imported(cast.client(SAFETY))
    published(cast, page)
    with work(None):
        found = published_pledge(code="1495", year=2026)
        assert found is not None
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_setting('sspf.municipality'), current_setting('sspf.agency')"
            )
            nobody = str(UUID(int=0))
            assert cursor.fetchone() == (nobody, nobody)
        assert not Publication.objects.exists()
        assert published_pledge(code="1445", year=2026) is None
        assert published_pledge(code="0000", year=2026) is None


def test_the_public_list_has_every_published_year_and_no_draft(cast: Cast):
    client = cast.client(SAFETY)
    assert (
        "Inget medborgarlöfte är publicerat än"
        in Client().get("/medborgarlofte/1495/").content.decode()
    )
    published(cast, imported(client))
    imported(client, TEXT.replace("2026", "2027"))
    listed = Client().get("/medborgarlofte/1495/").content.decode()
    assert PUBLIC in listed
    assert "/medborgarlofte/1495/2027/" not in listed
    assert Client().get("/medborgarlofte/1495/2027/").status_code == 404
    assert Client().get("/medborgarlofte/0000/").status_code == 404


def test_a_public_page_is_kept_by_the_browser_only_when_nobody_is_signed_in(cast: Cast):
    published(cast, imported(cast.client(SAFETY)))
    assert Client().get(PUBLIC)["Cache-Control"] == "private, max-age=60"
    assert cast.client("larare").get(PUBLIC)["Cache-Control"] == "no-store"


def test_the_one_who_publishes_is_reminded_of_the_next_follow_up(cast: Cast):
    page = imported(cast.client(SAFETY))
    published(cast, page, next_follow_up_on="2099-06-30")
    with work(cast.actor(SAFETY)):
        deadline = Deadline.objects.get(subject_id=pledge_id(page), state="open")
        assert (deadline.kind, deadline.due_on.isoformat()) == ("task_due", "2099-06-30")


def test_two_pledges_of_one_year_cannot_both_be_published(cast: Cast):
    client = cast.client(SAFETY)
    published(cast, imported(client))
    second = imported(client)
    approved(cast, second)
    answer = client.post(
        f"{second}publicera/",
        {"seen_version": version_on(client, second), "next_follow_up_on": "2099-06-30"},
    )
    assert answer.status_code == 409
    assert "redan publicerat för det året" in answer.content.decode()


def test_the_day_of_the_next_follow_up_must_lie_ahead_and_the_error_is_at_the_field(cast: Cast):
    page = imported(cast.client(SAFETY))
    approved(cast, page)
    client = cast.client(SAFETY)
    answer = client.post(
        f"{page}publicera/",
        {"seen_version": version_on(client, page), "next_follow_up_on": "2020-01-01"},
    )
    assert answer.status_code == 422
    assert 'id="id_next_follow_up_on_error"' in answer.content.decode()
    assert 'value="2020-01-01"' in answer.content.decode()


def test_a_draft_can_be_taken_away_but_not_what_has_been_published(cast: Cast):
    client = cast.client(SAFETY)
    draft = imported(client)
    assert (
        client.post(f"{draft}granska/", {"act": "remove", "seen_version": "1"}).status_code == 302
    )
    assert client.get(draft).status_code == 404
    page = imported(client)
    published(cast, page)
    kept = client.post(
        f"{page}granska/", {"act": "remove", "seen_version": version_on(client, f"{page}granska/")}
    )
    assert kept.status_code == 409
    assert client.get(page).status_code == 200


def test_another_municipality_sees_nothing_of_it(cast: Cast):
    page = imported(cast.client(SAFETY))
    elsewhere = cast.client("essunga-koordinator", role="safety_coordinator")
    assert elsewhere.get(page).status_code == 404
    assert page not in elsewhere.get("/medborgarloften/").content.decode()
    with work(cast.actor("essunga-koordinator", role="safety_coordinator")):
        assert not Pledge.objects.exists()
        assert not Promise.objects.exists()


def test_the_second_of_two_who_save_at_once_is_told_and_keeps_the_text(cast: Cast):
    page = imported(cast.client(SAFETY))
    first, second = cast.client(SAFETY), cast.client(SAFETY)
    assert (
        first.post(f"{page}aktivitet/", activity_fields(cast) | {"seen_version": "1"}).status_code
        == 302
    )
    mine = activity_fields(cast, what="Det jag skrev samtidigt") | {"seen_version": "1"}
    answer = second.post(f"{page}aktivitet/", mine)
    shown = answer.content.decode()
    assert answer.status_code == 409
    assert "Någon annan har sparat" in shown
    assert "Det jag skrev samtidigt" in shown
    assert 'name="seen_version" value="2"' in shown
    with work(cast.actor(SAFETY)):
        assert Activity.objects.count() == 1


def test_a_review_saved_second_is_told_keeps_the_text_and_can_be_saved_on_top(cast: Cast):
    page = imported(cast.client(SAFETY))
    client = cast.client(SAFETY)
    fields = review_fields(client.get(f"{page}granska/").content.decode())
    client.post(f"{page}aktivitet/", activity_fields(cast) | {"seen_version": "1"})
    told = client.post(f"{page}granska/", fields | {"p0_text": "Att skriva om löftet."})
    assert told.status_code == 409
    again = review_fields(told.content.decode())
    assert again["p0_text"] == "Att skriva om löftet."
    assert client.post(f"{page}granska/", again).status_code == 302
    with work(cast.actor(SAFETY)):
        assert Promise.objects.filter(
            text="Att skriva om löftet.", pledge_id=pledge_id(page)
        ).exists()
        assert Promise.objects.filter(pledge_id=pledge_id(page)).count() == 4
        assert Activity.objects.filter(pledge_id=pledge_id(page)).count() == 1


def test_the_other_partys_first_page_tells_that_a_pledge_waits_for_it(cast: Cast):
    page = imported(cast.client(SAFETY))
    assert page not in cast.client(POLICE, code="1495").get("/").content.decode()
    cast.client(SAFETY).post(f"{page}godkann/", {"seen_version": "1"})
    assert page in cast.client(POLICE, code="1495").get("/").content.decode()
    assert page not in cast.client("koordinator").get("/").content.decode()
