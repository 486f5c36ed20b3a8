"""The demo's mailbox page reads what the demo's real mail server has kept."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from django.template.loader import render_to_string

from reminders import engine
from reminders.demo_mailbox import mails_to
from sspf.mailbox import Mailbox
from tests.reminders.conftest import Owing, at, free_port


def test_the_mailbox_shows_mail_to_the_one_who_looks_and_to_nobody_else(
    owing: Owing,
    as_worker: Callable[[], AbstractContextManager[None]],
    settings: object,
    tmp_path: Path,
) -> None:
    server = Mailbox(folder=tmp_path, port=free_port())
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"  # type: ignore[attr-defined]
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port  # type: ignore[attr-defined]
    owing.deadline(date(2027, 1, 20), kind="task_due")
    try:
        with as_worker():
            engine.tick(at(2027, 1, 20, 8, 0))
    finally:
        server.stop()
    (mail,) = mails_to("Koordinator@sspf.example", folder=tmp_path)
    assert mail.subject == "Du har något att göra i SSPF"
    assert mail.received is not None
    assert abs(mail.received - datetime.now(UTC)) < timedelta(minutes=5)
    assert mails_to("chef@sspf.example", folder=tmp_path) == []
    page = render_to_string(
        "reminders/demo_mailbox.html", {"mails": [mail], "address": "koordinator@sspf.example"}
    )
    assert "Logga in för att se vad." in page


def test_a_mailbox_that_is_not_there_yet_is_empty(tmp_path: Path) -> None:
    assert mails_to("chef@sspf.example", folder=tmp_path / "none") == []
