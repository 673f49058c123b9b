"""
compose.yaml, the systemd units, the manifests and the web server before them: what they promise,
read off the files.
"""

import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from worker.cli import MOUNTS
from worker.settings import Settings

ROOT = Path(__file__).parents[2]
#: what is on the wire may take so long at shutdown
GRACE: int = next(f.default for f in fields(Settings) if f.name == "grace")
COMMANDS = {m.name for m in MOUNTS}
#: the oldest and the newest whose schemas are at hand are years apart
KUBERNETES = ("1.30", "1.37")

COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {n: s for n, s in SERVICES.items() if s["image"] == "giovang"}
UNITS = sorted((ROOT / "examples/systemd").glob("*.service"))
MANIFESTS = [
    document for file in sorted((ROOT / "examples/kubernetes").glob("*.yaml"))
    for document in yaml.safe_load_all(file.read_text(encoding="utf-8"))
]
PODS = {d["metadata"]["name"]: d["spec"]["template"]["spec"] for d in MANIFESTS
        if "template" in d.get("spec", {})}
CONTAINERS = [(pod, c) for pod, spec in PODS.items() for c in spec["containers"]]


def seconds(text: str) -> int:
    assert re.fullmatch(r"\d+s", text)
    return int(text[:-1])


# ---------------------------------------------------------------------- compose


def test_one_machine_starts_what_has_no_profile_and_a_cluster_the_rest() -> None:
    """`docker compose up` is SQLite; `--profile postgresql up proxy` brings all it needs."""
    plain = {n for n, s in SERVICES.items() if not s.get("profiles")}
    needed, asked = set(), ["proxy"]
    while asked:
        needed.add(name := asked.pop())
        asked += SERVICES[name].get("depends_on", {})

    assert plain == {"worker"}
    assert needed == set(SERVICES) - plain
    assert {s["command"][0] for n, s in OURS.items() if n in needed} == {"worker", "console"}
    assert sum(s.get("command") == ["worker"] for s in OURS.values()) == 2


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_container_is_confined_and_stops_in_its_own_time(name: str) -> None:
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["mem_limit"]
    assert service["cpus"]
    if name in OURS:
        assert seconds(service["stop_grace_period"]) > GRACE
        assert (service.get("command") or ["run"])[0] in COMMANDS


def test_nodes_of_a_cluster_have_names_that_stay() -> None:
    """A worker under another name would wait for its own leases to run out."""
    names = [s.get("hostname") for s in OURS.values()]

    assert None not in names
    assert len(set(names)) == len(names)


def test_no_secret_stands_in_the_files() -> None:
    """Passwords come from files; what an environment says is no secret."""
    said = [(n, k, v) for n, s in SERVICES.items() for k, v in s.get("environment", {}).items()]

    assert not [k for _, k, _ in said if "PASSWORD" in k and not k.endswith("_FILE")]
    assert {v for _, k, v in said if k.endswith("_FILE")} == {
        f"/run/secrets/{name}" for name in COMPOSE["secrets"]}
    for document in MANIFESTS:
        if document["kind"] == "Secret":
            assert not any({**document.get("data", {}), **document.get("stringData", {})}.values())
    for file in (ROOT / "compose.yaml", *(ROOT / "examples").rglob("*")):
        if file.suffix in (".yaml", ".service") or file.name == "Caddyfile":
            told = re.findall(r"postgresql://(\S+)@", file.read_text(encoding="utf-8"))
            assert set(told) <= {"USER:PASSWORD", "giovang:MẬT-KHẨU"}, file


def test_each_image_is_named_in_one_version() -> None:
    named = {s["image"] for s in SERVICES.values()} | {c["image"] for _, c in CONTAINERS}
    by_name: dict[str, set[str]] = {}
    for image in named:
        name, _, tag = image.partition(":")
        by_name.setdefault(name, set()).add(tag or "built here")

    assert by_name["caddy"] == {"2.10-alpine"}
    assert len(by_name["postgres"]) == 1
    assert "latest" not in {tag for tags in by_name.values() for tag in tags}


# ---------------------------------------------------------------------- settings, and the engine


def _environments() -> Iterator[tuple[str, dict[str, str]]]:
    """Whose, and the variables that a process of ours is given; not those of an env file."""
    for name, service in OURS.items():
        yield f"compose {name}", dict(service.get("environment", {}))
    for file in UNITS:
        lines = [value.split() for key, value in _unit(file) if key == "Environment"]
        yield f"systemd {file.stem}", dict(w.split("=", 1) for line in lines for w in line)
    for pod, container in CONTAINERS:
        if container["name"] == "giovang":
            yield f"kubernetes {pod}", {e["name"]: e.get("value", "") for e in container["env"]}


