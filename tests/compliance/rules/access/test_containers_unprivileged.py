from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, to_do, verdict

RULE = "containers_unprivileged"
TASK = "AWS::ECS::TaskDefinition"
JOB = "AWS::Batch::JobDefinition"


def in_ecs(container: Any) -> dict[str, Any]:
    return {"EcsProperties": {"TaskProperties": [{"Containers": [container]}]}}


def in_pod(container: Any) -> dict[str, Any]:
    return {"EksProperties": {"PodProperties": {"Containers": [container]}}}


def task(*containers: Any, **properties: Any) -> dict[str, Any]:
    return one(TASK, ContainerDefinitions=list(containers), **properties)


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (task({"Name": "app"}), "passed"),
        (task({"Name": "app", "User": "1000:1000"}), "passed"),
        (task({"Name": "app", "Privileged": False}), "passed"),
        (task({"Name": "app", "Privileged": "true"}), "failed"),
        (task({"Name": "app"}, {"Name": "agent", "Privileged": True}), "failed"),
        (task({"Name": "app", "User": "root"}), "failed"),
        (task({"Name": "app", "User": 0}), "failed"),
        (task({"Name": "app", "LinuxParameters": {"Capabilities": {"Add": ["NET_BIND_SERVICE"]}}}), "passed"),
        (task({"Name": "app", "LinuxParameters": {"Capabilities": {"Add": ["ALL"]}}}), "failed"),
        (task({"Name": "app", "LinuxParameters": {"Capabilities": {"Add": ["SYS_MODULE"]}}}), "failed"),
        (task({"Name": "app", "LinuxParameters": {"Capabilities": {"Add": ["NET_ADMIN", GIVEN]}}}), "unknown"),
        (task({"Name": "app", "LinuxParameters": {"Capabilities": {"Drop": ["ALL"]}}}), "passed"),
        (task({"Name": "app"}, PidMode="host"), "failed"),
        (task({"Name": "app"}, PidMode="task"), "passed"),
        (task({"Name": "app"}, IpcMode=GIVEN), "unknown"),
        (task({"Name": "app", "Privileged": GIVEN}), "unknown"),
        (task({"Name": "app", "User": GIVEN}), "unknown"),
        (one(TASK, ContainerDefinitions=GIVEN), "unknown"),
        (one(TASK), "passed"),
        (one(JOB, ContainerProperties={"Image": "etl:1"}), "passed"),
        (one(JOB, ContainerProperties={"Image": "etl:1", "Privileged": True}), "failed"),
        (one(JOB, NodeProperties={"NodeRangeProperties": [{"Container": {"Privileged": True}}]}), "failed"),
        (one(JOB, EcsProperties={"TaskProperties": [{"Containers": [{"Privileged": True}]}]}), "failed"),
        (one(JOB, NodeProperties={"NodeRangeProperties": [in_ecs({"Privileged": True})]}), "failed"),
        (one(JOB, **in_pod({"Name": "app", "SecurityContext": {"Privileged": True}})), "failed"),
        (one(JOB, **in_pod({"Name": "app", "SecurityContext": {"RunAsUser": 0}})), "failed"),
        (one(JOB, **in_pod({"Name": "app", "SecurityContext": {"RunAsUser": 1000}})), "passed"),
        (one(JOB, **in_pod({"Name": "app", "SecurityContext": {"Privileged": GIVEN}})), "unknown"),
        (one(JOB, **in_pod({"Name": "app"})), "passed"),
        (
            one(JOB, EksProperties={"PodProperties": {"InitContainers": [{"SecurityContext": {"Privileged": True}}]}}),
            "failed",
        ),
        (one("AWS::ECS::Service"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged(RULE, resources) == expected


def test_root_within_a_container_is_a_warning() -> None:
    found = verdict(RULE, task({"Name": "app", "User": "root"}))
    assert found is not None
    assert (found.severity, found.message) == ("warning", "User is root for container app.")


def mounting(path: Any, **mount: Any) -> dict[str, Any]:
    mounts = [{"SourceVolume": "host", "ContainerPath": "/mnt", **mount}]
    return task({"Name": "app", "MountPoints": mounts}, Volumes=[{"Name": "host", "Host": {"SourcePath": path}}])


@pytest.mark.parametrize(
    ("resources", "expected", "severity"),
    [
        (mounting("/var/run/docker.sock"), "failed", None),
        (mounting("/var/run/docker.sock", ReadOnly=True), "failed", None),
        (mounting("/run/containerd/containerd.sock", ReadOnly=True), "failed", None),
        (mounting("/var/run/"), "failed", None),
        (mounting("/var/run", ReadOnly=True), "passed", None),
        (mounting("/"), "failed", None),
        (mounting("/", ReadOnly=True), "failed", "warning"),
        (mounting("/etc", ReadOnly=True), "failed", "warning"),
        (mounting("/etc/ssl/certs", ReadOnly=True), "passed", None),
        (mounting("/var/lib/docker/", ReadOnly=True), "failed", "warning"),
        (mounting("/etc/cron.d"), "failed", None),
        (mounting("/var/lib/docker/containers"), "failed", None),
        (mounting("/proc", ReadOnly="true"), "passed", None),
        (mounting("/dev/shm"), "failed", "warning"),
        (mounting("/etcetera"), "failed", "warning"),
        (mounting("/records", ReadOnly=False), "failed", "warning"),
        (mounting(GIVEN), "failed", "warning"),
        (mounting("/records", ReadOnly=GIVEN), "unknown", None),
        (mounting(""), "passed", None),
        (mounting("/records", SourceVolume="other"), "passed", None),
        (mounting("/records", SourceVolume=GIVEN), "passed", None),
        (task({"Name": "app"}, Volumes=[{"Name": "host", "Host": {"SourcePath": "/"}}]), "passed", None),
        (
            one(
                JOB,
                ContainerProperties={
                    "MountPoints": [{"SourceVolume": "host", "ContainerPath": "/mnt"}],
                    "Volumes": [{"Name": "host", "Host": {"SourcePath": "/scratch"}}],
                },
            ),
            "failed",
            "warning",
        ),
    ],
)
def test_folders_of_the_host(resources: dict[str, Any], expected: str, severity: str | None) -> None:
    found = verdict(RULE, resources)
    assert found is not None
    assert (found.outcome.value, found.severity) == (expected, severity)


def _pod_mounting(path: Any, **mount: Any) -> dict[str, Any]:
    pod = {
        "Containers": [{"Name": "app", "VolumeMounts": [{"Name": "node", "MountPath": "/mnt", **mount}]}],
        "Volumes": [{"Name": "node", "HostPath": {"Path": path}}, {"Name": "own", "EmptyDir": {}}],
    }
    return {"EksProperties": {"PodProperties": pod}}


@pytest.mark.parametrize(
    ("properties", "expected", "severity"),
    [
        (_pod_mounting("/run/containerd/containerd.sock", ReadOnly=True), "failed", None),
        (_pod_mounting("/etc"), "failed", None),
        (_pod_mounting("/scratch"), "failed", "warning"),
        (_pod_mounting("/", ReadOnly=True), "failed", "warning"),
        (_pod_mounting("/scratch", ReadOnly=True), "passed", None),
        (_pod_mounting("/etc", Name="own"), "passed", None),
        ({"NodeProperties": {"NodeRangeProperties": [_pod_mounting("/etc")]}}, "failed", None),
    ],
)
def test_folders_of_a_node(properties: dict[str, Any], expected: str, severity: str | None) -> None:
    found = verdict(RULE, one(JOB, **properties))
    assert found is not None
    assert (found.outcome.value, found.severity) == (expected, severity)


def _project(privileged: Any, **source: Any) -> dict[str, Any]:
    return one("AWS::CodeBuild::Project", Environment={"PrivilegedMode": privileged}, Source=source)


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_project(True, BuildSpec="version: 0.2\nphases: {build: {commands: [make site]}}\n"), "failed"),
        (_project(True, BuildSpec='{"version": "0.2"}'), "failed"),
        (_project("true", BuildSpec="version: 0.2\nphases: {build: {commands: [make site]}}\n"), "failed"),
        (_project(True, BuildSpec="version: 0.2\nphases: {build: {commands: [docker build .]}}\n"), "passed"),
        (_project(True, BuildSpec="version: 0.2\nphases: {build: {commands: [npx cdk deploy]}}\n"), "passed"),
        (_project(True, BuildSpec="ci/buildspec.yml"), "not_applicable"),
        (_project(True, BuildSpec=GIVEN), "not_applicable"),
        (_project(True), "not_applicable"),
        (_project(False, BuildSpec="version: 0.2\nphases: {build: {commands: [make site]}}\n"), "passed"),
        (_project(GIVEN), "unknown"),
        (one("AWS::CodeBuild::Project"), "passed"),
    ],
)
def test_builds(resources: dict[str, Any], expected: str) -> None:
    found = verdict("containers_unprivileged", resources)
    assert found is not None
    assert found.outcome.value == expected
    assert found.severity == ("warning" if expected == "failed" else None)


