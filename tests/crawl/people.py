"""Who lives in the world: the demo's cast, and those the cast lacks – colleagues beside, before and elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.test import Client

from access.models import Agency, Membership, Unit, User
from access.request_transaction import work
from tests.cast import Cast

PREFIX = "crawl-"


@dataclass(frozen=True)
class Extra:
    """Somebody the cast does not have; `ended` is one whose membership ran out a week ago."""

    id: str
    role: str
    agency: str
    unit: str
    ended: bool = False


EXTRAS = (
    Extra("koordinator-utanfor", "coordinator", "Socialtjänsten i Skara", "Ekonomi och stöd"),
    Extra("socialsekreterare-forr", "social_worker", "Socialtjänsten i Skara", "Barn och unga"),
    Extra(
        "socialsekreterare-slutat", "social_worker", "Socialtjänsten i Skara", "Barn och unga", True
    ),
    Extra("chef-utanfor", "manager", "Socialtjänsten i Skara", "Ekonomi och stöd"),
    Extra("chef-grannenhet", "manager", "Grundskolan i Skara", "Björkskolan"),
    Extra("essunga-sekreterare", "social_worker", "Socialtjänsten i Essunga", "Individ och familj"),
    Extra("gotene-sekreterare", "social_worker", "Socialtjänsten i Götene", "Barn och familj"),
    Extra("gotene-chef", "manager", "Socialtjänsten i Götene", "Barn och familj"),
    Extra("essunga-rektor", "principal", "Grundskolan i Essunga", "Lönnskolan"),
    Extra("gotene-rektor", "principal", "Grundskolan i Götene", "Almskolan"),
    Extra("gotene-granskare", "log_reviewer", "Socialtjänsten i Götene", "Barn och familj"),
)


def add_extras(today: date) -> None:
    with work(None):
        for extra in EXTRAS:
            user = User.objects.create_user(email=f"{extra.id}@crawl.example", name=extra.id)
            user.demo_cast = PREFIX + extra.id
            user.save(update_fields=["demo_cast"])
            agency = Agency.objects.get(name=extra.agency)
            Membership.objects.create(
                user=user,
                role=extra.role,
                agency=agency,
                municipality_id=agency.municipality_id,
                unit=Unit.objects.get(agency=agency, name=extra.unit),
                starts_on=today - timedelta(days=40),
                ends_on=today + timedelta(days=-7 if extra.ended else 200),
            )


@dataclass(frozen=True)
class Town:
    """One municipality's people, by what they do there."""

    code: str
    principal: str
    teacher: str
    coordinator: str
    worker: str
    manager: str
    officer: str

    def client(self, who: str) -> Client:
        """The browser of "teacher", "coordinator" …"""
        role = {"coordinator": "coordinator", "worker": "social_worker"}.get(who)
        return Cast().client(getattr(self, who), role=role, code=self.code)

    def member(self, who: str) -> Membership:
        role = {"coordinator": "coordinator", "worker": "social_worker"}.get(who)
        return Cast().membership(getattr(self, who), role=role, code=self.code)


TOWNS = (
    Town("1495", "rektor", "larare", "koordinator", "socialsekreterare", "chef", "polis"),
    Town(
        "1445",
        PREFIX + "essunga-rektor",
        "essunga-larare",
        "essunga-koordinator",
        PREFIX + "essunga-sekreterare",
        "essunga-chef",
        "essunga-polis",
    ),
    Town(
        "1471",
        PREFIX + "gotene-rektor",
        "gotene-larare",
        "gotene-koordinator",
        PREFIX + "gotene-sekreterare",
        PREFIX + "gotene-chef",
        "polis",
    ),
)
