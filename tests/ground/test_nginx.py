"""The proxy's configuration, read as text: what a body may weigh where, and that none is written to a disk."""

from __future__ import annotations

import re
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.urls import reverse

CONF = (Path(__file__).resolve().parents[2] / "deploy" / "nginx.conf").read_text(encoding="utf-8")
TAKES_FILES = ("attachment_new", "consent_paper")


def block(head: str) -> str:
    """What stands between the braces after `head`."""
    return CONF.split(head + " {", 1)[1].split("}", 1)[0]


def megabytes(directive: str, text: str) -> int:
    found = re.search(rf"{directive} (\d+)m;", text)
    assert found, directive
    return int(found[1])


def test_only_the_pages_that_take_files_let_a_large_body_in() -> None:
    (pattern,) = re.findall(r"location ~ (\S+) \{", CONF)
    for route in TAKES_FILES:
        assert re.search(pattern, reverse(route, args=[uuid4()]))
    for path in ("/", "/oro/ny/", f"/arenden/{uuid4()}/", f"/bilaga/{uuid4()}/hamta/"):
        assert not re.search(pattern, path)
    assert megabytes("client_max_body_size", CONF.split("server {", 1)[0]) == 1


def test_a_file_is_held_in_memory_and_the_limit_is_told_by_the_page_before_the_proxy() -> None:
    (pattern,) = re.findall(r"location ~ (\S+) \{", CONF)
    place = block(f"location ~ {pattern}")
    largest = megabytes("client_max_body_size", place)
    assert megabytes("client_body_buffer_size", place) >= largest
    assert largest * 1_000_000 > settings.FILE_UPLOAD_MAX_MEMORY_SIZE


def test_no_answer_is_written_to_a_disk_and_what_the_outside_claims_is_overwritten() -> None:
    server = CONF.split("listen 8443 ssl", 1)[1].split("location", 1)[0]
    assert "proxy_max_temp_file_size 0;" in server
    for header in ("X-Forwarded-Proto https", "X-Forwarded-For $remote_addr", 'Forwarded ""'):
        assert f"proxy_set_header {header};" in server
    # A location with a header of its own would lose all of these.
    assert "proxy_set_header" not in CONF.split("location / {\n            proxy_pass", 1)[1]
