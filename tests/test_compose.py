"""compose.yaml, as far as it can be judged without a container engine: whole, with no secret in it, and of names that the code reads."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from config.load import setting_names
from config.schema import Settings
from pipeline.store.elastic_address import address

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "compose.yaml").read_text("utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PROFILES = ("single", "cluster")


def of(profile: str) -> dict[str, dict[str, Any]]:
    return {name: service for name, service in SERVICES.items() if profile in service["profiles"]}


def once(name: str) -> bool:
    """Whether a service ends by itself, and others wait until it has."""
    waited = [service.get("depends_on", {}).get(name) for service in SERVICES.values()]
    return any(how and how["condition"] == "service_completed_successfully" for how in waited)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_seen_to_be_well_and_has_its_limits(name: str) -> None:
    service = SERVICES[name]
    assert once(name) or service["healthcheck"]["test"]
    assert once(name) or service["restart"] == "unless-stopped"
    assert service["mem_limit"]
    assert set(service["profiles"]) <= set(PROFILES)


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_is_complete(profile: str) -> None:
    services = of(profile)
    for name, service in services.items():
        assert set(service.get("depends_on", {})) <= set(services), name
    nodes = [name for name, service in services.items() if "node.name" in service.get("environment", {})]
    workers = [service["environment"] for service in services.values() if "SHIAN_STORE_URL" in service.get("environment", {})]
    assert (len(nodes), len(workers)) == {"single": (1, 1), "cluster": (3, 2)}[profile]
    # Each worker knows every node, at the port of the host that it is published on.
    ports = {f"https://localhost:{services[node]['ports'][0].split(':')[1]}" for node in nodes}
    for worker in workers:
        assert set(address(worker["SHIAN_STORE_URL"]).hosts) == ports
    assert sorted(worker.get("SHIAN_SHARD", "1/1") for worker in workers) == [f"{number}/{len(workers)}" for number in range(1, len(workers) + 1)]
    assert len({worker["SHIAN_DESK_PORT"] for worker in workers}) == len(workers)


def test_the_nodes_of_a_cluster_find_each_other() -> None:
    nodes = [service["environment"] for service in of("cluster").values() if "node.name" in service.get("environment", {})]
    names = ",".join(node["node.name"] for node in nodes)
    assert {(node["cluster.initial_master_nodes"], node["discovery.seed_hosts"]) for node in nodes} == {(names, names)}
    data = [volume for name in ("es1", "es2", "es3") for volume in SERVICES[name]["volumes"] if volume.endswith("/data")]
    assert len(set(data)) == 3


def test_no_secret_is_written_down() -> None:
    for name, service in SERVICES.items():
        for key, value in service.get("environment", {}).items():
            if re.search("PASSWORD|KEY|TOKEN|SECRET", key):
                assert re.fullmatch(rf"\$\{{{key}:\?.{{10,}}\}}", value), (name, key)
    # What has a default is no secret.
    assert set(re.findall(r"\$\{(\w+):-", TEXT)) == {
        "ELASTICSEARCH_MEMORY",
        "SHIAN_MEMORY",
        "SHIAN_DESK_HOST",
        "SHIAN_DESK_HOSTS",
        "SHIAN_DESK_HTTPS",
    }


def test_only_loopback_is_published_and_everything_is_encrypted() -> None:
    for service in SERVICES.values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))
        node = service.get("environment", {})
        if "node.name" in node:
            assert node["xpack.security.enabled"] == node["xpack.security.http.ssl.enabled"] == node["xpack.security.transport.ssl.enabled"] == "true"
        if "SHIAN_STORE_URL" in node:
            assert node["SHIAN_STORE_URL"].startswith("elasticsearch+https://")
            assert service["network_mode"] == "host"


def test_what_is_mounted_is_declared_and_all_that_is_declared_is_used() -> None:
    used = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", ())}
    assert used == set(COMPOSE["volumes"])


def test_shian_reads_every_name_that_is_set_for_it() -> None:
    known = {"SHIAN_" + name.replace(".", "_").upper() for name, _ in setting_names(Settings)}
    known |= {f"SHIAN_ELASTICSEARCH_{name}" for name in re.findall(r'"(\w+)"', _line('for name in ("API_KEY"'))}
    named = {key for service in SERVICES.values() for key in service.get("environment", {}) if key.startswith("SHIAN_")}
    assert named <= known


def _line(part: str) -> str:
    lines = (ROOT / "pipeline/store/elastic_address.py").read_text("utf-8").splitlines()
    return next(line for line in lines if part in line)


def test_the_image_is_the_one_that_the_tests_run() -> None:
    version = ElementTree.parse(ROOT / "tests/elasticsearch/pom.xml").findtext("{*}version")
    images = {service["image"] for service in SERVICES.values()} - {"shian"}
    assert images == {f"docker.elastic.co/elasticsearch/elasticsearch:{version}"}


@pytest.mark.parametrize("name", ["certificates", "rights"])
def test_the_scripts_are_sound_shell(name: str) -> None:
    script = SERVICES[name]["command"][2].replace("$$", "$")
    run = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")


def test_the_rights_are_given_as_documented() -> None:
    """The script runs with a stand-in for curl, and says what it would put where."""
    stub = (
        """curl() { while [ $# -gt 0 ]; do case $1 in --data-binary) cat "${2#@}"; shift;; https:*) printf '\\n%s\\n' "$1";; esac; shift; done; }"""
    )
    script = stub + "\n" + SERVICES["rights"]["command"][2].replace("$$", "$")
    environ = {"PATH": "/usr/bin:/bin", "ELASTIC_PASSWORD": "a", "SHIAN_ELASTICSEARCH_PASSWORD": "b"}
    said = subprocess.run(["bash", "-euc", script], env=environ, capture_output=True, text=True, check=True).stdout
    role, _, rest = said.partition("https://elasticsearch:9200/_security/role/shian")
    user, _, _ = rest.partition("https://elasticsearch:9200/_security/user/shian")
    assert json.loads(user) == {"password": "b", "roles": ["shian"]}
    documented = re.findall(r"^```json\n(.*?)^```$", (ROOT / "docs/elasticsearch.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert json.loads(role) in [json.loads(block) for block in documented]
