"""Files that are not let in: said at the field, with what was typed left as it was, and nothing kept."""

from __future__ import annotations

import re
import tempfile
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from access import door
from access.request_transaction import set_partition, work
from cases.models import Attachment, AttachmentKind, Case, Stage
from cases.services import attachment as service
from cases.services.refusals import CaseStopped
from tests.cases import made_files
from tests.cases.attachment_steps import PDF, added, events, long_pdf, upload
from tests.cases.talk_steps import id_in
from tests.cases.test_scanner import clamd, says
from tests.cast import Cast


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04", "välj Spara som PDF"),
        (b"", "Filen är tom"),
        (made_files.pdf(spoil=made_files.with_script), "gör något av sig själv"),
        (made_files.pdf(password="hemligt"), "låst"),
        (made_files.picture()[:300], "går inte att läsa"),
    ],
)
def test_a_refusal_is_said_at_the_field_and_what_was_typed_stays(
    cast: Cast, case: str, content: bytes, said: str
) -> None:
    answer = upload(cast.client("koordinator"), case, content, name="brev.pdf")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    assert 'value="Kom med posten"' in page
    assert re.search(r'value="letter"[^>]*checked', page)
    set_partition(cast.actor("koordinator"))
    assert not Attachment.objects.exists()


def test_a_file_chosen_beside_another_fault_must_be_chosen_again_and_that_is_said(
    cast: Cast,
    case: str,
) -> None:
    answer = upload(cast.client("koordinator"), case, what="")
    page = answer.content.decode()
    assert "Välj vad det är" in page
    assert "Välj filen igen" in page


def test_a_file_above_the_limit_is_read_past_and_the_limit_is_said(
    cast: Cast, case: str, settings: Settings
) -> None:
    settings.ATTACHMENT_MAX_BYTES = 1_000
    client = cast.client("koordinator")
    just_above = upload(client, case, PDF + b"\n" * 1_000)
    assert just_above.status_code == 422
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 1_000
    far_above = upload(client, case, PDF + b"\n" * 2_000)
    assert far_above.status_code == 422
    for answer in (just_above, far_above):
        page = answer.content.decode()
        assert "Filen är för stor" in page
        assert "Välj en fil" not in page
        assert 'value="Kom med posten"' in page


def test_nothing_uploaded_is_ever_a_file_on_disk(
    cast: Cast, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_args: Any, **_kwargs: Any) -> None:
        raise AssertionError("a temporary file")

    for name in ("NamedTemporaryFile", "TemporaryFile", "SpooledTemporaryFile", "mkstemp"):
        monkeypatch.setattr(tempfile, name, never)
    added(cast, case, long_pdf())


def test_a_case_that_ends_while_the_file_is_checked_takes_no_file(cast: Cast, case: str) -> None:
    actor = cast.actor("koordinator")
    given = service.GivenFile(name="a.pdf", content=PDF, kind=AttachmentKind.OTHER, note="")
    with work(actor):
        row = door.open_one(actor, Case, id_in(case))
        Case.objects.filter(pk=row.pk).update(stage=Stage.CLOSED, close_reason="mål_uppnådda")
        with pytest.raises(CaseStopped):
            service.add_attachment(actor=actor, case=row, given=given, now=timezone.now())
        assert not Attachment.objects.exists()


def test_without_a_scanner_the_page_says_whom_to_ask(
    cast: Cast, case: str, settings: Settings
) -> None:
    settings.SCANNER = ""
    answer = upload(cast.client("koordinator"), case)
    assert answer.status_code == 422
    assert "virusskyddet är inte inställt" in answer.content.decode()


def test_a_stopped_virus_is_noted_in_the_log(cast: Cast, case: str, settings: Settings) -> None:
    with clamd(settings, says(b"stream: Eicar FOUND\0")):
        answer = upload(cast.client("koordinator"), case)
    assert "Virusskyddet stoppade filen" in answer.content.decode()
    assert [e.case_id for e in events(cast, "attachment.stop")] == [id_in(case)]
    set_partition(cast.actor("koordinator"))
    assert not Attachment.objects.exists()
