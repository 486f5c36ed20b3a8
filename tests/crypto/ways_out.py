# Odd ways to use a value are the subject of this file.
# ruff: noqa: BLE001, C416, FLY002, PLW0108, UP031, UP032
"""Every way a value usually gets out of Python and Django, each as a function of the value.

`said` gives all the text that a way produced: its result, or its exception with every local variable.
"""

from __future__ import annotations

import base64
import copy
import csv
import dataclasses
import hashlib
import inspect
import io
import json
import logging
import marshal
import pdb  # noqa: T100 - what it shows is tried
import pickle
import pprint
import reprlib
import string
import traceback
import unittest
import warnings
import weakref
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from celery.utils.saferepr import saferepr
from django import forms
from django.contrib.messages.storage.base import Message
from django.contrib.messages.storage.cookie import MessageEncoder
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache.backends.locmem import LocMemCache
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.template import Context, Engine
from django.test import RequestFactory, override_settings
from django.views.debug import ExceptionReporter
from kombu.serialization import dumps as to_celery

Way = Callable[[Any], Any]


@dataclasses.dataclass
class Holder:
    inside: object


class Form(forms.Form):
    text = forms.CharField()


class Slip(Exception):
    """Raised with the value among the locals and in its arguments."""


def rendered(source: str) -> Way:
    engine = Engine(debug=True, libraries={"i18n": "django.templatetags.i18n"})

    def render(thing: Any) -> str:
        with override_settings(DEBUG=True):
            return engine.from_string(source).render(Context({"thing": thing, "x": [thing]}))

    return render


def fault_with(thing: Any) -> Slip:
    try:
        inner = {"thing": thing}
        raise Slip(thing, inner)  # noqa: TRY301 - this frame is the one that is shown
    except Slip as fault:
        return fault


def debug_page(kind: str) -> Way:
    """Django's own page of an uncaught exception, with every local variable: what DEBUG would show."""

    def page(thing: Any) -> str:
        fault = fault_with(thing)
        request = RequestFactory().post("/", {"q": "x"})
        reporter = ExceptionReporter(request, type(fault), fault, fault.__traceback__)
        with override_settings(DEBUG=True):
            html = reporter.get_traceback_html() if kind == "html" else ""
            return html or reporter.get_traceback_text()

    return page


def debugger(thing: Any) -> str:
    """A session of Python's debugger: the variable, all of them, and what unfolds of it."""
    told = io.StringIO()
    asked = io.StringIO("args\np thing\npp locals()\np dir(thing)\nwhatis thing\nc\n")

    def stopped(thing: Any) -> None:
        return None

    with_input = pdb.Pdb(stdin=asked, stdout=told, nosigint=True, readrc=False)
    with_input.runcall(stopped, thing)
    return told.getvalue()


def logged(level: int) -> Way:
    def log(thing: Any) -> str:
        told = io.StringIO()
        logger = logging.Logger("tried", logging.DEBUG)  # noqa: LOG001 - kept out of the tree
        handler = logging.StreamHandler(told)
        handler.setFormatter(logging.Formatter("%(message)s %(args)s %(extra_thing)s %(exc_info)s"))
        logger.addHandler(handler)
        fault = fault_with(thing)
        logger.log(
            level, "%s %r", thing, {"in": thing}, exc_info=fault, extra={"extra_thing": thing}
        )
        logger.log(level, thing, extra={"extra_thing": [thing]})
        return told.getvalue()

    return log


def in_csv(thing: Any) -> str:
    told = io.StringIO()
    csv.writer(told).writerow([thing])
    csv.DictWriter(told, ["a"]).writerow({"a": thing})
    return told.getvalue()


def warned(thing: Any) -> str:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.warn(f"{thing}", stacklevel=1)
    return str([str(one.message) for one in caught])


def compared(thing: Any) -> str:
    """What unittest tells of a difference."""
    told = []
    for one, other in ((thing, "other"), ([thing], ["other"]), ({"a": thing}, {"a": "other"})):
        try:
            unittest.TestCase().assertEqual(one, other)  # noqa: PT009 - its words are tried
        except AssertionError as difference:
            told.append(str(difference))
    return "".join(told)


