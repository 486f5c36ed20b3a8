# Odd ways to use a value are the subject of this file.
# ruff: noqa: ARG005, BLE001, C416, DJ008, FLY002, PLW0108, UP031, UP032
"""Every way a value usually gets out of Python and Django, tried on a sealed one and on a key."""

import base64
import copy
import dataclasses
import json
import pickle
import pprint
import traceback
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django import forms
from django.core import serializers
from django.core.exceptions import FieldError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.template import Context, Template
from django.test.utils import isolate_apps
from django.views.debug import ExceptionReporter

from crypto import token
from crypto.fields import SealedField
from crypto.key_services import VaultAddress
from crypto.keys import DataKey, Scope
from crypto.master import LocalMasterKey
from crypto.material import KeyMaterial, as_text
from crypto.seal import seal
from crypto.sealed import Sealed, token_of
from crypto.signing import Signer
from crypto.vault import Answer, VaultTransit

CANARY = "ZQKANARIEFAGEL"
SECRET = b"these-32-bytes-are-a-secret-key!"
UID = "cases.concern.observation"
ROW = UUID("33333333-3333-4333-8333-333333333333")
SEALED_WORD = "‹förseglat›"


def _key() -> DataKey:
    return DataKey(
        KeyMaterial(SECRET),
        id=uuid4(),
        municipality_id=uuid4(),
        agency_id=uuid4(),
        scope=Scope.CONCERN,
        scope_id=uuid4(),
    )


def _sealed() -> Sealed:
    return seal(CANARY, key=_key(), field=UID, row_id=ROW)


THINGS: dict[str, Callable[[], Any]] = {
    "sealed": _sealed,
    "data key": _key,
    "key material": lambda: KeyMaterial(SECRET),
    "signer": lambda: Signer(SECRET),
    "key text": lambda: as_text(KeyMaterial(SECRET)),
    "local master key": lambda: LocalMasterKey(KeyMaterial(SECRET)),
    "key service": lambda: VaultTransit(
        VaultAddress(name="a", address="https://v", key="k", token_file=SECRET.decode())
    ),
    "answer of a key service": lambda: Answer(200, [{"plaintext": SECRET.decode()}]),
}


@dataclasses.dataclass
class Holder:
    inside: object


class Form(forms.Form):
    text = forms.CharField()


WAYS_OUT: dict[str, Callable[[Any], Any]] = {
    "repr": repr,
    "str": str,
    "ascii": ascii,
    "format": format,
    "format with a width": lambda thing: f"{thing:>60}",
    "f-string": lambda thing: f"{thing} {thing!r} {thing!s} {thing=}",
    "str.format": lambda thing: "{0} {0!r}".format(thing),
    "percent s": lambda thing: "%s" % thing,
    "percent r": lambda thing: "%r" % (thing,),
    "percent d": lambda thing: "%d" % thing,
    "join": lambda thing: "".join([thing]),
    "concatenation": lambda thing: "" + thing,
    "list of": lambda thing: str([thing, {"x": thing}, (thing,)]),
    "pprint": pprint.pformat,
    "dataclass": lambda thing: str(Holder(thing)),
    "dataclass as dict": lambda thing: str(dataclasses.asdict(Holder(thing))),
    "json": json.dumps,
    "json by str": lambda thing: json.dumps(thing, default=str),
    "json by repr": lambda thing: json.dumps(thing, default=repr),
    "json by vars": lambda thing: json.dumps(thing, default=vars),
    "json of django": lambda thing: json.dumps(thing, cls=DjangoJSONEncoder),
    "pickle 0": lambda thing: pickle.dumps(thing, 0),
    "pickle 2": lambda thing: pickle.dumps(thing, 2),
    "pickle 5": lambda thing: pickle.dumps(thing, 5),
    "reduce": lambda thing: thing.__reduce__(),
    "getstate": lambda thing: thing.__getstate__(),
    "copy": lambda thing: str(copy.copy(thing)),
    "deepcopy": lambda thing: str(copy.deepcopy({"x": [thing]})),
    "vars": vars,
    "dict": dict,
    "list": list,
    "tuple": tuple,
    "iteration": lambda thing: [part for part in thing],
    "length": len,
    "item": lambda thing: thing[0],
    "contains": lambda thing: "Z" in thing,
    "bytes": bytes,
    "memoryview": memoryview,
    "int": int,
    "bool": bool,
    "not": lambda thing: not thing,
    "less": lambda thing: thing < "a",
    "sorted": lambda thing: sorted([thing, thing]),
    "template": lambda thing: Template("{{ thing }}").render(Context({"thing": thing})),
    "template unescaped": lambda thing: Template("{{ thing|safe }}").render(
        Context({"thing": thing})
    ),
    "template attribute": lambda thing: Template(
        "{{ thing.token }}{{ thing.0 }}{{ thing.value }}{{ thing.label }}"
    ).render(Context({"thing": thing})),
    "template private attribute": lambda thing: Template("{{ thing._token }}"),
    "template filters": lambda thing: Template(
        "{{ thing|upper }}{{ thing|length }}{{ thing|truncatechars:9 }}{{ thing|pprint }}"
    ).render(Context({"thing": thing})),
    "template for": lambda thing: Template("{% for x in thing %}{{ x }}{% endfor %}").render(
        Context({"thing": thing})
    ),
    "template if": lambda thing: Template("{% if thing %}yes{% endif %}").render(
        Context({"thing": thing})
    ),
    "form initial": lambda thing: str(Form(initial={"text": thing})),
    "form data": lambda thing: str(Form(data={"text": thing})),
    "exception": lambda thing: str(ValueError(thing)),
}


