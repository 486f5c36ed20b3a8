"""The demo's mail server: takes mail over SMTP on 127.0.0.1 and keeps each one as a file."""

import os
import uuid
from datetime import UTC, datetime
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

HOST = "127.0.0.1"


class _Keep:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Acknowledge a mail only when it is on the disk."""
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}-{uuid.uuid4().hex}"
        partial = self._folder / f".{name}"
        with partial.open("wb") as file:
            file.write(envelope.original_content or b"")
            file.flush()
            os.fsync(file.fileno())
        partial.rename(self._folder / f"{name}.eml")
        return "250 Kept"


class Mailbox:
    """A mail server in a thread of the keeper."""

    name = "mailbox"

    def __init__(self, *, folder: Path, port: int) -> None:
        self.port = port
        self._folder = folder
        self._controller: Controller | None = None

    def start(self) -> None:
        """Start to listen."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._controller = Controller(
            _Keep(self._folder), hostname=HOST, port=self.port, data_size_limit=5_000_000
        )
        self._controller.start()

    def alive(self) -> bool:
        """Tell whether the thread runs."""
        return self._controller is not None and self._controller.loop.is_running()

    def stop(self) -> None:
        """Stop to listen."""
        if self._controller is not None:
            self._controller.stop()
