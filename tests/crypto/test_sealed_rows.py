# ruff: noqa: ARG005
"""A real row with sealed values, asked for in every way Django has: what comes is sealed, or nothing comes."""

from __future__ import annotations

import io
import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from django.core import serializers
from django.core.exceptions import FieldError
from django.core.management import CommandError, call_command
from django.core.serializers.base import DeserializationError
from django.db import DatabaseError, connection, transaction
from django.db.models import CharField, Count, F, Max, QuerySet, TextField, Value
from django.db.models.functions import Cast as CastTo
from django.db.models.functions import Coalesce, Concat, Length, Lower, Upper
from django.forms.models import fields_for_model, model_to_dict, modelform_factory

from access.request_transaction import set_partition
from cases.models import Concern
from crypto.sealed import Sealed
from tests.cases import steps
from tests.cast import Cast

CANARY = "ZQKANARIEFAGEL"
TYPED: dict[str, Any] = {"seen": CANARY}
Ask = Callable[["QuerySet[Concern]"], Any]


@pytest.fixture
def rows(cast: Cast) -> QuerySet[Concern]:
    steps.tell(cast.client("larare"), seen=CANARY, child=CANARY)
    set_partition(cast.actor("koordinator"))
    found = Concern.objects.all()
    assert found.count() == 1
    return found


GIVES_SEALS: dict[str, Ask] = {
    "attribute": lambda rows: rows.get().seen,
    "values": lambda rows: rows.values("seen").get()["seen"],
    "values of all": lambda rows: rows.values().get()["seen"],
    "values_list": lambda rows: rows.values_list("seen").get()[0],
    "values_list flat": lambda rows: rows.values_list("seen", flat=True).get(),
    "values_list named": lambda rows: rows.values_list("seen", named=True).get().seen,
    "only": lambda rows: rows.only("seen").get().seen,
    "defer": lambda rows: rows.defer("seen").get().seen,
    "iterator": lambda rows: [row.seen for row in rows.iterator()].pop(),
    "in_bulk": lambda rows: next(iter(rows.in_bulk().values())).seen,
    "raw": lambda rows: next(iter(Concern.objects.raw("SELECT * FROM cases_concern"))).seen,
    "annotate F": lambda rows: rows.annotate(x=F("seen")).get().x,
    "coalesce": lambda rows: rows.annotate(x=Coalesce("seen", "child")).get().x,
    "refresh": lambda rows: _refreshed(rows.get()).seen,
    "order_by": lambda rows: rows.order_by("seen").get().seen,
    "distinct": lambda rows: rows.order_by("seen").distinct("seen").get().seen,
    "union": lambda rows: rows.union(rows, all=True)[0].seen,
    "model_to_dict": lambda rows: model_to_dict(rows.get())["seen"],
}


def _refreshed(row: Concern) -> Concern:
    row.refresh_from_db()
    return row


@pytest.mark.parametrize("ask", GIVES_SEALS.values(), ids=GIVES_SEALS)
def test_what_comes_is_sealed(rows: QuerySet[Concern], ask: Ask) -> None:
    got = ask(rows)
    assert type(got) is Sealed
    assert str(got) == "‹förseglat›"


IS_REFUSED: dict[str, Ask] = {
    "lower": lambda rows: rows.annotate(x=Lower("seen")).get(),
    "upper": lambda rows: rows.annotate(x=Upper("seen", output_field=TextField())).get(),
    "filter": lambda rows: rows.filter(seen=CANARY).get(),
    "filter in": lambda rows: rows.filter(seen__in=[CANARY]).get(),
    "filter by another column": lambda rows: rows.filter(seen=F("child")).get(),
    "filter icontains": lambda rows: rows.filter(seen__icontains="ZQ").get(),
    "filter length": lambda rows: rows.filter(seen__length=3).get(),
    "update with text": lambda rows: rows.update(seen=CANARY),
    "model form": lambda rows: modelform_factory(Concern, fields=["seen"]),
    "form fields": lambda rows: fields_for_model(Concern),
    "full_clean of text": lambda rows: Concern(**TYPED).full_clean(),
    "save of text": lambda rows: Concern(**TYPED).save(),
    "value_to_string": lambda rows: Concern._meta.get_field("seen").value_to_string(rows.get()),
    "serialise json": lambda rows: serializers.serialize("json", rows),
    "serialise python": lambda rows: serializers.serialize("python", rows),
    "serialise xml": lambda rows: serializers.serialize("xml", rows),
    "dumpdata": lambda rows: call_command("dumpdata", "cases.concern", stdout=io.StringIO()),
}


@pytest.mark.parametrize("ask", IS_REFUSED.values(), ids=IS_REFUSED)
def test_what_would_compare_serialise_or_type_it_is_refused(
    rows: QuerySet[Concern], ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A refused dumpdata leaves its cursor behind, which would be closed in the middle of a later test.
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    with (
        pytest.raises((TypeError, FieldError, DatabaseError, CommandError, AttributeError)) as told,
        transaction.atomic(),
    ):
        ask(rows)
    assert CANARY not in str(told.value)


CIPHERTEXT_ONLY: dict[str, Ask] = {
    "cast to text": lambda rows: rows.annotate(x=CastTo("seen", TextField())).get().x,
    "largest": lambda rows: rows.aggregate(x=Max("seen"))["x"],
    "concat": lambda rows: rows.annotate(x=Concat("seen", Value("x"), output_field=CharField())),
    "length": lambda rows: rows.annotate(x=Length("seen")).get().x,
    "count": lambda rows: rows.values("seen").annotate(x=Count("id")).get()["x"],
    "explain": lambda rows: rows.filter(seen__isnull=False).explain(verbose=True),
}


@pytest.mark.parametrize("ask", CIPHERTEXT_ONLY.values(), ids=CIPHERTEXT_ONLY)
def test_what_the_database_itself_can_make_of_it_is_ciphertext(
    rows: QuerySet[Concern], ask: Ask
) -> None:
    """The database never had the text; whoever may send it SQL gets what a stolen dump holds."""
    try:
        with transaction.atomic():
            told = repr(ask(rows))
    except DatabaseError as fault:  # not every version of PostgreSQL compares bytes
        told = str(fault)
    for form in (CANARY, CANARY.encode().hex(), CANARY.lower()):
        assert form not in told


def test_loaddata_takes_neither_text_nor_ciphertext(rows: QuerySet[Concern], tmp_path: Any) -> None:
    row = rows.get()
    for given in (CANARY, "AQE=", None):
        fields = {"number": "O26-AAAAA", "seen": given, "child": given}
        fixture = tmp_path / "concern.json"
        fixture.write_text(
            json.dumps([{"model": "cases.concern", "pk": str(row.pk), "fields": fields}])
        )
        with pytest.raises((DeserializationError, DatabaseError)), transaction.atomic():
            call_command("loaddata", str(fixture), verbosity=0)
    assert type(rows.get().seen) is Sealed


def test_a_model_with_sealed_values_cannot_be_pickled(rows: QuerySet[Concern]) -> None:
    for thing in (rows.get(), list(rows), rows.values("seen").get()):
        with pytest.raises(TypeError, match="cannot be serialised"):
            pickle.dumps(thing)