def test_what_our_processes_are_told_are_settings_there_are() -> None:
    """A name with a slip of the pen would be read by nobody."""
    known = set(re.findall(r"GIOVANG_\w+", (ROOT / "worker/settings.py").read_text()))
    told = {name for _, values in _environments() for name in values}
    image = set(re.findall(r"(GIOVANG_\w+)=", (ROOT / "Dockerfile").read_text()))

    assert {"GIOVANG_DATABASE_URL_FILE", "GIOVANG_ENGINE", "GIOVANG_GRACE"} <= told
    assert {n for n in told | image if n.startswith("GIOVANG_")} <= known
    assert {n for n in told if not n.startswith("GIOVANG_")} == {"FORWARDED_ALLOW_IPS"}


def test_what_the_files_ask_of_whoever_uses_them_is_said_in_them() -> None:
    """${NAME} in compose.yaml stands in its own head; {$NAME} is given to every proxy."""
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    head = text[:text.index("x-giovang")]
    caddy = (ROOT / "examples/caddy/Caddyfile").read_text(encoding="utf-8")
    asked = {name for name, default in re.findall(r"\{\$(\w+)(:?)", caddy) if not default}
    proxies = [SERVICES["proxy"]["environment"], *(
        {e["name"]: e["value"] for e in c["env"]} for _, c in CONTAINERS if c["name"] == "proxy")]

    assert [n for n in re.findall(r"\$\{(\w+)", text) if n not in head] == []
    assert asked == {"GIOVANG_SITE", "GIOVANG_WORKERS"}
    assert all(asked <= set(given) for given in proxies)