def _said(way: Callable[[Any], Any], thing: Any) -> str:
    try:
        result = way(thing)
    except (TypeError, ValueError, AttributeError) as fault:
        return "".join(
            traceback.TracebackException.from_exception(fault, capture_locals=True).format()
        )
    except Exception as fault:  # template syntax: refused before rendering
        return str(fault)
    return result if isinstance(result, str) else repr(result)


@pytest.mark.parametrize("way", WAYS_OUT.values(), ids=WAYS_OUT)
@pytest.mark.parametrize("make", THINGS.values(), ids=THINGS)
def test_no_way_out(make, way):
    thing = make()
    said = _said(way, thing)
    encoded = base64.b64encode(SECRET).decode()
    for secret in (CANARY, SECRET.decode(), SECRET.hex(), repr(SECRET), encoded):
        assert secret not in said
    if isinstance(thing, Sealed):
        assert token_of(thing).hex() not in said


@pytest.mark.parametrize(
    "way", [repr, str, format, pprint.pformat, WAYS_OUT["template"], WAYS_OUT["percent s"]]
)
def test_a_sealed_value_shows_one_fixed_word(way):
    assert way(_sealed()) == SEALED_WORD


def test_equality_is_identity_and_the_hash_goes_with_it():
    one: Any = _sealed()
    twin = Sealed(token_of(one), uid=one.uid)
    assert one == one  # noqa: PLR0124
    assert one != twin
    assert one != CANARY
    assert len({one, twin, copy.copy(one)}) == 2


@pytest.mark.parametrize("make", THINGS.values(), ids=THINGS)
def test_nothing_can_be_hung_onto_it(make):
    with pytest.raises(AttributeError):
        make().plaintext = CANARY


def test_the_debug_page_shows_no_text_and_no_key():
    def handle(text: str) -> None:
        key = _key()
        sealed = seal(text, key=key, field=UID, row_id=ROW)
        raise RuntimeError(f"{sealed} {key}")

    try:
        handle("a" + CANARY[1:])
    except RuntimeError as fault:
        page = ExceptionReporter(None, type(fault), fault, fault.__traceback__).get_traceback_html()
        # The view's own argument is the view's own business; the seal and the key say nothing.
        assert SEALED_WORD in page
        assert SECRET.decode() not in page


