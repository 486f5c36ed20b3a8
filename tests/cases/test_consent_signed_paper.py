"""The signed paper: which consent it is of, and the way to it from the consent and from what has happened."""

from __future__ import annotations

import re
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from access.request_transaction import work
from cases.models import Attachment, ConsentEvent
from tests.cases import steps, talk_steps
from tests.cases.attachment_steps import PDF, removal, upload
from tests.cases.test_consent import text
from tests.cast import Cast


def two_consents(cast: Cast) -> tuple[Client, str, str, str]:
    """A case with one consent beside another; the coordinator, the case's path and theirs."""
    case = talk_steps.opened(cast)
    coordinator = cast.client("koordinator")
    first, second = (
        steps.consent(coordinator, case, [cast.membership(who).agency_id], renews="")
        for who in ("larare", "fritidsledare")
    )
    return coordinator, case, first, second


def send(client: Client, page: str, **fields: Any) -> Any:
    paper = SimpleUploadedFile("underskrivet.pdf", PDF, "application/pdf")
    return client.post(page, {"file": paper, "note": ""} | fields)


def pk_of(path: str) -> str:
    return str(talk_steps.id_in(path))


def papers(cast: Cast) -> list[tuple[str, str]]:
    """Consent and file of every paper that the events tell of."""
    with work(cast.actor("koordinator")):
        rows = ConsentEvent.objects.filter(kind="paper").order_by("at")
        return [(str(row.consent_id), str(row.document_id)) for row in rows]


def test_the_paper_says_of_which_consent_it_is_and_is_found_from_there(cast: Cast) -> None:
    coordinator, _case, first, second = two_consents(cast)
    page = text(coordinator, f"{first}papper/")
    assert "Vilket samtycke hör papperet till?" in page
    checked = re.findall(r'name="consent" value="([0-9a-f-]{36})"[^>]*checked', page)
    assert checked == [pk_of(first)]
    assert send(coordinator, f"{first}papper/").status_code == 422
    answer = send(coordinator, f"{first}papper/", consent=pk_of(second))
    assert (answer.status_code, answer["Location"]) == (302, second)
    with work(cast.actor("koordinator")):
        kept = Attachment.objects.get()
    assert papers(cast) == [(pk_of(second), str(kept.pk))]
    link = f"/bilaga/{kept.pk}/hamta/"
    shown = text(coordinator, second)
    # Among the papers, and where it is told that it came.
    assert shown.count(link) == 2
    assert link in shown[shown.index("Underskrivet papper inlagt") :]
    assert link not in text(coordinator, first)
    coordinator.post(removal(link), {"reason": "wrong_file"})
    after = text(coordinator, second)
    assert link not in after
    assert "Underskrivet papper inlagt" in after


def test_among_the_files_of_the_case_a_signed_consent_is_asked_the_same(cast: Cast) -> None:
    coordinator, case, first, _second = two_consents(cast)
    refused = upload(coordinator, case, what="consent")
    assert refused.status_code == 422
    assert "Välj vilket samtycke papperet hör till." in refused.content.decode()
    assert upload(coordinator, case, what="letter").status_code == 302
    assert papers(cast) == []
    assert upload(coordinator, case, what="consent", consent=pk_of(first)).status_code == 302
    assert [consent for consent, _file in papers(cast)] == [pk_of(first)]


def test_a_consent_of_another_case_cannot_be_chosen(cast: Cast) -> None:
    coordinator, _case, first, _second = two_consents(cast)
    other = talk_steps.opened(cast)
    foreign = steps.consent(coordinator, other, [cast.membership("larare").agency_id])
    assert send(coordinator, f"{first}papper/", consent=pk_of(foreign)).status_code == 422
    assert papers(cast) == []


def test_a_double_click_keeps_one_paper(cast: Cast) -> None:
    coordinator, _case, first, _second = two_consents(cast)
    page = text(coordinator, f"{first}papper/")
    form = re.search(r'name="form_id" value="([0-9a-f-]{36})"', page)
    assert form
    for _click in range(2):
        answer = send(coordinator, f"{first}papper/", consent=pk_of(first), form_id=form[1])
        assert answer.status_code == 302
    assert len(papers(cast)) == 1
    with work(cast.actor("koordinator")):
        assert Attachment.objects.count() == 1