@pytest.mark.parametrize(
    ("properties", "expected", "severity"),
    [({"RootAccess": "Disabled"}, "passed", None), ({}, "failed", "warning"), ({"RootAccess": GIVEN}, "unknown", None)],
)
def test_notebooks(properties: dict[str, Any], expected: str, severity: str | None) -> None:
    found = verdict("containers_unprivileged", one("AWS::SageMaker::NotebookInstance", **properties))
    assert found is not None
    assert (found.outcome.value, found.severity) == (expected, severity)


PRIVILEGED, SOCKET, HOST = "Privileged", "The socket is mounted nowhere", "a volume without Host"
USER, POWERS, SHARED = "User is a number", "Capabilities.Add names no more", "PidMode and IpcMode"
WORDS = (PRIVILEGED, SOCKET, HOST, USER, POWERS, SHARED)
ADDED = {"LinuxParameters": {"Capabilities": {"Add": ["SYS_ADMIN"]}}}


def job(path: str) -> dict[str, Any]:
    mounts = [{"SourceVolume": "host", "ContainerPath": "/mnt"}]
    volumes = [{"Name": "host", "Host": {"SourcePath": path}}]
    return one(JOB, ContainerProperties={"Image": "etl:1", "MountPoints": mounts, "Volumes": volumes})