@pytest.mark.parametrize(
    "fail",
    [
        lambda: KeyMaterial(SECRET + b"x"),
        lambda: Signer(SECRET + b"x"),
        lambda: KeyMaterial(SECRET).unwrap(bytes(61), aad=b""),
        lambda: KeyMaterial(SECRET).wrap(KeyMaterial(SECRET), aad="text"),  # type: ignore[arg-type]
        lambda: KeyMaterial(SECRET).rewrap(bytes(61), aad=b"", to=KeyMaterial(SECRET), to_aad=b""),
        lambda: VaultTransit(
            VaultAddress(name="a", address="http://127.0.0.1:1", key="k", token_file=__file__)
        ).wrap_all([(KeyMaterial(SECRET), b"")]),
        lambda: KeyMaterial(SECRET).derive("not bytes"),  # type: ignore[arg-type]
        lambda: seal(CANARY + "\ud800", key=_key(), field=UID, row_id=ROW),
        lambda: seal(CANARY, key=_key(), field=UID, row_id=UUID(int=0)),
    ],
)
def test_a_failure_shows_neither_key_nor_text_in_its_messages(fail):
    with pytest.raises(Exception) as caught:
        fail()
    chain: list[str] = []
    fault: BaseException | None = caught.value
    while fault is not None:
        chain.append(repr(fault) + str(vars(fault)))
        fault = None if fault.__suppress_context__ else fault.__context__
    assert CANARY not in "".join(chain)
    shown = "".join(
        line
        for line in traceback.TracebackException.from_exception(
            caught.value, capture_locals=True
        ).format()
    )
    assert SECRET.decode() not in shown.replace("SECRET", "")


@isolate_apps("crypto")
def _model() -> Any:
    class Concern(models.Model):
        observation = SealedField(uid=UID, null=True)

        class Meta:
            app_label = "crypto"

    return Concern


def test_the_field_takes_only_what_was_sealed_for_it():
    field = _model()._meta.get_field("observation")
    other = seal(CANARY, key=_key(), field="cases.concern.name", row_id=ROW)
    for wrong in (CANARY, CANARY.encode(), 1, object(), other, [_sealed()]):
        with pytest.raises(TypeError) as caught:
            field.get_prep_value(wrong)
        assert CANARY not in str(caught.value)
    assert field.get_prep_value(_sealed())[0] == token.VERSION
    assert field.get_prep_value(None) is None


def test_model_validation_takes_no_text():
    with pytest.raises(TypeError) as caught:
        _model()(observation=CANARY).full_clean()
    assert CANARY not in str(caught.value)
    _model()(id=1, observation=_sealed()).clean_fields()


@pytest.mark.parametrize("fields", ["__all__", ["observation"]])
def test_there_is_no_model_form(fields):
    with pytest.raises(TypeError, match="no form field"):
        forms.modelform_factory(_model(), fields=fields)


@pytest.mark.parametrize("form", ["json", "jsonl", "python", "xml"])
def test_dumpdata_refuses(form):
    with pytest.raises(TypeError, match="cannot be serialised"):
        serializers.serialize(form, [_model()(id=1, observation=_sealed())])


def test_a_model_instance_cannot_be_pickled_into_a_cache():
    with pytest.raises(TypeError, match="cannot be serialised"):
        pickle.dumps(_model()(id=1, observation=_sealed()))


@pytest.mark.parametrize(
    "lookup", ["", "__exact", "__in", "__contains", "__gt", "__startswith", "__length"]
)
def test_sql_cannot_compare_it(lookup):
    with pytest.raises((FieldError, TypeError)):
        str(_model().objects.filter(**{f"observation{lookup}": _sealed()}).query)


def test_sql_can_ask_whether_there_is_one():
    assert "IS NULL" in str(_model().objects.filter(observation__isnull=True).query)


def test_the_migration_keeps_the_uid():
    field = SealedField(uid=UID, null=True)
    _name, path, args, kwargs = field.deconstruct()
    assert path == "crypto.fields.SealedField"
    assert (args, kwargs) == ([], {"uid": UID, "null": True})
    with pytest.raises(ValueError, match="uid"):
        SealedField(uid="Observation")


@isolate_apps("crypto")
def test_a_field_with_a_default_or_an_index_is_a_fault():
    class Wrong(models.Model):
        text = SealedField(uid="crypto.wrong.text", default=None, db_index=True)

        class Meta:
            app_label = "crypto"

    assert [fault.id for fault in Wrong._meta.get_field("text").check()] == ["crypto.E001"]
