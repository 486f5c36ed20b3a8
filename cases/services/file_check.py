"""Checking an uploaded file before it is kept: size, scanner, and what it really is."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from cases.rules.file_kinds import FileRefused, MediaType, Problem
from cases.services.file_inspector import NO_LIBRARY
from cases.services.scanner import scan

log = logging.getLogger(__name__)
INSPECTOR = Path(__file__).with_name("file_inspector.py")
SECONDS = 30


class InspectorUnusable(RuntimeError):
    """The inspector lacks what it reads files with: no file is at fault, and none is let in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedFile:
    """What is to be kept: a PDF as it came, a picture made anew."""

    media_type: MediaType
    pages: int | None
    content: bytes

    def __repr__(self) -> str:
        return "CheckedFile(‹förseglat›)"


def check_file(content: bytes) -> CheckedFile:
    """The file as it may be kept. Raises FileRefused."""
    if len(content) > settings.ATTACHMENT_MAX_BYTES:
        raise FileRefused(Problem.TOO_LARGE)
    if not content:
        raise FileRefused(Problem.EMPTY)
    scan(content)
    checked = _inspected(content)
    if len(checked.content) > settings.ATTACHMENT_MAX_BYTES:
        raise FileRefused(Problem.TOO_LARGE)
    return checked


def _inspected(content: bytes) -> CheckedFile:
    """Asks the inspector in its own process; what it does not manage, or says wrongly, is broken."""
    limits = [str(settings.ATTACHMENT_MAX_PAGES), str(settings.ATTACHMENT_MAX_PIXELS)]
    try:
        done = subprocess.run(  # noqa: S603  our own Python and our own file
            [sys.executable, "-I", str(INSPECTOR), *limits],
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            cwd="/",
            timeout=SECONDS,
            check=False,
        )
        if done.returncode == NO_LIBRARY:
            raise InspectorUnusable("bring the environment up to requirements.txt: pypdf, Pillow")
        done.check_returncode()
        line, _newline, picture = done.stdout.partition(b"\n")
        verdict = json.loads(line)
        if verdict["problem"]:
            raise FileRefused(Problem(verdict["problem"]))
        media_type, pages = MediaType(verdict["media_type"]), verdict["pages"]
    except (subprocess.SubprocessError, ValueError, KeyError, TypeError) as fault:
        log.warning("The file inspector gave up: %s", type(fault).__name__)
        raise FileRefused(Problem.BROKEN) from None
    kept = content if media_type is MediaType.PDF else picture
    return CheckedFile(media_type=media_type, pages=pages, content=kept)
