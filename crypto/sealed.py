"""What a sensitive model field gives: never the text, only its seal."""

from typing import ClassVar

from crypto.opaque import Opaque


class Sealed(Opaque):
    """A sealed value; `access.door.reveal` is the only way to what is inside (design D4, D7)."""

    __slots__ = ("_token", "uid")
    label: ClassVar[str] = "‹förseglat›"

    def __init__(self, token: bytes, *, uid: str) -> None:
        self._token = token
        self.uid = uid


def token_of(sealed: Sealed) -> bytes:
    """The ciphertext as it is stored; a function, so that a template cannot reach it."""
    return sealed._token  # noqa: SLF001  the one way, by purpose
