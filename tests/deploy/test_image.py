"""What the image and compose.yaml say: nothing runs them here, so what they name has to be there and to be accepted."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from preo_mcp.api.operations import GET_USER_INFO
from preo_mcp.files.keys import KEY_BYTES
from preo_mcp.settings import Settings
from preo_mcp.team.health import HEALTH, READY
from preo_mcp.team.members import members_in
from preo_mcp.team.principals import Right

ROOT = Path(__file__).parents[2]
IMAGE = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
REPLICAS = ("replica-1", "replica-2")


def lines(instruction: str, text: str = IMAGE) -> list[str]:
    return re.findall(rf"^{instruction} +(.*)$", text, re.MULTILINE)


def environment_of_image() -> dict[str, str]:
    return dict(word.split("=", 1) for line in lines("ENV") for word in shlex.split(line))


def test_the_image_is_built_in_stages_and_runs_as_nobody_special() -> None:
    assert len(lines("FROM")) == 2
    assert all(re.fullmatch(r"python:3\.\d+-slim( AS build)?", base) for base in lines("FROM"))
    last = IMAGE.rpartition("FROM")[2]
    [user] = lines("USER", last)
    assert int(user.partition(":")[0]) > 0
    assert lines("VOLUME", last) == [environment_of_image()["PREO_STATE_FOLDER"]]
    assert lines("STOPSIGNAL") == ["SIGTERM"]
    assert "pip" not in last
    assert "secret" not in IMAGE.lower()


def test_it_is_alive_when_the_server_says_so() -> None:
    [check] = lines("HEALTHCHECK")
    port = Settings.model_fields["port"].default
    assert f"http://127.0.0.1:{port}{HEALTH}'" in check
    assert lines("EXPOSE") == [str(port)]
    program = json.loads(check.partition("CMD ")[2])
    compile(program[-1], "HEALTHCHECK", "exec")


def test_what_is_copied_is_there_and_nothing_else_gets_in() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in ignored
    let_in = {line[1:] for line in ignored if line.startswith("!")}
    copied = {name for line in lines("COPY") if "--from" not in line for name in line.split()[:-1]}
    assert copied == let_in
    assert all((ROOT / name).exists() for name in copied)
    [installed] = re.findall(r'"\.\[(.+?)\]"', IMAGE)
    extras = re.findall(r"^([a-z-]+) = \[", (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(installed.split(",")) <= set(extras)


@pytest.mark.parametrize("name", REPLICAS)
def test_a_replica_starts_by_its_settings(name: str, tmp_path: Path) -> None:
    service = COMPOSE["services"][name]
    environ = environment_of_image() | service["environment"]
    settings = Settings.load(environ, {})
    assert settings.team
    assert settings.trusted_proxies == (COMPOSE["services"]["balancer"]["networks"]["inside"]["ipv4_address"],)
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert float(service["stop_grace_period"].removesuffix("s")) > settings.stop_seconds
    members = tmp_path / "members.toml"
    members.touch(0o600)
    members.write_bytes((ROOT / "deploy" / "members.toml").read_bytes())
    assert {member for member, _ in read(members)} == {"anna", "bo"}


def read(file: Path) -> list[tuple[str, Any]]:
    return [*members_in(file).read().members.items()]


def test_replicas_share_what_they_have_to_and_keep_their_own_state() -> None:
    first, second = (COMPOSE["services"][name] for name in REPLICAS)
    assert first["environment"] == second["environment"]
    mounted = [{place.split(":")[1]: place.split(":")[0] for place in one["volumes"]} for one in (first, second)]
    assert mounted[0]["/run/redis"] == mounted[1]["/run/redis"] == "redis-socket"
    assert mounted[0]["/state"] != mounted[1]["/state"]
    assert mounted[0]["/run/secrets"] == mounted[1]["/run/secrets"]
    redis = COMPOSE["services"]["redis"]
    assert "--appendfsync always" in redis["command"]
    assert "--appendonly yes" in redis["command"]
    assert any(place.startswith("redis-data:/data") for place in redis["volumes"])
    assert set(COMPOSE["volumes"]) >= {"state-1", "state-2", "redis-data", "redis-socket"}


def test_what_is_mounted_is_there_or_made_by_the_script() -> None:
    script = (ROOT / "deploy" / "prepare.sh").read_text(encoding="utf-8")
    for service in COMPOSE["services"].values():
        for place in service.get("volumes", ()):
            source = place.split(":")[0]
            if source.startswith("./deploy/secrets/"):
                assert source.removeprefix("./deploy/") in script
            elif source.startswith("./"):
                assert (ROOT / source).is_file()
    for name in ("replicas.key", "members.toml", "ca.pem"):
        assert name in script
        assert any(
            value == f"/run/secrets/{name}" for value in COMPOSE["services"]["replica-1"]["environment"].values()
        )
    assert f"rand -hex {KEY_BYTES}" in script
    assert "deploy/secrets/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_the_provider_issues_what_the_server_takes() -> None:
    realm = json.loads((ROOT / "deploy" / "realm.json").read_text(encoding="utf-8"))
    settings = COMPOSE["services"]["replica-1"]["environment"]
    assert settings["PREO_ISSUER"].endswith(f"/realms/{realm['realm']}")
    assert {scope["name"] for scope in realm["clientScopes"]} == set(Right)
    mappers = [mapper["config"] for scope in realm["clientScopes"] for mapper in scope.get("protocolMappers", ())]
    assert f"{settings['PREO_PUBLIC_URL']}/mcp" in [one.get("included.custom.audience") for one in mappers]
    assert {"email", "email_verified"} <= {one.get("claim.name") for one in mappers}
    assert {user["email"] for user in realm["users"]} == {"anna@example.org", "bo@example.org"}


def test_the_balancer_asks_whether_a_replica_is_ready() -> None:
    config = (ROOT / "deploy" / "haproxy.cfg").read_text(encoding="utf-8")
    assert f"uri {READY}" in config
    for name in (*REPLICAS, "provider"):
        assert f" {name}:" in config
        assert name in COMPOSE["services"]
    assert "empty-response" not in config, "a request that may have been carried out is not sent twice"
    assert GET_USER_INFO.path.startswith("/v1/"), "what readiness asks Preo for"
