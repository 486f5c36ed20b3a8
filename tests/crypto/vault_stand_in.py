"""A stand-in for HashiCorp Vault's transit engine: real sockets, the documented requests and answers.

Follows api-docs/secret/transit (encrypt and decrypt with batch_input, associated_data) and api-docs: token in
X-Vault-Token, {"errors": […]} with 400, 403, 404, 503. Holds keys of its own; nothing of ours.
"""

from __future__ import annotations

import base64
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TOKEN = "hvs.STAND-IN-TOKEN-ZQKANARIE"


class Vault:
    """What it is to do: `mood` is well, sealed, silent, slow, garbage, forgets, shuffles or unbound."""

    def __init__(self) -> None:
        self.mood = "well"
        self.token = TOKEN
        self.namespace = ""
        self.keys = {("transit", "sspf"): [secrets.token_bytes(32)]}
        self.requests: list[tuple[str, int]] = []
        self.address = ""
        self.let_go = threading.Event()

    def rotate(self, key: str = "sspf") -> None:
        """POST /transit/keys/:name/rotate."""
        self.keys["transit", key].append(secrets.token_bytes(32))

    def config(self, folder: Path, *, municipality: object = None, **changed: Any) -> str:
        """A SSPF_KEY_SERVICES that leads here; its token file is made beside."""
        token = folder / "vault_token"
        if not token.exists():
            token.touch(0o600)
            token.write_text(TOKEN + "\n")
        values = {
            "kind": "vault-transit",
            "address": self.address,
            "key": "sspf",
            "token_file": str(token),
            "timeout_seconds": 1,
        } | changed
        lines = [f"{name} = {json.dumps(value)}" for name, value in values.items()]
        who = f'[municipality]\n"{municipality}" = "stand-in"\n' if municipality else ""
        return "[service.stand-in]\n" + "\n".join(lines) + "\n" + who

    def answer(self, path: str, token: str, namespace: str, body: bytes) -> tuple[int, Any]:
        if self.mood == "sealed":
            return 503, {"errors": ["Vault is sealed"]}
        if token != self.token or namespace != self.namespace:
            return 403, {"errors": ["permission denied"]}
        _, _, mount, verb, key = path.split("/")
        if (mount, key) not in self.keys:
            return (
                (404, {"errors": ["no handler for route"]})
                if mount != "transit"
                else (
                    400,
                    {"errors": ["encryption key not found"]},
                )
            )
        batch = json.loads(body)["batch_input"]
        one = self._encrypt if verb == "encrypt" else self._decrypt
        results = [one((mount, key), item) for item in batch]
        if self.mood == "forgets":
            results = results[:-1]
        if self.mood == "shuffles" and verb == "decrypt":
            results = [{"plaintext": base64.b64encode(secrets.token_bytes(32)).decode()}] * len(
                batch
            )
        status = 400 if any("error" in result for result in results) else 200
        return status, {"request_id": "x", "data": {"batch_results": results}}

    def _aad(self, item: dict[str, str]) -> bytes:
        return b"" if self.mood == "unbound" else base64.b64decode(item["associated_data"])

    def _encrypt(self, key: tuple[str, str], item: dict[str, str]) -> dict[str, Any]:
        versions, nonce = self.keys[key], secrets.token_bytes(12)
        plain = base64.b64decode(item["plaintext"], validate=True)
        sealed = nonce + AESGCM(versions[-1]).encrypt(nonce, plain, self._aad(item))
        text = f"vault:v{len(versions)}:{base64.b64encode(sealed).decode()}"
        return {"ciphertext": text, "key_version": len(versions)}

    def _decrypt(self, key: tuple[str, str], item: dict[str, str]) -> dict[str, Any]:
        try:
            version, text = item["ciphertext"].removeprefix("vault:").split(":")
            sealed = base64.b64decode(text, validate=True)
            material = dict(enumerate(self.keys[key], start=1))[int(version.removeprefix("v"))]
            plain = AESGCM(material).decrypt(sealed[:12], sealed[12:], self._aad(item))
        except (InvalidTag, ValueError, KeyError):
            return {"error": "cipher: message authentication failed"}
        return {"plaintext": base64.b64encode(plain).decode()}


@contextmanager
def running() -> Iterator[Vault]:
    vault = Vault()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if vault.mood == "silent":
                vault.let_go.wait(20)
                return
            token = self.headers.get("X-Vault-Token", "")
            namespace = self.headers.get("X-Vault-Namespace", "")
            status, answer = vault.answer(self.path, token, namespace, body)
            vault.requests.append((self.path, status))
            content = json.dumps(answer).encode()
            if vault.mood == "garbage":
                content = b'{"data": {"batch_results": [{"plaintext": "' + secrets.token_bytes(40)
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if vault.mood == "slow":
                for byte in content:
                    self.wfile.write(bytes((byte,)))
                    self.wfile.flush()
                    time.sleep(0.2)
                return
            self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that gave up is what some tests want."""

    server = Quiet(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    vault.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield vault
    finally:
        vault.let_go.set()
        server.shutdown()
        server.server_close()
