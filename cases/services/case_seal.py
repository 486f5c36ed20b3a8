"""Sealing the texts of a row that belongs to a case, under the case's own key."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from access.models import PartitionModel
from cases.models import Case
from cases.services.protection import must_hold_no_address
from crypto.fields import SealedField
from crypto.keys import DataKey, Scope, data_key
from crypto.seal import seal
from crypto.sealed import Sealed


def seal_texts(
    case: Case, *, model: type[PartitionModel], row_id: UUID, texts: Mapping[str, str]
) -> dict[str, Sealed]:
    """Field name → sealed text, ready for `model(**…)`; the row must be in the case's own partition.

    Raises AddressInText where the person may have no address written.
    """
    must_hold_no_address(case, texts)
    key = case_key(case)
    return {
        name: seal(text, key=key, field=uid_of(model, name), row_id=row_id)
        for name, text in texts.items()
    }


def case_key(case: Case) -> DataKey:
    return data_key(
        municipality_id=case.municipality_id,
        agency_id=case.agency_id,
        scope=Scope.CASE,
        scope_id=case.id,
    )


def uid_of(model: type[PartitionModel], name: str) -> str:
    field = model._meta.get_field(name)
    if not isinstance(field, SealedField):
        raise TypeError(f"{name} is not sealed")
    return field.uid
