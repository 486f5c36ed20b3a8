"""docker-compose.yml is held against the variables and rules that exist; no engine is needed for that."""

import os
import runpy
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml

from sspf import env, settings

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service.get("build")}
make_secrets = runpy.run_path(str(ROOT / "deploy" / "make_secrets.py"))
OWN_FILE = {name for name, variable in env.VARIABLES.items() if variable.own_file}
ONE_SHOT = {"provision", "migrate"}
ON_DEMAND = {"rotate", "backup", "restore"}
OF_ONE_PROCESS = {"SSPF_AUDIT_KEY", "SSPF_WITNESSES"}
OPENS_NOTHING = {"sequencer", "courier"}
WHAT_OPENS = {"SSPF_MASTER_KEY", "SSPF_MASTER_KEY_PREVIOUS", "SSPF_KEY_SERVICES"}


def base_name(variable: str) -> str:
    return variable.removesuffix("_FILE")


def test_every_part_of_the_system_has_a_service():
    assert set(SERVICES) == {
        *("postgres", "valkey", "provision", "migrate"),
        *(
            "web",
            "worker",
            "worker-default",
            "worker-bulk",
            "beat",
            "sequencer",
            "courier",
            "rotate",
            "proxy",
        ),
        *("backup", "restore"),
    }


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_variable_a_service_sets_is_one_the_system_reads(name: str):
    for variable in OURS[name]["environment"]:
        assert base_name(variable) in env.VARIABLES


@pytest.mark.parametrize("name", sorted(set(OURS) - {"provision", "backup", "restore"}))
def test_every_variable_the_settings_need_is_set(name: str):
    given = {base_name(variable) for variable in OURS[name]["environment"]}
    needed = {
        variable
        for variable in env.VARIABLES
        if variable not in env.PROVISIONING | env.BACKUP | OF_ONE_PROCESS
    }
    assert given - OF_ONE_PROCESS == (needed - WHAT_OPENS if name in OPENS_NOTHING else needed)


@pytest.mark.parametrize("name", sorted(OPENS_NOTHING))
def test_who_opens_nothing_is_given_no_key_that_opens(name: str):
    files = {"master_key", "master_key_previous", "key_services.toml"}
    assert not files & set(SERVICES[name]["secrets"])


@pytest.mark.parametrize("name", sorted(OURS))
def test_a_secret_comes_from_a_file_that_the_service_is_given(name: str):
    service = OURS[name]
    for variable, value in service["environment"].items():
        if env.VARIABLES[base_name(variable)].secret:
            assert variable.endswith("_FILE")
        if variable.endswith("_FILE"):
            assert value.removeprefix("/run/secrets/") in service["secrets"]
    used = {value.removeprefix("/run/secrets/") for value in service["environment"].values()}
    assert set(service["secrets"]) <= used


def test_every_secret_is_a_file_outside_the_repository():
    assert "/deploy/secrets/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    for name, secret in COMPOSE["secrets"].items():
        assert secret == {"file": f"./deploy/secrets/{name}"}


def test_only_the_sequencer_can_sign_the_evidence_log():
    holders = {name for name, service in SERVICES.items() if "audit_key" in service["secrets"]}
    assert holders == {"sequencer"}


def test_who_signs_has_no_way_out_and_who_goes_out_cannot_sign():
    assert SERVICES["sequencer"]["networks"] == ["inside"]
    assert "outside" in SERVICES["courier"]["networks"]
    assert "SSPF_WITNESSES_FILE" in SERVICES["courier"]["environment"]


def test_only_provisioning_and_the_server_hold_the_superusers_password():
    holders = {
        name for name, service in SERVICES.items() if "database_superuser" in service["secrets"]
    }
    assert holders == {"postgres", "provision", "restore"}


def test_what_makes_backups_cannot_read_them_and_nothing_that_stays_can():
    for part in ("content", "keys"):
        holders = {
            name for name, service in SERVICES.items() if f"backup_{part}_key" in service["secrets"]
        }
        assert holders == {"restore"}
    assert "master_key" not in SERVICES["backup"]["secrets"]


@pytest.mark.parametrize("name", ["backup", "restore"])
def test_backup_and_restore_are_told_all_they_read(name: str):
    given = {base_name(variable) for variable in SERVICES[name]["environment"]}
    secret = {"SSPF_BACKUP_CONTENT_KEY", "SSPF_BACKUP_KEYS_KEY", "SSPF_BACKUP_PUBLIC_KEY"}
    making = env.BACKUP - secret
    assert given & env.BACKUP == (making if name == "backup" else secret | {"SSPF_BACKUP_DIR"})


