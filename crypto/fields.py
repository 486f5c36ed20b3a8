"""The model field of a sealed value."""

import re
from typing import TYPE_CHECKING, Any, NoReturn

from django.core import checks
from django.db import models

from crypto.sealed import Sealed, token_of

UID = re.compile(r"[a-z0-9_]+\.[a-z0-9_]+\.[a-z0-9_]+")

if TYPE_CHECKING:
    _Field = models.Field[Sealed | None, Any]
else:
    _Field = models.Field


class SealedField(_Field):
    """A bytea column of `Sealed`; its `uid` names it for ever, also after a rename (design D7).

    index: the column beside it that holds the value's blind index, if there is one; said so that
    the index can be made anew with another key. It changes nothing in the database.
    """

    description = "sealed value"
    empty_strings_allowed = False

    def __init__(self, *args: Any, uid: str, index: str = "", **kwargs: Any) -> None:
        if not UID.fullmatch(uid):
            raise ValueError("a sealed field's uid is app.model.field in lower case")
        self.uid = uid
        self.index = index
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "uid": self.uid}

    def db_type(self, connection: Any) -> str:
        return "bytea"

    def get_internal_type(self) -> str:
        return "SealedField"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Sealed | None:
        return None if value is None else Sealed(bytes(value), uid=self.uid)

    def to_python(self, value: Any) -> Sealed | None:
        if value is None or isinstance(value, Sealed):
            return value
        raise TypeError(f"{self.uid} takes only a sealed value")

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        if value is None or hasattr(value, "resolve_expression"):
            return value
        if not isinstance(value, Sealed):
            # The text itself must not stand in the message.
            raise TypeError(f"{self.uid} takes only a sealed value")
        if value.uid != self.uid:
            raise TypeError(f"{self.uid} was given a value sealed for {value.uid}")
        return token_of(value)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: Any = False) -> Any:  # noqa: FBT002  Django's signature
        value = super().get_db_prep_value(value, connection, prepared)
        return connection.Database.Binary(value) if isinstance(value, bytes) else value

    def get_lookup(self, lookup_name: str) -> Any:
        # Two seals of the same text differ, so any comparison in SQL would be a silent mistake.
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None

    def get_transform(self, lookup_name: str) -> None:
        return None

    def value_to_string(self, obj: Any) -> NoReturn:
        raise TypeError(f"{self.uid} cannot be serialised")

    def formfield(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError(f"{self.uid} has no form field: forms.Form, then a service, then seal()")

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        found = super().check(**kwargs)
        if self.has_default() or self.unique or self.choices or getattr(self, "db_index", False):
            message = "A sealed field has no default, choices, index or uniqueness."
            found.append(checks.Error(message, obj=self, id="crypto.E001"))
        return found


class SealedKeyField(SealedField):
    """The sealed key of one file (`crypto.file_seal`): opened to open the file, never shown."""

    description = "sealed file key"
