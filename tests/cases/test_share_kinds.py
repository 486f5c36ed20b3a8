"""Several kinds of information told at once: each is tested by itself, and becomes a proposal and a release of its own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from access import door
from access.models import Unit
from access.request_transaction import set_partition, work
from cases.models import Case, Channel, Disclosure, Release, Summary
from cases.rules.outside_receiver import outside
from cases.services.proposal import Proposal, SummaryText
from cases.services.protection import AddressInText
from cases.services.sharing import (
    Answer,
    DayNotBeen,
    NotInSystem,
    NotPossible,
    ShareRefused,
    unit_of,
)
from cases.services.summary import change_summary, propose, propose_all
from tests.cases import steps, talk_steps
from tests.cases.hard_steps import ADDRESS
from tests.cases.share_steps import decide, fields_to, send, text_of
from tests.cast import Cast

WITHIN = {"basis": "SAMTYCKE", "q_inom": "yes", "q_inom_note": "Det är det blanketten säger."}
NEEDED = {
    "basis": "UL_7",
    "q_behovs": "yes",
    "q_behovs_note": "Polisen frågade i dag.",
    "q_overvagande": "no",
    "q_overvagande_note": "Inget talar emot.",
}


@pytest.fixture
def case(cast: Cast) -> str:
    """Its consent covers the school for how school goes and for the plan, and nothing else."""
    page = talk_steps.opened(cast)
    unit = cast.membership("larare").unit_id
    steps.consent(cast.client("koordinator"), page, [unit], kinds={"school", "plan"})
    return page


def test_two_kinds_are_written_once_and_read_and_ended_each_by_itself(
    cast: Cast, case: str
) -> None:
    teacher = cast.membership("larare")
    fields = fields_to(teacher, kind=["school", "plan"]) | WITHIN
    fields |= {"body_school": "Frånvaron minskar.", "body_plan": "Mötet är den tredje."}
    worker, page = cast.client("socialsekreterare"), f"{case}dela/"
    preview = text_of(worker.post(page, fields | {"act": "preview"}))
    assert "Frånvaron minskar." in preview
    assert "Mötet är den tredje." in preview
    first = send(worker, page, fields)
    links = [f"/sammanfattning/{pk}/" for pk in _proposals(cast)]
    assert len(links) == 2
    assert first in links
    other = next(link for link in links if link != first)
    assert f'href="{other}"' in worker.get(first).content.decode()
    for link in links:
        assert decide(cast.client("chef"), link).status_code == 302
    received = text_of(cast.client("larare").get("/delat-med-oss/"))
    assert received.count("Sami, född 2007") == 2
    set_partition(cast.actor("larare"))
    assert set(Release.objects.values_list("kind", flat=True)) == {"school", "plan"}
    # One kind is taken back: only what rested on it ends.
    coordinator = cast.client("koordinator")
    back = steps.link_matching(coordinator, case, "/samtycke/[0-9a-f-]{36}/aterkalla/")
    taken = {"kinds": ["plan"], "channel": "phone", "act": "confirm"}
    assert coordinator.post(back, taken).status_code == 302
    left = text_of(cast.client("larare").get("/delat-med-oss/"))
    assert left.count("Sami, född 2007") == 1
    set_partition(cast.actor("chef"))
    assert Disclosure.objects.get(end__isnull=True).kind == "school"


def _proposals(cast: Cast) -> list[Any]:
    set_partition(cast.actor("chef"))
    return list(Summary.objects.values_list("pk", flat=True))


def test_the_kind_that_the_basis_does_not_cover_is_refused_with_the_reason(
    cast: Cast, case: str
) -> None:
    teacher = cast.membership("larare")
    fields = fields_to(teacher, kind=["school", "psychosocial"]) | WITHIN
    worker, page = cast.client("socialsekreterare"), f"{case}dela/"
    bases = text_of(worker.post(page, fields | {"act": "bases"}))
    assert "Gäller här bara: skolsituationen." in bases
    assert "Inte Elevhälsan, kurator och psykolog. Inget samtycke som gäller i dag" in bases
    told = text_of(worker.post(page, fields))
    assert "Du kan inte berätta om Elevhälsan, kurator och psykolog på den här grunden." in told
    send(worker, page, fields | {"body": "Frånvaron minskar."})
    set_partition(cast.actor("chef"))
    assert [one.kind for one in Summary.objects.all()] == ["school"]


def test_what_was_typed_stays_when_the_kinds_are_changed(cast: Cast, case: str) -> None:
    fields = fields_to(cast.membership("larare"), kind=["school", "plan"]) | WITHIN
    page = cast.client("socialsekreterare").post(f"{case}dela/", fields).content.decode()
    assert fields["body"] in page
    fields["kind"] = "school"
    del fields["body"]
    fields |= {"body_school": "Ett.", "body_plan": "Två."}
    again = cast.client("socialsekreterare").post(f"{case}dela/", fields).content.decode()
    assert "Ett.\n\nTvå.</textarea>" in again.replace("\r", "")


def proposal(cast: Cast, **changed: Any) -> Proposal:
    officer = cast.membership("polis", code="1495")
    given: dict[str, Any] = {
        "unit": Unit.objects.select_related("agency").get(pk=officer.unit_id),
        "readers": [officer],
        "kind": "school",
        "basis": "UL_7",
        "text": SummaryText(about="Sami, född 2007", body="Frånvarande 40 procent."),
        "until": timezone.localdate(),
        "answers": {
            "behovs": Answer(answer="yes", note="De frågade."),
            "overvagande": Answer(answer="no", note="Nej."),
        },
    }
    return Proposal(**given | changed)


def customs() -> Unit:
    there = outside(UUID(int=1))
    assert there is not None
    return unit_of(there)


def refused(cast: Cast, stopped: type[Exception], *proposals: Proposal) -> None:
    """As the page does it: the refusal is told, and what was written before it would be committed."""
    principal = cast.actor("rektor")
    with work(principal), pytest.raises(stopped):
        propose_all(actor=principal, case=None, proposals=proposals, now=timezone.now())


def test_one_refused_leaves_none(cast: Cast) -> None:
    refused(cast, NotPossible, proposal(cast), proposal(cast, kind="medical"))
    set_partition(cast.actor("rektor"))
    assert not Summary.objects.exists()
    assert not Disclosure.objects.exists()


@pytest.mark.parametrize(
    ("days", "channel", "stopped"),
    [
        (-1, Channel.IN_SYSTEM, NotInSystem),
        (1, Channel.ORAL, DayNotBeen),
        (1, Channel.IN_SYSTEM, DayNotBeen),
    ],
)
def test_what_was_told_before_is_not_written_here_nor_what_has_not_been(
    cast: Cast, days: int, channel: Channel, stopped: type[ShareRefused]
) -> None:
    day = timezone.localdate() + timedelta(days=days)
    refused(cast, stopped, proposal(cast, happened_on=day, channel=channel))


def test_nothing_is_written_here_to_who_does_not_work_here(cast: Cast) -> None:
    case = talk_steps.opened(cast)
    worker = cast.actor("socialsekreterare")
    with work(worker), pytest.raises(NotInSystem):
        propose(
            actor=worker,
            case=door.open_one(worker, Case, talk_steps.id_in(case)),
            proposal=proposal(cast, readers=(), unit=customs(), receiver_name="Bo Ek"),
            now=timezone.now(),
        )


# --- an address in a text about somebody without a case ---------------------------------------------------


def test_an_address_of_a_stranger_stands_only_if_the_writer_says_so(cast: Cast) -> None:
    principal = cast.client("rektor")
    fields = fields_to(cast.membership("polis", code="1495"), kind="school", born="")
    fields |= NEEDED | {"body": f"Hen har flyttat till {ADDRESS}."}
    stopped = principal.post("/dela/", fields | {"act": "send"})
    assert stopped.status_code == 422
    page = stopped.content.decode()
    assert f"Rad 1 ser ut som en adress: ”{ADDRESS}”" in page
    assert 'name="address_stays"' in page
    assert fields["body"] in page
    set_partition(cast.actor("rektor"))
    assert not Summary.objects.exists()
    path = send(principal, "/dela/", fields | {"address_stays": "on"})
    assert principal.get(path).status_code == 200


def test_contact_details_are_an_address_and_nothing_else_of_them_is(cast: Cast) -> None:
    principal = cast.client("rektor")
    fields = fields_to(cast.membership("polis", code="1495"), kind="contact", born="")
    fields |= {
        "basis": "UL_4",
        "q_begaran": "yes", "q_begaran_note": "Samir Ekdal ringde i dag.",
        "q_synnerliga": "no", "q_synnerliga_note": "Inga.",
        "body": ADDRESS,
    }  # fmt: skip
    told = principal.post("/dela/", fields | {"told_why": f"Bor på {ADDRESS}", "act": "send"})
    assert told.status_code == 422
    send(principal, "/dela/", fields)


def test_the_service_itself_holds_it(cast: Cast) -> None:
    written = SummaryText(about="Sami", body=f"Bor på {ADDRESS}.")
    refused(cast, AddressInText, proposal(cast, text=written))
    fields = fields_to(cast.membership("polis", code="1495"), kind="school", born="") | NEEDED
    path = send(cast.client("larare"), "/dela/", fields)
    changed = {"about": "Sami, född 2007", "body": f"Bor på {ADDRESS}.", "seen_version": "0"}
    assert cast.client("larare").post(f"{path}andra/", changed).status_code == 422
    teacher = cast.actor("larare")
    with work(teacher):
        row = door.open_one(teacher, Summary, talk_steps.id_in(path))
        with pytest.raises(AddressInText):
            change_summary(
                actor=teacher, summary=row, text=written, seen_version=0, now=timezone.now()
            )
    stays = changed | {"address_stays": "on"}
    assert cast.client("larare").post(f"{path}andra/", stays).status_code == 302