def asserted(thing: Any) -> str:
    """What pytest tells of a failed assertion (this module is rewritten by it)."""
    try:
        assert [thing] == ["other"]
    except AssertionError as difference:
        return str(difference)
    raise RuntimeError("equal to another")


def members(thing: Any) -> str:
    return repr([(name, value) for name, value in inspect.getmembers(thing) if name != "__doc__"])


def unfolded(thing: Any) -> str:
    """What an editor's debugger shows when a variable is unfolded."""
    return repr({name: getattr(thing, name) for name in dir(thing)})


PLAIN_PYTHON: dict[str, Way] = {
    "repr": repr,
    "str": str,
    "ascii": ascii,
    "format": format,
    "format with a width": lambda thing: f"{thing:>60}",
    "f-string": lambda thing: f"{thing} {thing!r} {thing!s} {thing=}",
    "str.format": lambda thing: "{0} {0!r}".format(thing),
    "str.format of an attribute": lambda thing: "{0.__class__} {0}".format(thing),
    "percent s": lambda thing: "%s" % thing,
    "percent r": lambda thing: "%r" % (thing,),
    "percent d": lambda thing: "%d" % thing,
    "string template": lambda thing: string.Template("$thing").substitute(thing=thing),
    "join": lambda thing: "".join([thing]),
    "concatenation": lambda thing: "" + thing,
    "list of": lambda thing: str([thing, {"x": thing}, (thing,)]),
    "pprint": pprint.pformat,
    "reprlib": reprlib.repr,
    "csv": in_csv,
    "warning": warned,
    "url": lambda thing: urlencode({"q": thing}),
    "dataclass": lambda thing: str(Holder(thing)),
    "dataclass as dict": lambda thing: str(dataclasses.asdict(Holder(thing))),
    "dataclass as tuple": lambda thing: str(dataclasses.astuple(Holder(thing))),
    "json": json.dumps,
    "json by str": lambda thing: json.dumps(Holder(thing), default=str),
    "json by repr": lambda thing: json.dumps(Holder(thing), default=repr),
    "json by vars": lambda thing: json.dumps(Holder(thing), default=vars),
    "json of django": lambda thing: json.dumps({"x": thing}, cls=DjangoJSONEncoder),
    "pickle 0": lambda thing: pickle.dumps(thing, 0),
    "pickle 2": lambda thing: pickle.dumps(thing, 2),
    "pickle 5": lambda thing: pickle.dumps([{"x": thing}], 5),
    "marshal": marshal.dumps,
    "reduce": lambda thing: thing.__reduce__(),
    "reduce_ex": lambda thing: thing.__reduce_ex__(4),
    "copy": lambda thing: str(copy.copy(thing)),
    "deepcopy": lambda thing: str(copy.deepcopy({"x": [thing]})),
    "list": lambda thing: "".join(list(thing)),
    "iteration": lambda thing: "".join([part for part in thing]),
    "item": lambda thing: thing[:],
    "unfolded members": members,
    "unfolded attributes": unfolded,
    "bytes": lambda thing: bytes(thing) if not isinstance(thing, str) else thing.encode(),
    "base64": lambda thing: base64.b64encode(thing),
    "int": int,
    "exception": lambda thing: str(ValueError(thing)),
    "exception's arguments": lambda thing: repr(fault_with(thing)),
    "exception group": lambda thing: repr(ExceptionGroup("several", [fault_with(thing)])),
    "traceback with locals": lambda thing: "".join(
        traceback.TracebackException.from_exception(fault_with(thing), capture_locals=True).format()
    ),
    "debugger": debugger,
    "unittest difference": compared,
    "pytest difference": asserted,
}
LOGS: dict[str, Way] = {
    f"log {logging.getLevelName(level)}": logged(level)
    for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL)
}
PYTHON = PLAIN_PYTHON | LOGS

