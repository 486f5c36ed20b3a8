"""Joint interventions: groups and areas, two agencies or more, never a person (domain S19)."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.utils import timezone

from access.request_transaction import work
from reminders.models import Deadline
from safety.models import Intervention, InterventionTask
from safety.rules.person_words import PointsOutAPerson, has_identity_number, possible_names
from safety.services.intervention_task import OthersTask, add_task, report_task
from tests.cast import Cast
from tests.safety.steps import POLICE, SAFETY, intervention, intervention_fields, task

# Skatteverket's published test numbers, written in many ways.
NUMBERS = [
    "20080412-2380", "200804122380", "080412-2380", "0804122380", "080412+2380", "2008 04 12 23 80",
    "08.04.12.2380", "2008-04-12-2380", "080066-2397", "20080077 2386", "0 8 0 4 1 2 2 3 8 0", "0804\u200b12-2380",
    "２００８0412-2380", "kom 080412\u00a02380 hit",
]  # fmt: skip
FINE = [
    "fredag 2026-11-20–2026-11-21",
    "möte 2026-11-21 18.00",
    "ring 0511-320 00 eller 114 14",
    "v. 47, kl. 18–22",
]


def id_of(page: str) -> UUID:
    return UUID(page.strip("/").rsplit("/", 1)[-1])


@pytest.mark.parametrize("number", NUMBERS)
def test_every_way_to_write_a_number_of_a_person_is_known(number: str):
    assert has_identity_number(f"Se till {number} i centrum")


@pytest.mark.parametrize("text", FINE)
def test_days_times_and_telephone_numbers_are_let_through(text: str):
    assert not has_identity_number(text)


@pytest.mark.parametrize("field", ["what", "where"])
def test_a_number_of_a_person_is_stopped_at_its_field_and_nothing_is_stored(cast: Cast, field: str):
    fields = intervention_fields(cast, **{field: "Håll koll på 080412-2380 vid torget"})
    answer = cast.client(SAFETY).post("/insatser/ny/", fields)
    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in answer.content.decode()
    with work(cast.actor(SAFETY)):
        assert not Intervention.objects.exists()


def test_a_number_is_stopped_in_tasks_and_reports_too(cast: Cast):
    page = intervention(cast)
    assert task(cast, page, POLICE, what="Tala med 080412-2380").status_code == 422
    assert task(cast, page, POLICE).status_code == 302
    with work(cast.actor(SAFETY)):
        made = InterventionTask.objects.get()
    answer = cast.client(POLICE).post(
        f"/insatser/uppgift/{made.id}/",
        {"status": "done", "result": "Talade med 20080412 2380", "seen_version": "1"},
    )
    assert answer.status_code == 422
    assert 'id="id_result_error"' in answer.content.decode()


def test_the_service_stops_a_number_even_without_the_form(cast: Cast):
    page = intervention(cast)
    actor = cast.actor(SAFETY)
    with work(actor), pytest.raises(PointsOutAPerson):
        add_task(
            actor=actor,
            intervention=Intervention.objects.get(pk=id_of(page)),
            responsible=cast.membership(POLICE),
            what="Tala med 0804122380",
            due_on=timezone.localdate(),
        )


def test_what_looks_like_a_name_is_asked_about_and_can_be_confirmed(cast: Cast):
    client = cast.client(SAFETY)
    fields = intervention_fields(cast, what="Tala med Nils Persson vid Café Kanel")
    answer = client.post("/insatser/ny/", fields)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Är det här namnet på en person?" in page
    assert "Tala med Nils Persson vid Café Kanel" in page
    only_one = client.post("/insatser/ny/", fields | {"not_persons": ["Café Kanel"]})
    assert only_one.status_code == 422
    harmless = intervention_fields(
        cast, what="Ljus och musik vid Café Kanel", not_persons=["Café Kanel"]
    )
    assert client.post("/insatser/ny/", harmless).status_code == 302


def test_the_municipalitys_own_words_are_no_names():
    assert possible_names("Vi möts vid Björkskolan Östra och i Skara Centrum") == ()
    assert possible_names("Polisen Nils Persson") == ("Nils Persson",)
    assert possible_names("Navet Kvällstid", known={"navet"}) == ()


def test_no_form_has_a_place_for_a_person(cast: Cast):
    client = cast.client(SAFETY)
    page = intervention(cast)
    for address in ("/insatser/ny/", f"{page}uppgift/", f"{page}andra/"):
        shown = client.get(address).content.decode()
        for word in ('name="person', 'name="name"', 'name="number"', "Personnummer</label>"):
            assert word not in shown


def test_the_deadline_reaches_the_responsible_person_in_each_agency(cast: Cast):
    page = intervention(cast)
    today = timezone.localdate().isoformat()
    assert task(cast, page, POLICE, due_on=today).status_code == 302
    assert (
        task(cast, page, "fritidsledare", what="Öppet till midnatt", due_on=today).status_code
        == 302
    )
    for who in (POLICE, "fritidsledare"):
        actor = cast.actor(who, code="1495")
        with work(actor):
            mine = Deadline.objects.get(kind="task_due", state="open")
            assert mine.responsible_membership_id == actor.membership_id
            assert mine.label.startswith("GI")
            assert mine.reminders.exists()
        assert "Gör klart din uppgift" in cast.client(who, code="1495").get("/").content.decode()
    with work(cast.actor(SAFETY)):
        assert not Deadline.objects.exists()


def test_a_task_that_is_done_ends_its_reminders_and_only_its_agency_says_so(cast: Cast):
    page = intervention(cast)
    task(cast, page, POLICE)
    police = cast.actor(POLICE, code="1495")
    with work(police):
        made = InterventionTask.objects.get()
    address = f"/insatser/uppgift/{made.id}/"
    done = {"status": "done", "result": "Gick förbi sex gånger", "seen_version": "1"}
    refused = cast.client(SAFETY).post(address, done)
    assert refused.status_code == 409
    assert "Gick förbi sex gånger" in refused.content.decode()
    assert cast.client(POLICE, code="1495").post(address, done).status_code == 302
    with work(police):
        assert InterventionTask.objects.get().status == "done"
        assert Deadline.objects.get(subject_id=made.id).state == "done"
    assert "Gick förbi sex gånger" in cast.client(SAFETY).get(page).content.decode()


def test_the_service_lets_no_other_agency_report(cast: Cast):
    page = intervention(cast)
    task(cast, page, POLICE)
    actor = cast.actor("fritidsledare")
    from access import door
    from safety.models import TaskStatus

    with work(actor):
        row = door.visible(actor, InterventionTask).get()
        with pytest.raises(OthersTask):
            report_task(actor=actor, task=row, status=TaskStatus.DONE, result="", seen_version=1)


def test_it_starts_only_with_two_agencies_and_ends_only_when_everybody_has_answered(cast: Cast):
    page = intervention(cast)
    client = cast.client(SAFETY)
    going = intervention_fields(cast, state="ongoing", result="", seen_version="1")
    task(cast, page, POLICE)
    assert client.post(f"{page}andra/", going).status_code == 422
    task(cast, page, "fritidsledare")
    assert client.post(f"{page}andra/", going).status_code == 302
    ended = client.post(
        f"{page}andra/", going | {"state": "done", "seen_version": "2", "result": "Lugnare"}
    )
    assert ended.status_code == 422
    assert "2 uppgifter är inte klara" in ended.content.decode()
    assert "Lugnare" in ended.content.decode()


def test_two_who_change_it_at_once_lose_nothing(cast: Cast):
    page = intervention(cast)
    first = intervention_fields(cast, state="planned", result="", seen_version="1")
    assert cast.client(SAFETY).post(f"{page}andra/", first).status_code == 302
    second = cast.client("koordinator").post(f"{page}andra/", first | {"what": "Min egen text"})
    assert second.status_code == 409
    assert "Min egen text" in second.content.decode()


def test_every_agency_of_the_municipality_reads_it_and_no_other_municipality(cast: Cast):
    page = intervention(cast)
    for who in (POLICE, "fritidsledare", "rektor", "socialsekreterare", "chef", "koordinator"):
        assert cast.client(who, code="1495").get(page).status_code == 200, who
    assert cast.client(POLICE, code="1471").get(page).status_code == 404
    assert cast.client("essunga-koordinator").get(page).status_code == 404
    for who in ("larare", "logggranskare", "administrator", "kurator"):
        assert cast.client(who).get(page).status_code == 404, who
    with work(cast.actor("essunga-koordinator")):
        assert not Intervention.objects.exists()


def test_safety_points_at_nothing_in_cases():
    from django.apps import apps

    for model in apps.get_app_config("safety").get_models():
        for field in model._meta.get_fields():
            target = field.related_model
            if target is not None:
                assert target._meta.app_label in {"safety", "access"}, (
                    f"{model.__name__}.{field.name}"
                )
