"""Attachments through the pages: added, listed, downloaded, removed; sealed, noted, and not there for others."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access import door
from access.models import Role
from access.request_transaction import set_partition, work
from cases.models import (
    Assignment,
    Attachment,
    AttachmentChunk,
    AttachmentKind,
    Case,
    Consent,
    RemovedBecause,
)
from cases.services import attachment as service
from crypto.chunks import SEALED_CHUNK
from crypto.errors import KeyDestroyed, SealBroken
from crypto.keys import Scope, destroy_data_key
from tests.cases import steps, talk_steps
from tests.cases.attachment_steps import PDF, added, downloaded, events, long_pdf, removal, upload
from tests.cases.talk_steps import id_in
from tests.cast import Cast

# --- added and downloaded --------------------------------------------------------------------------------


def test_a_file_is_added_listed_and_comes_back_as_it_was(cast: Cast, case: str) -> None:
    content = long_pdf()
    link = added(cast, case, content)
    page = cast.client("socialsekreterare").get(case).content.decode()
    assert "Samtycke från hemmet.pdf" in page
    assert "PDF, 1 sida" in page
    assert "Kom med posten" in page
    assert downloaded(cast.client("socialsekreterare"), link) == content
    assert [e.object_type for e in events(cast, "attachment.add")] == ["cases.attachment"]


def test_what_lies_in_the_database_is_sealed_and_in_chunks(cast: Cast, case: str) -> None:
    added(cast, case, long_pdf())
    set_partition(cast.actor("koordinator"))
    chunks = [bytes(one) for one in AttachmentChunk.objects.values_list("sealed", flat=True)]
    assert len(chunks) == 5
    assert {len(chunk) for chunk in chunks[:-1]} == {SEALED_CHUNK}
    assert not any(b"xxxxxxxx" in chunk or b"%PDF" in chunk for chunk in chunks)
    row = Attachment.objects.values().get()
    assert "hemmet" not in repr(row)
    assert "posten" not in repr(row)


def test_the_signed_paper_stands_beside_its_consent(cast: Cast, case: str) -> None:
    client = cast.client("koordinator")
    paper = steps.link_matching(client, case, r"/samtycke/[0-9a-f-]{36}/papper/")
    assert "underskrivna papperet" in client.get(paper).content.decode()
    answer = client.post(paper, {"file": SimpleUploadedFile("scan.pdf", PDF), "note": ""})
    assert answer.status_code == 302
    set_partition(cast.actor("koordinator"))
    row = Attachment.objects.get()
    assert (row.kind, row.consent_id) == (AttachmentKind.CONSENT, id_in(paper))
    assert client.get(case).content.decode().count(f"/bilaga/{row.pk}/hamta/") == 2


def test_a_paper_cannot_be_put_beside_the_consent_of_another_case(cast: Cast, case: str) -> None:
    first, second = case, talk_steps.active(cast)
    actor = cast.actor("koordinator")
    given = service.GivenFile(name="a.pdf", content=PDF, kind=AttachmentKind.CONSENT, note="")
    with pytest.raises(ValueError, match="another case"), work(actor):
        service.add_attachment(
            actor=actor,
            case=door.open_one(actor, Case, id_in(first)),
            given=given,
            consent=Consent.objects.get(case_id=id_in(second)),
            now=timezone.now(),
        )


def test_a_download_is_saved_and_never_shown_in_the_page(cast: Cast, case: str) -> None:
    link = added(cast, case)
    answer = cast.client("koordinator").get(link)
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Length"] == str(len(PDF))
    assert answer["Content-Disposition"] == (
        "attachment; filename*=utf-8''Samtycke%20fr%C3%A5n%20hemmet.pdf"
    )
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "no-store"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer["Content-Security-Policy"].split("; ") == [
        "default-src 'none'",
        "frame-ancestors 'none'",
        "sandbox",
    ]


@pytest.mark.parametrize(
    "name",
    [
        "../../../etc/passwd.pdf",
        'a.pdf"; filename="b.exe',
        "brev\r\nSet-Cookie: a=b.pdf",
        "brev\u202efdp.exe",
        "C:\\temp\\brev.pdf",
    ],
)
def test_no_name_breaks_out_of_the_header(cast: Cast, case: str, name: str) -> None:
    link = added(cast, case, name=name)
    header = cast.client("koordinator").get(link)["Content-Disposition"]
    assert header.startswith("attachment; filename")
    assert header.rstrip('"').endswith(".pdf")
    assert header.count('"') in {0, 2}
    assert not re.search(r"[\r\n/\\\u202e]", header)


def test_each_download_is_a_read_event_that_is_there_before_the_first_byte(
    cast: Cast, case: str
) -> None:
    link = added(cast, case)
    client = cast.client("socialsekreterare")
    before = len(events(cast, "read"))
    answer: Any = client.get(link)
    read = events(cast, "read")[before:]
    assert [(e.object_type, str(e.object_id)) for e in read] == [
        ("cases.attachment", str(id_in(link)))
    ]
    assert list(read[0].field_groups) == ["attachment", "attachment_file"]
    assert read[0].case_number
    assert b"".join(answer.streaming_content) == PDF
    downloaded(client, link)
    assert len(events(cast, "read")) == before + 2


def test_the_list_does_not_note_that_the_file_was_read(cast: Cast, case: str) -> None:
    added(cast, case)
    cast.client("socialsekreterare").get(case)
    groups = {group for event in events(cast, "read") for group in event.field_groups}
    assert "attachment" in groups
    assert "attachment_file" not in groups


# --- not there for others --------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["larare", "polis", "chef", "logggranskare", "gotene-koordinator"])
def test_for_others_it_is_missing_and_the_answer_is_that_of_a_missing_one(
    cast: Cast, case: str, who: str
) -> None:
    link = added(cast, case)
    client = cast.client(who)
    for path in (link, removal(link), f"{case}bilagor/"):
        nothing = path.replace(str(id_in(path)), str(uuid4()))
        there, missing = client.get(path), client.get(nothing)
        assert (there.status_code, missing.status_code) == (404, 404)
        hide = re.compile(r"[0-9a-f-]{36}|csrf\w+\" value=\"\w+\"")
        assert hide.sub("", there.content.decode()) == hide.sub("", missing.content.decode())


def test_a_colleague_who_does_not_work_on_the_case_finds_nothing(cast: Cast, case: str) -> None:
    link = added(cast, case)
    with work(cast.actor("koordinator")):
        Assignment.objects.filter(membership=cast.membership("socialsekreterare")).update(
            ended_at=timezone.now()
        )
    client = cast.client("socialsekreterare")
    for path in (link, removal(link), f"{case}bilagor/"):
        assert client.get(path).status_code == 404
    assert upload(client, case).status_code == 404


def test_the_door_opens_no_file_that_the_policy_does_not_give(cast: Cast, case: str) -> None:
    """Also to somebody who got hold of the row: what counts is role, relation and field group."""
    link = added(cast, case)
    actor = cast.actor("koordinator")
    with work(actor):
        row = door.open_one(actor, Attachment, id_in(link))
        service.content_of(actor=actor, attachment=row)
        with pytest.raises(door.NotHere):
            service.content_of(actor=replace(actor, role=Role.MANAGER), attachment=row)


def test_a_closed_case_takes_no_more_files(cast: Cast, case: str) -> None:
    link = added(cast, case)
    client = cast.client("koordinator")
    talk_steps.close(cast, client, case)
    assert client.get(f"{case}bilagor/").status_code == 409
    assert upload(client, case).status_code == 409
    assert "Lägg till bilaga" not in client.get(case).content.decode()
    assert downloaded(client, link) == PDF


# --- removed, and destroyed with the case ----------------------------------------------------------------


def test_a_removed_file_leaves_a_row_without_name_key_and_chunks(cast: Cast, case: str) -> None:
    link = added(cast, case)
    client = cast.client("socialsekreterare")
    assert "kan inte hämtas igen" in client.get(removal(link)).content.decode()
    assert client.post(removal(link), {"reason": ""}).status_code == 422
    assert client.post(removal(link), {"reason": "wrong_case"}).status_code == 302
    assert client.get(link).status_code == 404
    assert client.post(removal(link), {"reason": "wrong_case"}).status_code == 404
    assert "Inga bilagor än" in client.get(case).content.decode()
    set_partition(cast.actor("koordinator"))
    row = Attachment.objects.get()
    assert row.name is row.note is row.file_key is None
    assert row.removed_because == RemovedBecause.WRONG_CASE
    assert row.removed_by_id == cast.membership("socialsekreterare").id
    assert not AttachmentChunk.objects.exists()
    (event,) = events(cast, "attachment.remove")
    assert (event.basis, event.object_id) == ("wrong_case", row.pk)


def test_the_database_holds_a_row_whole_or_removed(cast: Cast, case: str) -> None:
    added(cast, case)
    set_partition(cast.actor("koordinator"))
    for half in ({"file_key": None}, {"name": None}, {"removed_because": "wrong_case"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Attachment.objects.update(**half)


def test_when_the_cases_key_is_destroyed_its_files_are_gone(cast: Cast, case: str) -> None:
    link = added(cast, case)
    actor = cast.actor("koordinator")
    with work(actor):
        destroy_data_key(
            municipality_id=actor.municipality_id,
            agency_id=actor.agency_id,
            scope=Scope.CASE,
            scope_id=id_in(case),
        )
        row = door.open_one(actor, Attachment, id_in(link))
        with pytest.raises(KeyDestroyed):
            service.content_of(actor=actor, attachment=row)


def swap(chunks: list[AttachmentChunk]) -> None:
    chunks[0].sealed, chunks[1].sealed = chunks[1].sealed, chunks[0].sealed


def cut_the_end(chunks: list[AttachmentChunk]) -> None:
    chunks.pop()


def change_a_bit(chunks: list[AttachmentChunk]) -> None:
    changed = bytearray(chunks[2].sealed)
    changed[100] ^= 1
    chunks[2].sealed = bytes(changed)


@pytest.mark.parametrize("tamper", [swap, cut_the_end, change_a_bit])
def test_a_file_that_was_tampered_with_breaks_off(
    cast: Cast, case: str, tamper: Callable[[list[AttachmentChunk]], None]
) -> None:
    link = added(cast, case, long_pdf())
    set_partition(cast.actor("koordinator"))
    chunks = list(AttachmentChunk.objects.all())
    AttachmentChunk.objects.all().delete()
    tamper(chunks)
    AttachmentChunk.objects.bulk_create(chunks)
    with pytest.raises(SealBroken):
        downloaded(cast.client("koordinator"), link)


# --- how much it asks ------------------------------------------------------------------------------------


def test_the_case_page_asks_as_often_for_one_file_as_for_many(cast: Cast, case: str) -> None:
    client = cast.client("koordinator")

    def asked() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(case).status_code == 200
        return len(seen)

    added(cast, case)
    few = asked()
    for _ in range(3):
        added(cast, case)
    assert asked() == few