def test_each_process_logs_in_as_its_own_role():
    roles = {
        name: service["environment"]["SSPF_DATABASE_ROLE"]
        for name, service in OURS.items()
        if name != "provision"
    }
    assert roles == {
        "migrate": "owner",
        "web": "web",
        "worker": "worker",
        "worker-default": "worker",
        "worker-bulk": "worker",
        "beat": "worker",
        "sequencer": "sequencer",
        "rotate": "rotator",
        "courier": "sequencer",
        "backup": "backup",
        "restore": "backup",
    }
    for name, role in roles.items():
        password = OURS[name]["environment"]["SSPF_DATABASE_PASSWORD_FILE"]
        assert password == f"/run/secrets/database_{role}"


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_is_not_root_and_cannot_write_to_its_file_system(name: str):
    service = SERVICES[name]
    assert str(service["user"]).split(":")[0] not in ("", "0", "root")
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["tmpfs"]


def test_every_queue_has_workers_of_its_own():
    asked = [
        command[command.index("--queues") + 1]
        for command in (service["command"] for service in OURS.values() if "command" in service)
        if "--queues" in command
    ]
    assert sorted(asked) == sorted(settings.CELERY_TASK_QUEUES)


@pytest.mark.parametrize("name", sorted(set(SERVICES) - ONE_SHOT - ON_DEMAND))
def test_a_service_that_stays_tells_whether_it_is_well(name: str):
    assert SERVICES[name]["healthcheck"]["test"]
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", sorted(ONE_SHOT))
def test_a_service_that_ends_is_waited_for(name: str):
    assert SERVICES[name]["restart"] == "no"
    waiting = [service.get("depends_on", {}).get(name) for service in SERVICES.values()]
    assert {"condition": "service_completed_successfully"} in waiting


@pytest.mark.parametrize("name", sorted(ON_DEMAND))
def test_a_service_on_demand_starts_only_when_asked_for(name: str):
    assert SERVICES[name]["profiles"]
    assert SERVICES[name]["restart"] == "no"


KEYS = {
    *("master_key", "master_key_previous", "audit_key"),
    *("backup_signing_key", "backup_content_key", "backup_keys_key"),
}


def test_the_keys_are_files_of_the_containers_user_alone(tmp_path: Path):
    make_secrets["make"](tmp_path / "secrets", owner=os.geteuid())
    made = {path.name: path.stat() for path in (tmp_path / "secrets").iterdir()}
    assert set(made) == set(COMPOSE["secrets"]) - {"tls_certificate.pem", "tls_key.pem"}
    modes = {name: stat.S_IMODE(found.st_mode) for name, found in made.items()}
    assert modes == {name: 0o400 if name in KEYS else 0o444 for name in made}
    before = {path: path.read_bytes() for path in (tmp_path / "secrets").iterdir()}
    make_secrets["make"](tmp_path / "secrets", owner=os.geteuid())
    assert before == {path: path.read_bytes() for path in (tmp_path / "secrets").iterdir()}
    assert str(OURS["web"]["user"]).split(":")[0] == str(make_secrets["CONTAINER_USER"])
    assert {name.lower().removeprefix("sspf_") for name in OWN_FILE} == KEYS


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_the_keys_are_given_to_that_user(tmp_path: Path):
    make_secrets["make"](tmp_path / "secrets", owner=make_secrets["CONTAINER_USER"])
    owners = {path.name: path.stat().st_uid for path in (tmp_path / "secrets").iterdir()}
    assert {
        name for name, owner in owners.items() if owner == make_secrets["CONTAINER_USER"]
    } == KEYS


def test_only_the_proxy_is_reached_from_outside():
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"proxy"}
    assert SERVICES["proxy"]["networks"] == ["front"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    for name in ("postgres", "valkey", "sequencer", "migrate", "provision"):
        assert SERVICES[name]["networks"] == ["inside"]


def test_the_image_runs_as_nobody_special_and_installs_only_what_is_locked():
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert "USER 10001:10001" in lines
    assert all(str(service["user"]) == "10001:10001" for service in OURS.values())
    assert lines.count("--require-hashes") == 2
    assert "requirements-dev" not in lines
