# ruff: noqa: DJ008
"""No way out of Python or Django shows what is sealed, or a key (the ways: `ways_out`)."""

import copy
import pickle
import pprint
import traceback
from base64 import b64encode
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django import forms
from django.core import serializers
from django.core.exceptions import FieldError
from django.db import models
from django.template import Context, Template, TemplateSyntaxError
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

pytest.register_assert_rewrite("tests.crypto.ways_out")
from tests.crypto.ways_out import DJANGO, PYTHON, QUESTIONS, said  # noqa: E402

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


# They live for one call to a key service, and no other room can name them.
INSIDE_CRYPTO_ONLY = {"key text", "answer of a key service"}


class Plain(str):  # noqa: SLOT000 - its attribute is what is unfolded
    """A text that is not sealed, with an attribute to unfold."""

    def __init__(self, text: str) -> None:
        self.inside = text


def secrets_in(text: str) -> list[str]:
    """Which secrets the text shows, in clear or in a usual encoding."""
    found = []
    for secret in (CANARY.encode(), SECRET):
        in_words = (
            secret.decode(),
            secret.hex(),
            repr(secret)[2:-1],
            b64encode(secret).decode()[:-4],
        )
        found += [form for form in in_words if form.lower() in text.lower()]
    return found


WAYS_OUT = PYTHON | DJANGO


@pytest.mark.parametrize("way", WAYS_OUT.values(), ids=WAYS_OUT)
@pytest.mark.parametrize("make", THINGS.values(), ids=THINGS)
def test_no_way_out(make, way):
    thing = make()
    told = said(way, thing)
    assert secrets_in(told) == []
    if isinstance(thing, Sealed):
        assert token_of(thing).hex() not in told
        assert repr(token_of(thing)) not in told


@pytest.mark.parametrize("way", WAYS_OUT.values(), ids=WAYS_OUT)
def test_each_of_these_ways_would_show_a_text_that_is_not_sealed(way):
    assert secrets_in(said(way, Plain(CANARY)))


@pytest.mark.parametrize("ask", QUESTIONS.values(), ids=QUESTIONS)
@pytest.mark.parametrize("make", THINGS.values(), ids=THINGS)
def test_what_would_tell_by_its_answer_is_refused(make, ask):
    with pytest.raises((TypeError, TemplateSyntaxError)):
        ask(make())


@pytest.mark.parametrize("make", THINGS.values(), ids=THINGS)
def test_a_template_that_compares_it_learns_nothing(make):
    source = (
        "{% if thing < 'Z' %}less{% endif %}{% if 'Z' in thing %}in{% endif %}{{ thing|length }}"
    )
    assert Template(source).render(Context({"thing": make()})) == "0"


@pytest.mark.parametrize(
    "source", ["{{ thing._token }}", "{{ thing._raw }}", "{{ thing.__class__ }}"]
)
def test_a_template_cannot_name_what_is_private(source):
    with pytest.raises(TemplateSyntaxError):
        Template(source)


@pytest.mark.parametrize("name", sorted(THINGS.keys() - INSIDE_CRYPTO_ONLY))
def test_a_template_that_asks_for_everything_public_gets_no_secret(name):
    thing = THINGS[name]()
    names = {
        *dir(type(thing)),
        *(slot for of in type(thing).mro() for slot in vars(of).get("__slots__", ())),
    }
    source = "".join(f"{{{{ thing.{name} }}}}" for name in names if not name.startswith("_"))
    assert "{{" in source
    assert secrets_in(Template(source).render(Context({"thing": thing}))) == []


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy])
def test_a_copy_is_the_thing_itself_and_opens_nothing_more(again):
    thing = _sealed()
    assert again(thing) is thing
    (held,) = again([thing])
    assert held is thing


@pytest.mark.parametrize(
    "way", [repr, str, format, pprint.pformat, DJANGO["template variable"], PYTHON["percent s"]]
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
