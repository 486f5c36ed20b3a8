"""A real SMTP server: what it answers 250 to is on the disk before it says so."""

from __future__ import annotations

import asyncio
import os
import time
from asyncio import Transport
from collections import Counter
from email import message_from_bytes
from enum import StrEnum
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Mode(StrEnum):
    """What it does with the next mails; the last two after it has taken them."""

    TAKES = "250"
    LATER = "4xx"
    REFUSES = "5xx"
    SILENT = "timeout"
    DROPS = "drop after 250"


_SAYS = {Mode.LATER: "451 4.3.0 later", Mode.REFUSES: "554 5.7.1 no"}


class MailServer:
    """slow: seconds before it has a mail on disk, and once more before it says so."""

    def __init__(self, folder: Path, *, slow: float = 0.0) -> None:
        self._slow = slow
        self._taken = (folder / "taken").open("ab")
        self._mode = folder / "mode"
        self._controller: Controller | None = None

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        mode = mode_of(self._mode)
        if mode in _SAYS:
            return _SAYS[mode]
        await asyncio.sleep(self._slow)
        message = message_from_bytes(envelope.original_content or b"")
        self._taken.write(f"{message['Message-ID']}\n".encode())
        self._taken.flush()
        os.fsync(self._taken.fileno())
        if mode is Mode.DROPS:
            assert isinstance(server.transport, Transport)
            server.transport.abort()
        await asyncio.sleep(3600 if mode is Mode.SILENT else self._slow)
        return "250 OK"

    def start(self, port: int) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=port)
        self._controller.start()

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()


def mode_of(file: Path) -> Mode:
    return Mode(file.read_text("ascii")) if file.exists() else Mode.TAKES


def set_mode(folder: Path, mode: Mode) -> None:
    """Whole or not at all: the server reads it at any time."""
    new = folder / "mode.new"
    new.write_text(mode, encoding="ascii")
    new.rename(folder / "mode")


def taken(folder: Path) -> Counter[str]:
    """Message-ID → how many times the server took it."""
    file = folder / "taken"
    lines = file.read_text("ascii").splitlines() if file.exists() else []
    return Counter(lines)


def serve(folder: Path, port: int, slow: float) -> None:
    """A process of its own, until it is killed."""
    MailServer(folder, slow=slow).start(port)
    while True:
        time.sleep(3600)
