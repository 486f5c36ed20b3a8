"""The file scanner: clamd by its own protocol. No answer, or one that is not understood, is a no.

https://docs.clamav.net/manual/Usage/ClamdProtocol.html: `zINSTREAM` NUL, then chunks of length(4, network order)
and data, a chunk of length 0, and the answer `stream: OK` or `stream: NAME FOUND`, ended by NUL.
"""

from __future__ import annotations

import logging
import socket
import time
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from cases.rules.file_kinds import FileRefused, Problem

log = logging.getLogger(__name__)
NONE = "none"
SECONDS = 20.0
CHUNK = 64 * 1024
LONGEST_ANSWER = 4096


def scan(content: bytes) -> None:
    """Returns if the scanner calls it clean, or if there is said to be none. Raises FileRefused.

    SSPF_SCANNER is tcp://host:port, unix:///path or the word none; where it is not set, nothing is let in.
    """
    where = settings.SCANNER
    if not where:
        raise FileRefused(Problem.NO_SCANNER)
    if where == NONE:
        return
    try:
        answer = _ask(where, content)
    except OSError:
        log.exception("The file scanner does not answer")
        raise FileRefused(Problem.SCANNER_AWAY) from None
    if answer == b"stream: OK":
        return
    if answer.startswith(b"stream: ") and answer.endswith(b" FOUND"):
        log.warning("The file scanner stopped a file")
        raise FileRefused(Problem.MALWARE)
    log.error("The file scanner gave an answer that is not understood")
    raise FileRefused(Problem.SCANNER_AWAY)


def _ask(where: str, content: bytes) -> bytes:
    until = time.monotonic() + SECONDS
    with _connected(where) as connection:
        connection.sendall(b"zINSTREAM\0")
        for start in range(0, len(content), CHUNK):
            _give_up_at(until, connection)
            piece = content[start : start + CHUNK]
            connection.sendall(len(piece).to_bytes(4, "big") + piece)
        connection.sendall(bytes(4))
        answer = b""
        while not answer.endswith(b"\0") and len(answer) <= LONGEST_ANSWER:
            _give_up_at(until, connection)
            part = connection.recv(LONGEST_ANSWER)
            if not part:
                break
            answer += part
    return answer.removesuffix(b"\0") if answer.endswith(b"\0") else b""


def _give_up_at(until: float, connection: socket.socket) -> None:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    connection.settimeout(left)


def _connected(where: str) -> socket.socket:
    parts = urlsplit(where)
    if parts.scheme == "tcp" and parts.hostname and parts.port:
        return socket.create_connection((parts.hostname, parts.port), timeout=SECONDS)
    if parts.scheme == "unix" and parts.path:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(SECONDS)
        try:
            connection.connect(parts.path)
        except OSError:
            connection.close()
            raise
        return connection
    raise ImproperlyConfigured("SSPF_SCANNER must be tcp://host:port, unix:///path or none.")
