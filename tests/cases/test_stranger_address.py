"""An address in a text about somebody whom nobody looks up: it is stopped, and stands only if the writer says so."""

from __future__ import annotations

from access.request_transaction import set_partition
from cases.models import FeedbackRequest, PoliceRequest
from tests.cases import report_steps
from tests.cases import request_steps as steps
from tests.cases.hard_steps import ADDRESS
from tests.cast import Cast

STAYS = {"address_stays": "on"}
SEEN = f"Rad 1 ser ut som en adress: ”{ADDRESS}”"


def test_the_police_are_asked_whether_the_address_is_to_stand(cast: Cast) -> None:
    officer = cast.client("polis", code="1495")
    fields = steps.fields(cast, "school", about=f"Love Sandgren, {ADDRESS}")
    stopped = officer.post(f"{steps.LIST}ny/", fields)
    assert stopped.status_code == 422
    page = stopped.content.decode()
    assert SEEN in page
    assert 'name="address_stays"' in page
    assert f"Love Sandgren, {ADDRESS}" in page
    set_partition(cast.actor("rektor"))
    assert not PoliceRequest.objects.exists()
    assert officer.post(f"{steps.LIST}ny/", fields | STAYS).status_code == 302
    set_partition(cast.actor("rektor"))
    assert PoliceRequest.objects.count() == 1


def test_who_passes_on_writes_the_officers_own_address_without_being_asked(cast: Cast) -> None:
    steps.pass_on(cast, "larare", "school", officer=f"Samir Ekdal, {ADDRESS}")


def test_an_answer_holds_an_address_only_where_contact_details_are_told(cast: Cast) -> None:
    steps.ask(cast, "school")
    principal = cast.client("rektor")
    question = steps.waiting_for(principal)
    told = f"Frånvarande tisdag. Bor hos en vän på {ADDRESS}."
    stopped = principal.post(question, steps.release(text_school=told))
    assert stopped.status_code == 422
    assert SEEN in stopped.content.decode()
    assert told in stopped.content.decode()
    refused = principal.post(question, steps.refuse(reason=f"Hen bor på {ADDRESS}."))
    assert refused.status_code == 422
    assert SEEN in refused.content.decode()
    assert principal.post(question, steps.release(text_school=told) | STAYS).status_code == 302
    steps.ask(cast, "school", kinds=["contact"], basis="UL_4")
    question = steps.waiting_for(principal)
    duty = steps.yes_no({"begaran": "yes", "synnerliga": "no"})
    contact = principal.post(question, steps.release(text_contact=f"{ADDRESS}, Skara.") | duty)
    assert contact.status_code == 302, contact.content.decode()


def test_a_question_for_feedback_holds_no_address_by_mistake(cast: Cast) -> None:
    teacher, worker = cast.client("larare"), cast.client("socialsekreterare")
    made = report_steps.note_made(teacher)
    page = f"{made}aterkoppling/"
    stopped = teacher.post(page, {"child": f"Nils, {ADDRESS}"})
    assert stopped.status_code == 422
    assert SEEN in stopped.content.decode()
    set_partition(cast.actor("socialsekreterare"))
    assert not FeedbackRequest.objects.exists()
    assert teacher.post(page, {"child": f"Nils, {ADDRESS}"} | STAYS).status_code == 302
    question = report_steps.question_of(worker)
    answer = {"act": "answer", "answer": "withheld", "seen_version": "0"}
    held = worker.post(question, answer | {"reason": f"Familjen bor på {ADDRESS}."})
    assert held.status_code == 422
    assert SEEN in held.content.decode()