@pytest.mark.parametrize("in_cdk", [False, True])
@pytest.mark.parametrize(
    ("resources", "said"),
    [
        (mounting("/tmp"), [HOST]),
        (mounting("/var/run/docker.sock"), [SOCKET]),
        (mounting("/etc", ReadOnly=True), [HOST]),
        (job("/scratch"), [HOST]),
        (task({"Name": "app", "User": "root"}), [USER]),
        (task({"Name": "app", **ADDED}), [POWERS]),
        (task({"Name": "app"}, PidMode="host"), [SHARED]),
        (task({"Name": "app", "User": "root", **ADDED}), [USER, POWERS]),
        (one(JOB, ContainerProperties={"User": "root"}), [USER]),
    ],
)
def test_what_to_do_is_about_what_is_found(resources: dict[str, Any], said: list[str], in_cdk: bool) -> None:
    assert [word for word in WORDS if word in to_do(RULE, resources, in_cdk=in_cdk)] == said


def test_what_is_privileged_is_said_first() -> None:
    alone = to_do(RULE, task({"Name": "app", "Privileged": True}))
    assert alone == "Set ContainerDefinitions[].Privileged: false. PrivateFargateService of hipaa_constructs does it."
    with_root = to_do(RULE, task({"Name": "app", "Privileged": True, "User": "root"}))
    assert with_root.startswith("Set ContainerDefinitions[].Privileged: false. User is a number other than 0. ")
    assert "privileged=False" in to_do(RULE, task({"Name": "app", "Privileged": True}), in_cdk=True)
    pod = one(JOB, **in_pod({"Name": "app", "SecurityContext": {"Privileged": True}}))
    assert to_do(RULE, pod).startswith("Set SecurityContext.Privileged: false")
