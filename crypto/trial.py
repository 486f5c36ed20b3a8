"""Trying whether a sealed value opens, after a restore: the tag is verified and the text thrown away."""

from collections.abc import Callable
from enum import StrEnum
from functools import partial

from django.db import connection
from django.views.decorators.debug import sensitive_variables

from crypto import token
from crypto.errors import CryptoError, KeyDestroyed, KeyMissing
from crypto.keys import data_keys
from crypto.seal import Binding, open_system
from crypto.sealed import Sealed, token_of


class Opens(StrEnum):
    """What became of a sealed value when it was tried."""

    YES = "opens"
    ERASED = "erased"
    REPLACED = "sealed under a key that has been replaced since"
    KEY_MISSING = "key missing"
    BROKEN = "broken"


def whether_it_opens(sealed: Sealed, binding: Binding) -> Opens:
    """Try one sealed value, or sealed file key."""
    found = _tried(partial(_try, sealed, binding))
    return Opens.REPLACED if found is Opens.ERASED and _scope_lives(sealed) else found


def whether_system_opens(sealed: bytes, *, purpose: str) -> Opens:
    """Try one platform secret, such as a second factor's seed."""
    return _tried(partial(open_system, sealed, purpose=purpose))


def _tried(attempt: Callable[[], object]) -> Opens:
    try:
        attempt()
    except KeyDestroyed:
        return Opens.ERASED
    except KeyMissing:
        return Opens.KEY_MISSING
    except CryptoError:
        return Opens.BROKEN
    return Opens.YES


def _scope_lives(sealed: Sealed) -> bool:
    """Tell whether what the key covered has another key today, so that nothing was erased."""
    key_id, _encrypted = token.split(token_of(sealed))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM keys.data_key d JOIN keys.data_key live"
            " USING (municipality_id, agency_id, scope, scope_id)"
            " WHERE d.id = %s AND live.destroyed_at IS NULL)",
            [key_id],
        )
        return bool(cursor.fetchone()[0])


@sensitive_variables()
def _try(sealed: Sealed, binding: Binding) -> None:
    key_id, encrypted = token.split(token_of(sealed))
    key = data_keys([key_id])[key_id]
    place = token.Place(
        binding.field,
        binding.municipality_id,
        binding.agency_id,
        binding.row_id,
        str(key.scope),
        key.scope_id,
    )
    key.material.decrypt(encrypted, aad=token.associated_data(place, key_id))
