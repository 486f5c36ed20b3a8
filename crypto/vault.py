"""A master key that never leaves HashiCorp Vault: its transit engine, over HTTP.

Two calls are all there is (api-docs/secret/transit): POST <mount>/encrypt/<key> and <mount>/decrypt/<key>,
always with batch_input. `rewrap` takes no associated_data, so keys are decrypted and encrypted again.
A stored key is version(1) ‖ "vault:v<n>:<base64>". Every fault ends in KeyServiceAway or SealBroken, whose
texts are ours: an answer may hold a key, and so may the exceptions of the libraries that read it.
"""

import base64
import http.client
import json
import ssl
import time
from collections.abc import Sequence
from typing import Any, ClassVar
from urllib.parse import urlsplit

from crypto import key_file
from crypto.errors import KeyServiceAway, SealBroken
from crypto.key_services import VaultAddress
from crypto.material import KeyMaterial, KeyText, as_text, from_text
from crypto.opaque import Opaque

VERSION = 2
# Ten thousand keys in one answer would be less than this.
LARGEST_ANSWER = 4_000_000
# A service that is away is not asked again for a while, so that its silence does not hold up everybody.
REST_SECONDS = 5.0

MEANINGS = {
    400: "refused the request: is the transit key there, and of an AEAD type?",
    403: "refuses the token that this system was given",
    404: "has no transit engine at that mount",
    503: "is sealed or down for maintenance",
}
FAULTS = (key_file.NotOurs, OSError, http.client.HTTPException, ValueError)


class Answer(Opaque):
    """What came back: a status, the items of the batch, or why there is neither."""

    __slots__ = ("fault", "items", "status")
    label: ClassVar[str] = "‹svar›"

    def __init__(self, status: int = 0, items: Sequence[Any] = (), fault: str = "") -> None:
        self.status = status
        self.items = items
        self.fault = fault


class VaultTransit(Opaque):
    """One transit key of one Vault, as a provider of `crypto.master`."""

    __slots__ = ("_at", "_resting_until", "_why", "name")
    label: ClassVar[str] = "‹nyckeltjänst›"

    def __init__(self, at: VaultAddress) -> None:
        self.name = at.name
        self._at = at
        self._resting_until = 0.0
        self._why = ""

    def wrap_all(self, keys: Sequence[tuple[KeyMaterial, bytes]]) -> list[bytes]:
        answer = self._ask("encrypt", [(as_text(key), aad) for key, aad in keys])
        texts = [item.get("ciphertext") for item in answer.items]
        if answer.status != 200 or not all(_is_ciphertext(text) for text in texts):
            raise KeyServiceAway(self.name, MEANINGS[400])
        return [bytes((VERSION,)) + text.encode("ascii") for text in texts]

    def unwrap_all(self, wrapped: Sequence[tuple[bytes, bytes]]) -> list[KeyMaterial]:
        if any(one[:1] != bytes((VERSION,)) or not one[1:].isascii() for one, _aad in wrapped):
            raise SealBroken("the wrapped key has an unknown version")
        asked = [(KeyText(one[1:].decode("ascii")), aad) for one, aad in wrapped]
        answer = self._ask("decrypt", asked)
        keys = [from_text(KeyText(item.get("plaintext"))) for item in answer.items]
        if answer.status != 200 or len(keys) != len(wrapped) or None in keys:
            raise SealBroken(f"{self.name} does not open the key: moved, changed, or another key's")
        return [key for key in keys if key is not None]

    def is_newest(self, wrapped: bytes) -> bool:
        # Vault tells its newest version only to tokens with more rights than this one needs.
        return False

    def _ask(self, verb: str, items: Sequence[tuple[KeyText, bytes]]) -> Answer:
        if time.monotonic() < self._resting_until:
            raise KeyServiceAway(self.name, self._why)
        answer = self._exchange(verb, items)
        if answer.fault:
            self._why = answer.fault
            self._resting_until = time.monotonic() + REST_SECONDS
            raise KeyServiceAway(self.name, answer.fault)
        return answer

    def _exchange(self, verb: str, items: Sequence[tuple[KeyText, bytes]]) -> Answer:
        """Send and read; faults come back as words, so that no exception that holds content lives on."""
        try:
            status, content = self._send(verb, _body(verb, items))
        except FAULTS as fault:
            return Answer(fault=_in_words(fault))
        if status not in (200, 400):
            return Answer(fault=MEANINGS.get(status, f"answered {status}"))
        found = _items(content)
        if status == 200 and len(found) != len(items):
            return Answer(fault="answered something that is no answer")
        return Answer(status, found)

    def _send(self, verb: str, body: KeyText) -> tuple[int, KeyText]:
        at, parts = self._at, urlsplit(self._at.address)
        deadline = time.monotonic() + at.timeout_seconds
        headers = {"Content-Type": "application/json", "X-Vault-Request": "true"}
        headers["X-Vault-Token"] = key_file.read(at.token_file)
        if at.namespace:
            headers["X-Vault-Namespace"] = at.namespace
        host = str(parts.hostname)
        if parts.scheme == "https":
            trusted = ssl.create_default_context(cafile=at.ca_file or None)
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                host, parts.port, timeout=at.timeout_seconds, context=trusted
            )
        else:
            connection = http.client.HTTPConnection(host, parts.port, timeout=at.timeout_seconds)
        try:
            path = f"/v1/{at.mount}/{verb}/{at.key}"
            connection.request("POST", path, body=str(body.text), headers=headers)
            response = connection.getresponse()
            content = b""
            while chunk := response.read1(65_536):
                content += chunk
                if time.monotonic() > deadline or len(content) > LARGEST_ANSWER:
                    raise TimeoutError
            return response.status, KeyText(content)
        finally:
            connection.close()


def _in_words(fault: Exception) -> str:
    match fault:
        case key_file.NotOurs():
            return f"has a token file that {fault}"
        case TimeoutError():
            return "did not answer in time"
        case ssl.SSLError():
            return "has a certificate that is not trusted here, or speaks no TLS"
    return "cannot be reached, or its token file or CA file cannot be read"


def _body(verb: str, items: Sequence[tuple[KeyText, bytes]]) -> KeyText:
    name = "plaintext" if verb == "encrypt" else "ciphertext"
    batch = [
        {name: given.text, "associated_data": base64.b64encode(aad).decode("ascii")}
        for given, aad in items
    ]
    return KeyText(json.dumps({"batch_input": batch}))


def _items(content: KeyText) -> list[dict[str, Any]]:
    """The batch of an answer; nothing where it has none."""
    try:
        found = json.loads(content.text)["data"]["batch_results"]  # type: ignore[arg-type]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        return []
    return found


def _is_ciphertext(text: object) -> bool:
    return isinstance(text, str) and text.isascii() and text.startswith("vault:v")