TEMPLATE_SOURCES = {
    "variable": "{{ thing }}",
    "unescaped": "{{ thing|safe }}",
    "autoescape off": "{% autoescape off %}{{ thing }}{% endautoescape %}",
    "in a list": "{{ x }}{{ x.0 }}{{ x|first }}{{ x|join:', ' }}",
    "for": "{% for one in x %}{{ one }}{% endfor %}",
    "with": "{% with y=thing %}{{ y }}{% endwith %}",
    "firstof": "{% firstof x.0 'empty' %}",
    "cycle": "{% cycle thing 'b' %}",
    "blocktranslate": "{% load i18n %}{% blocktranslate %}{{ thing }}{% endblocktranslate %}",
    "debug tag": "{% debug %}",
    "json_script": "{{ thing|json_script:'id' }}",
    "json_script of a list": "{{ x|json_script }}",
} | {
    f"filter {name}": "{{ thing|" + name + " }}"
    for name in (
        "upper", "lower", "title", "capfirst", "pprint", "truncatechars:99", "truncatewords:9",
        "stringformat:'s'", "stringformat:'r'", "linebreaks", "linebreaksbr", "linenumbers",
        "wordwrap:200", "urlencode", "urlize", "iriencode", "slugify", "striptags", "force_escape",
        "escapejs", "addslashes", "center:'99'", "ljust:99", "rjust:99", "cut:'x'", "make_list|join:''",
        "default_if_none:'n'", "default:'n'", "add:''", "slice:':50'",
    )
}  # fmt: skip

DJANGO: dict[str, Way] = {
    **{f"template {name}": rendered(source) for name, source in TEMPLATE_SOURCES.items()},
    "debug page": debug_page("html"),
    "debug page as text": debug_page("text"),
    "form initial": lambda thing: str(Form(initial={"text": thing})),
    "form data": lambda thing: str(Form(data={"text": thing})),
    "form error": lambda thing: str(ValidationError("%(value)s", params={"value": thing})),
    "response": lambda thing: HttpResponse([thing]).content,
    "streamed response": lambda thing: StreamingHttpResponse([thing]).getvalue(),
    "response header": lambda thing: HttpResponse(headers={"X-Thing": thing}).serialize(),
    "json response": lambda thing: _json_response(thing),
    "cookie": lambda thing: _cookie(thing),
    "mail": lambda thing: (
        EmailMessage("s", body=thing, to=["a@sspf.example"]).message().as_string()
    ),
    "session": lambda thing: str(SessionStore().encode({"x": thing})),
    "message": lambda thing: json.dumps([Message(20, thing)], cls=MessageEncoder),
    "cache": lambda thing: _cached(thing),
    "celery arguments": lambda thing: str(to_celery([[thing], {}, {}], serializer="json")),  # type: ignore[no-untyped-call]  # kombu has no types
    "celery's words for them": lambda thing: saferepr([thing, {"x": thing}]),
}

# What would tell of the content by its answer alone: each must be refused.
QUESTIONS: dict[str, Way] = {
    "length": len,
    "bool": bool,
    "not": lambda thing: not thing,
    "contains": lambda thing: "Z" in thing,
    "less": lambda thing: thing < "a",
    "greater than a twin": lambda thing: thing >= copy.copy(thing),
    "sorted": lambda thing: sorted([thing, copy.copy(thing)]),
    "min": lambda thing: min(thing, "a"),
    "digest": hashlib.sha256,
    "memoryview": memoryview,
    "vars": vars,
    "getstate": lambda thing: thing.__getstate__(),
    "dict": dict,
    "weak reference": weakref.ref,
    "template if": rendered("{% if thing %}yes{% endif %}"),
    "template for": rendered("{% for one in thing %}{{ one }}{% endfor %}"),
    "template yesno": rendered("{{ thing|yesno }}"),
}  # fmt: skip


def _json_response(thing: Any) -> str:
    try:
        return JsonResponse({"x": thing}).content.decode()
    except TypeError as fault:
        return str(fault)


def _cookie(thing: Any) -> str:
    answer = HttpResponse()
    answer.set_cookie("x", thing)
    return answer.cookies.output()


def _cached(thing: Any) -> bytes:
    kept = LocMemCache("tried", {})
    kept.set("k", thing)
    return bytes(vars(kept)["_cache"][kept.make_key("k")])


def said(way: Way, thing: Any) -> str:
    try:
        result = way(thing)
    except Exception as fault:
        return "".join(
            traceback.TracebackException.from_exception(fault, capture_locals=True).format()
        )
    if isinstance(result, bytes):
        return result.decode("latin-1") + repr(result)
    return result if isinstance(result, str) else repr(result)