def test_workers_on_postgresql_wake_each_other_and_the_image_has_what_that_takes() -> None:
    engines = {whose: values.get("GIOVANG_ENGINE") for whose, values in _environments()
               if "worker" in whose and "GIOVANG_DATABASE_URL_FILE" in values}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    named = {re.match(r"[\w-]+", line)[0]: line  # type: ignore[index]
             for extra in ("postgresql", "distributed") for line in extras[extra]}
    found = re.search(r"^ARG LOCK=(\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert found is not None
    locked = (ROOT / found[1]).read_text()

    assert engines == dict.fromkeys(
        ["compose worker-1", "compose worker-2", "systemd giovang-worker",
         "kubernetes giovang-worker"], "distributed")
    assert {"psycopg", "procrastinate"} <= set(named)
    assert not [n for n in [*named, "psycopg-binary"]
                if not re.search(rf"^{n}==", locked, re.MULTILINE)]


def test_every_process_of_ours_writes_where_it_may() -> None:
    """A folder that does not last and GIOVANG_VAR, nothing else: the rest is read-only."""
    image = (ROOT / "Dockerfile").read_text()
    assert "GIOVANG_VAR=/var/lib/giovang" in image
    for service in OURS.values():
        assert service["tmpfs"] == ["/tmp"]  # noqa: S108
        assert [v for v in service["volumes"] if not v.endswith(":ro")] == ["var:/var/lib/giovang"]
    for pod, container in CONTAINERS:
        if container["name"] == "giovang":
            kinds = {v["name"]: set(v) - {"name"} for v in PODS[pod]["volumes"]}
            writable = {m["mountPath"]: kinds[m["name"]] for m in container["volumeMounts"]
                        if not m.get("readOnly")}
            assert writable == {"/tmp": {"emptyDir"},  # noqa: S108
                                "/var/lib/giovang": {"persistentVolumeClaim"}}
    for file in UNITS:
        unit = dict(_unit(file))
        assert (unit["StateDirectory"], unit["PrivateTmp"]) == ("giovang", "yes")


# ---------------------------------------------------------------------- the web server


def test_the_web_server_hides_what_machines_ask_and_keeps_no_paths() -> None:
    """`handle` blocks are taken in their order: the one for all comes last."""
    text = (ROOT / "examples/caddy/Caddyfile").read_text(encoding="utf-8")
    rules = re.sub(r"#.*", "", text)

    assert re.search(r"@inner path /metrics /healthz /readyz\s+handle @inner \{\s+respond 404",
                     rules)
    assert re.search(r"@public path /receipts/\* /stations/\*", rules)
    assert [h or "" for h in re.findall(r"\thandle(?: (@\w+))? \{", rules)] == [
        "@inner", "@public", ""]
    assert not re.search(r"^\s*log\b", rules, re.MULTILINE)
    assert rules.count("{") == rules.count("}")
    # Host, X-Forwarded-For and X-Forwarded-Proto are passed on unless somebody says otherwise
    assert "header_up" not in rules
    assert SERVICES["proxy"]["network_mode"] == "service:console"


# ---------------------------------------------------------------------- systemd


def _unit(file: Path) -> list[tuple[str, str]]:
    lines = file.read_text(encoding="utf-8").splitlines()
    return [(key, value) for key, mark, value in (line.partition("=") for line in lines)
            if mark and not key.startswith(("#", "["))]


@pytest.mark.parametrize("file", UNITS, ids=lambda f: f.stem)
def test_a_unit_waits_for_what_is_on_the_wire_and_is_confined(file: Path) -> None:
    unit = dict(_unit(file))
    command = unit["ExecStart"].partition("bin/giovang ")[2].split()

    assert command[0] in COMMANDS
    assert int(unit["TimeoutStopSec"]) > GRACE
    assert unit["KillMode"] == "mixed"
    assert unit["ProtectSystem"] == "strict"
    assert unit["NoNewPrivileges"] == "yes"
    assert unit["CapabilityBoundingSet"] == ""
    assert unit["User"] == "giovang"
    assert unit["RestartPreventExitStatus"] == "2"
    if file.stem != "giovang":
        assert ("Environment", "GIOVANG_DATABASE_URL_FILE=%d/database-url") in _unit(file)


def test_systemd_itself_finds_nothing_wrong(tmp_path: Path) -> None:
    """Where systemd is; elsewhere nobody runs these units."""
    found = shutil.which("systemd-analyze")
    assert len(UNITS) == 3
    if found is None:
        return
    for file in UNITS:
        text = file.read_text(encoding="utf-8")
        # the program and the guide are not at their places here
        copy = tmp_path / file.name
        copy.write_text(re.sub(r"/opt/giovang/\.venv/bin/giovang", "/bin/true", text))
        done = subprocess.run([found, "verify", "--man=no", copy], capture_output=True, text=True,
                              check=False)
        assert (done.returncode, file.name in done.stderr) == (0, False), done.stderr


# ---------------------------------------------------------------------- Kubernetes


@pytest.mark.parametrize("version", KUBERNETES)
def test_every_manifest_is_of_its_schema(version: str) -> None:
    """Strict: a key that the schema does not know is a mistake."""
    kinds = {d["kind"] for d in MANIFESTS}
    for document in MANIFESTS:
        kubernetes_validate.validate(document, version, strict=True)

    assert kinds == {"Namespace", "Secret", "PersistentVolumeClaim", "StatefulSet", "Deployment",
                     "Service", "PodDisruptionBudget"}


def test_a_pod_gets_longer_than_the_grace_it_was_told() -> None:
    for spec in PODS.values():
        told = {e["name"]: e.get("value") for c in spec["containers"] for e in c["env"]}
        assert int(told["GIOVANG_GRACE"]) == GRACE
        assert spec["terminationGracePeriodSeconds"] > GRACE
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["automountServiceAccountToken"] is False


@pytest.mark.parametrize(("pod", "container"), CONTAINERS,
                         ids=[f"{p}-{c['name']}" for p, c in CONTAINERS])
def test_every_container_has_limits_probes_and_a_root_it_cannot_write(
    pod: str, container: dict[str, Any]
) -> None:
    context = container["securityContext"]

    assert context["readOnlyRootFilesystem"] is True
    assert context["allowPrivilegeEscalation"] is False
    assert context["capabilities"]["drop"] == ["ALL"]
    assert {"cpu", "memory"} <= set(container["resources"]["limits"])
    mounted = {m["name"] for m in container["volumeMounts"]}
    assert mounted <= {v["name"] for v in PODS[pod]["volumes"]}
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        if container["name"] == "giovang":  # on loopback: asked from inside, never by httpGet
            assert set(container[probe]) & {"exec", "httpGet", "tcpSocket"} == {"exec"}
    assert "readinessProbe" in container


def test_the_probes_are_the_image_s_own() -> None:
    """One way to ask a container how it is."""
    found = re.search(r"HEALTHCHECK .*\\\n\s+CMD (\[.*\])", (ROOT / "Dockerfile").read_text())
    assert found is not None
    asked = yaml.safe_load(found[1])

    for _, container in CONTAINERS:
        if container["name"] == "giovang":
            assert container["livenessProbe"]["exec"]["command"] == asked
            assert container["args"][0] in COMMANDS


def test_a_budget_stands_for_every_pod() -> None:
    budgets = {d["spec"]["selector"]["matchLabels"]["app"] for d in MANIFESTS
               if d["kind"] == "PodDisruptionBudget"}

    assert budgets == set(PODS)


def _documents() -> Iterator[str]:
    yield from (d["metadata"].get("namespace", "") for d in MANIFESTS if d["kind"] != "Namespace")


def test_everything_stands_in_its_own_namespace() -> None:
    assert set(_documents()) == {"giovang"}
