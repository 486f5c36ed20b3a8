"""The file scanner, against a stand-in that speaks clamd's protocol over a real socket: only a plain yes lets a file in."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from cases.rules.file_kinds import FileRefused, Problem
from cases.services import scanner
from cases.services.scanner import scan

CONTENT = bytes(range(256)) * 700
Answer = Callable[[socket.socket, bytes], None]


class StandIn:
    """Reads one zINSTREAM as clamd does, and answers as it is told."""

    def __init__(self, listener: socket.socket, answer: Answer) -> None:
        self.listener, self.answer = listener, answer
        self.received = b""
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        try:
            connection, _where = self.listener.accept()
        except OSError:
            return
        with connection:
            connection.settimeout(10)
            stream = connection.makefile("rb")
            if stream.read(10) != b"zINSTREAM\0":
                return
            while length := int.from_bytes(stream.read(4), "big"):
                self.received += stream.read(length)
            try:
                self.answer(connection, self.received)
            except OSError:
                return


@contextmanager
def clamd(settings: Settings, answer: Answer) -> Iterator[StandIn]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings.SCANNER = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        stand_in = StandIn(listener, answer)
        yield stand_in
        # Closing alone would leave a thread waiting in accept.
        listener.shutdown(socket.SHUT_RDWR)
        stand_in.thread.join(10)


def says(answer: bytes) -> Answer:
    return lambda connection, _received: connection.sendall(answer)


def refused(content: bytes = CONTENT) -> Problem:
    with pytest.raises(FileRefused) as refusal:
        scan(content)
    return refusal.value.problem


def test_a_clean_file_is_let_in_and_the_scanner_saw_all_of_it(settings: Settings) -> None:
    with clamd(settings, says(b"stream: OK\0")) as stand_in:
        scan(CONTENT)
    assert stand_in.received == CONTENT


def test_an_answer_in_pieces_is_one_answer(settings: Settings) -> None:
    def slowly(connection: socket.socket, _received: bytes) -> None:
        for byte in b"stream: OK\0":
            connection.sendall(bytes((byte,)))

    with clamd(settings, slowly):
        scan(CONTENT)


def test_a_found_virus_is_refused_and_its_name_is_not_logged(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with clamd(settings, says(b"stream: Win.Test.EICAR_HDB-1 FOUND\0")):
        assert refused() is Problem.MALWARE
    assert caplog.messages == ["The file scanner stopped a file"]


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\0",
        b"stream: OK",
        b"stream: OK\n",
        b"stream: NOT OK\0",
        b"OK\0",
        b"stream:\0",
        b"INSTREAM size limit exceeded. ERROR\0",
        b"UNKNOWN COMMAND\0",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"x" * 100_000,
    ],
)
def test_an_answer_that_is_not_a_plain_yes_is_a_no(
    answer: bytes, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with clamd(settings, says(answer)):
        assert refused() is Problem.SCANNER_AWAY
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


def test_a_yes_and_a_no_in_one_answer_is_a_no(settings: Settings) -> None:
    with clamd(settings, says(b"stream: OK\0stream: Eicar FOUND\0")):
        assert refused() is Problem.MALWARE


def test_a_scanner_that_never_answers_is_given_up(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanner, "SECONDS", 0.3)
    hang = threading.Event()

    def wait(_connection: socket.socket, _received: bytes) -> None:
        hang.wait(20)

    with clamd(settings, wait):
        assert refused() is Problem.SCANNER_AWAY
        hang.set()


def test_a_scanner_that_answers_for_ever_is_given_up(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each byte comes in time; all of them do not."""
    monkeypatch.setattr(scanner, "SECONDS", 0.5)
    enough = threading.Event()

    def drip(connection: socket.socket, _received: bytes) -> None:
        while not enough.wait(0.001):
            connection.sendall(b"x")

    with clamd(settings, drip):
        assert refused() is Problem.SCANNER_AWAY
        enough.set()


def test_a_scanner_that_is_away_is_told_in_the_log_without_a_name(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    settings.SCANNER = f"tcp://127.0.0.1:{port}"
    assert refused() is Problem.SCANNER_AWAY
    (message,) = caplog.messages
    assert message.startswith("The file scanner does not answer")


def test_a_scanner_behind_a_file_of_the_machine(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "clamd.ctl"
    settings.SCANNER = f"unix://{path}"
    assert refused() is Problem.SCANNER_AWAY
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        stand_in = StandIn(listener, says(b"stream: OK\0"))
        scan(CONTENT)
        stand_in.thread.join(10)
    assert stand_in.received == CONTENT


def test_without_a_scanner_nothing_is_let_in_unless_that_is_said(settings: Settings) -> None:
    settings.SCANNER = ""
    assert refused() is Problem.NO_SCANNER
    settings.SCANNER = "none"
    scan(CONTENT)


@pytest.mark.parametrize("where", ["clamd:3310", "http://clamd", "tcp://clamd", "unix://", "None"])
def test_a_setting_that_is_not_understood_is_a_fault_and_no_yes(
    where: str, settings: Settings
) -> None:
    settings.SCANNER = where
    with pytest.raises(ImproperlyConfigured):
        scan(CONTENT)
