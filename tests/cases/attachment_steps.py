"""Adding files to a case and downloading them, through the pages."""

from __future__ import annotations

import re
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from access.request_transaction import set_partition
from audit.models import AuditEvent
from tests.cases import made_files
from tests.cast import Cast

PDF = made_files.pdf()
LINK = r"/bilaga/[0-9a-f-]{36}/hamta/"


def upload(client: Client, case: str, content: bytes = PDF, **changed: Any) -> Any:
    name = changed.pop("name", "Samtycke från hemmet.pdf")
    fields = {"what": "letter", "note": "Kom med posten", "file": SimpleUploadedFile(name, content)}
    return client.post(f"{case}bilagor/", fields | changed)


def added(cast: Cast, case: str, content: bytes = PDF, **changed: Any) -> str:
    """A file added by the coordinator; the path it is downloaded from."""
    client = cast.client("koordinator")
    known = set(re.findall(LINK, client.get(case).content.decode()))
    answer = upload(client, case, content, **changed)
    assert answer.status_code == 302, answer.content.decode()
    (new,) = set(re.findall(LINK, client.get(case).content.decode())) - known
    return str(new)


def downloaded(client: Client, link: str) -> bytes:
    answer: Any = client.get(link)
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def removal(link: str) -> str:
    """The page that the file of a download link is removed on."""
    return link.replace("/hamta/", "/ta-bort/")


def long_pdf() -> bytes:
    """Four chunks and a bit."""
    return made_files.pdf(spoil=lambda writer: writer.add_metadata({"/Title": "x" * 280_000}))


def events(cast: Cast, action: str) -> list[AuditEvent]:
    set_partition(cast.actor("koordinator"))
    return list(AuditEvent.objects.filter(action=action).order_by("occurred_at"))
