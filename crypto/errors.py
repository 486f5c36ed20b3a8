"""What can go wrong with a seal or a key; no message ever carries a value or a key."""


class CryptoError(Exception):
    """Every fault this package raises by purpose."""


class SealBroken(CryptoError):
    """The token is damaged, or belongs to another field, row, agency, municipality or purpose."""


class KeyMissing(CryptoError):
    """No such key is visible from here: it never existed, or it is another partition's."""


class KeyDestroyed(CryptoError):
    """The key was destroyed on purpose, so what it sealed can never be read again."""


class WrongMasterKey(CryptoError):
    """The stored key was wrapped by another master key than the one this process was given."""


class KeyServiceAway(CryptoError):
    """A key service does not answer, or not as it should; what it would open stays closed meanwhile."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"the key service {name} {why}")
