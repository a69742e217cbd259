"""Containers and notebooks have no rights over the machine that they run on.

Compliant: none of what follows; a container without ``User`` runs as its image says, which no template tells.
Non-compliant: ``Privileged``, which is root on the host (Security Hub's ECS.4); the host's processes or memory shared
(``PidMode`` or ``IpcMode`` host, ECS.3); all capabilities, or those by which a container leaves its confines; the
socket of Docker, whose every caller is root on the host, read-only or not; a folder of the host's system that is
mounted to be written, as a warning any other folder of the host
(docs.aws.amazon.com/AmazonECS/latest/developerguide/bind-mounts.html), which others on that host read and which
outlives the container; as a warning, the root folder of the host or one of its keys and containers that is mounted to
be read; as a warning, root by name (ECS.20), in docs.aws.amazon.com/securityhub/latest/userguide/ecs-controls.html; as
a warning, a notebook of SageMaker whose users are root, as they are unless ``RootAccess`` is Disabled (SageMaker.3:
docs.aws.amazon.com/securityhub/latest/userguide/sagemaker-controls.html); as a warning, a privileged build of
CodeBuild, where no command of its buildspec uses Docker, which is all that this is for
(docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-codebuild-project-environment.html). Not
applicable: a privileged build whose buildspec the template does not show.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Resolved,
    Ternary,
    any_of,
    as_items,
    as_text,
    dig,
    is_one_of,
    is_true,
    negate,
    spread,
)
from hipaa_constructs.compliance.facts.containers import (
    JOB,
    TASK,
    at_containers,
    containers,
    host_paths,
    is_root,
    pod_containers,
    pod_host_paths,
)
from hipaa_constructs.compliance.facts.settings import Setting, one_of
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import (
    NOT_APPLICABLE,
    PASSED,
    Outcome,
    Rule,
    Verdict,
    failed,
    judge,
    unknown,
    weaker,
    worst,
)

_BUILD, _NOTEBOOK = "AWS::CodeBuild::Project", "AWS::SageMaker::NotebookInstance"
_ROOT_ACCESS = Setting("RootAccess", one_of("Disabled"), default="Enabled")
_SHARED = ("IpcMode", "PidMode")
# What builds or runs images; the CDK and AWS SAM do so themselves, and tests by a library.
_OF_DOCKER = re.compile(r"buildah|buildpacks|cdk|docker|kaniko|nerdctl|podman|sam build|skaffold|test", re.IGNORECASE)
# With each of these a container reaches the host's kernel, devices or files: man7.org/linux/man-pages/man7/
# capabilities.7.html.
_TAKES_OVER = ("ALL", "DAC_READ_SEARCH", "SYS_ADMIN", "SYS_MODULE", "SYS_RAWIO")
# Where the sockets of container engines lie, as such or by the folder that holds them.
_SOCKET = re.compile(r"(/var)?/run(/(docker|containerd)(\.sock|/.*)?)?/?|/|/var/?")
# Whoever writes there changes what the host runs, or what other containers hold.
_SYSTEM = re.compile(
    r"/((bin|boot|etc|lib|lib64|proc|root|sbin|sys|usr|var/lib/(containerd|docker|ecs))(/.*)?|dev(/(?!shm\b).*)?|"
    r"var/lib/?)"
)

# Whoever reads there has the host's keys and passwords, and what its other containers hold.
_SECRET = re.compile(r"/|/(etc|home|root|var|var/lib|var/lib/(containerd|docker|ecs))/?")


# What is found of a container, which is also what has to be done about it.
_PRIVILEGED, _POWERS, _SHARES, _ENGINE, _FOLDERS, _ROOT = "privileged", "powers", "shares", "engine", "folders", "root"
_POD_PRIVILEGED, _POD_ENGINE, _POD_FOLDERS = "privileged pod", "engine in a pod", "folders in a pod"
_POD_ROOT = "root in a pod"
_Found = tuple[str, Verdict]


class _Mounts(NamedTuple):
    """Where containers of tasks, or of pods, say what they mount, by which name of it, and what is found then."""

    mounts: str
    volume: str
    engine: str
    folders: str


_TASK_MOUNTS = _Mounts("MountPoints", "SourceVolume", _ENGINE, _FOLDERS)
_POD_MOUNTS = _Mounts("VolumeMounts", "Name", _POD_ENGINE, _POD_FOLDERS)


def _container(name: str, container: Resolved, host: Mapping[str, Resolved]) -> Iterator[_Found]:
    if container is UNKNOWN:
        yield _PRIVILEGED, unknown(f"What {name} may do is known only at deployment.")
        return
    added = as_items(dig(container, "LinuxParameters.Capabilities.Add"))
    everything = any_of(is_one_of(item, *_TAKES_OVER) for item in added)
    privileged = is_true(dig(container, "Privileged"))
    root = is_root(dig(container, "User"))
    if privileged is Ternary.YES:
        yield _PRIVILEGED, failed(f"Privileged is true for {name}.")
    if everything is Ternary.YES:
        yield _POWERS, failed(f"Capabilities.Add lets {name} take over the host.")
    yield from _mounts(name, _TASK_MOUNTS, container, host)
    if root is Ternary.YES:
        yield _ROOT, failed(f"User is root for {name}.", severity="warning")
    if Ternary.UNKNOWN in (privileged, everything):
        yield _PRIVILEGED, unknown(f"What {name} may do is known only at deployment.")
    elif root is Ternary.UNKNOWN:
        yield _ROOT, unknown(f"User of {name} is known only at deployment.")


def _of_pod(name: str, container: Resolved, host: Mapping[str, Resolved]) -> Iterator[_Found]:
    """Judge a container of EKS by what its security context says."""
    privileged = is_true(dig(container, "SecurityContext.Privileged"))
    if privileged is Ternary.YES:
        yield _POD_PRIVILEGED, failed(f"SecurityContext.Privileged is true for {name}.")
    elif privileged is Ternary.UNKNOWN:
        yield _POD_PRIVILEGED, unknown(f"What {name} may do is known only at deployment.")
    yield from _mounts(name, _POD_MOUNTS, container, host)
    if is_root(dig(container, "SecurityContext.RunAsUser")) is Ternary.YES:
        yield _POD_ROOT, failed(f"SecurityContext.RunAsUser is root for {name}.", severity="warning")


def _mounts(name: str, words: _Mounts, container: Resolved, host: Mapping[str, Resolved]) -> Iterator[_Found]:
    mounts = words.mounts
    for mount in spread(container, f"{mounts}[]") if host else ():
        volume, read_only = as_text(dig(mount, words.volume)), is_true(dig(mount, "ReadOnly"))
        path = as_text(host[volume]) if isinstance(volume, str) and volume in host else None
        if path is None:
            continue
        written = read_only is Ternary.NO
        if isinstance(path, str) and _SOCKET.fullmatch(path) and (written or path.endswith(".sock")):
            message = f"{mounts} give {name} the socket by which containers are started, in {path} of the host."
            yield words.engine, failed(message)
        elif written and isinstance(path, str) and _SYSTEM.fullmatch(path):
            yield words.folders, failed(f"{mounts} let {name} write to {path} of the host.")
        elif written:
            where = path if isinstance(path, str) else "a folder"
            yield words.folders, failed(f"{mounts} let {name} write to {where} of the host.", severity="warning")
        elif isinstance(path, str) and _SECRET.fullmatch(path):
            yield words.folders, failed(f"{mounts} let {name} read {path} of the host.", severity="warning")
        elif read_only is Ternary.UNKNOWN:
            yield words.folders, unknown(f"ReadOnly of a mount of {name} is known only at deployment.")


def _shared(resource: Resource) -> Iterator[_Found]:
    for name in _SHARED if resource.type == TASK else ():
        of_host = is_one_of(resource.get(name), "host")
        if of_host is Ternary.YES:
            yield _SHARES, failed(f"{name} is host, so the containers see what else runs there.")
        elif of_host is Ternary.UNKNOWN:
            yield _SHARES, unknown(f"{name} is known only at deployment.")


def _found(resource: Resource) -> Iterator[_Found]:
    host = host_paths(resource)
    nodes = pod_host_paths(resource) if resource.type == JOB else {}
    yield from _shared(resource)
    for name, container in containers(resource):
        yield from _container(name, container, host)
    for name, container in pod_containers(resource):
        yield from _of_pod(name, container, nodes)


def _build(project: Resource) -> Verdict:
    privileged = is_true(project.get("Environment.PrivilegedMode", False))
    if privileged is not Ternary.YES:
        return judge(negate(privileged), "", unknown_message="PrivilegedMode is known only at deployment.")
    commands = project.get("Source.BuildSpec")
    # What is on one line, and no JSON, is where the buildspec lies.
    if not isinstance(commands, str) or not re.search(r"^\s*\{|\S\s*\n\s*\S", commands):
        return NOT_APPLICABLE
    uses = _OF_DOCKER.search(commands) is not None
    return weaker(judge(uses, "Environment.PrivilegedMode is true, and no command of BuildSpec uses Docker."))


def check(resource: Resource) -> Verdict:
    if resource.type == _BUILD:
        return _build(resource)
    if resource.type == _NOTEBOOK:
        return weaker(_ROOT_ACCESS.judge(resource))
    return worst((PASSED, *(verdict for _, verdict in _found(resource))))


# A volume of Docker's own goes with the task: docs.aws.amazon.com/AmazonECS/latest/developerguide/bind-mounts.html.
_INSTEAD = {
    _POWERS: "LinuxParameters.Capabilities.Add names no more than the program needs, and none of "
    f"{', '.join(_TAKES_OVER)}.",
    _SHARES: "PidMode and IpcMode are task, or left out.",
    _ENGINE: "The socket is mounted nowhere, ReadOnly or not: a program that builds images runs in CodeBuild, one that "
    "starts others calls ECS or Batch by its role.",
    _FOLDERS: "What the container writes lies in a volume without Host, which goes with it, or in one of EFS; a folder "
    "of the host that it has to read is one that holds nothing of others, with ReadOnly: true in MountPoints.",
    _ROOT: "User is a number other than 0.",
    _POD_PRIVILEGED: "Set SecurityContext.Privileged: false for the containers that the finding names.",
    _POD_ENGINE: "The socket is mounted nowhere, ReadOnly or not: a program that builds images runs in CodeBuild, one "
    "that starts others calls EKS or Batch by its role.",
    _POD_FOLDERS: "What the container writes lies in a volume of EmptyDir, which goes with it, or in a claim of EFS; a "
    "folder of the node that it has to read is one that holds nothing of others, with ReadOnly: true in VolumeMounts.",
    _POD_ROOT: "SecurityContext.RunAsUser is a number other than 0.",
}


def _about_what_is_found(fix: Fix, resource: Resource) -> Fix:
    """Return what to do about just that which is found; what the fix sets is for privileged containers."""
    found = {name for name, verdict in _found(resource) if verdict.outcome is Outcome.FAILED}
    if not found:
        return fix
    own = Fix(fix.resource_types, constructs=fix.constructs)
    if _PRIVILEGED in found:
        own = replace(fix, properties=at_containers(resource, "Privileged", False))
    return replace(own, beside=" ".join(said for name, said in _INSTEAD.items() if name in found))


RULE = Rule(
    name="ContainersUnprivileged",
    severity="error",
    resource_types=(JOB, _BUILD, TASK, _NOTEBOOK),
    controls=("164.312(a)(1)",),
    fix="Run as a user other than root, and ask the host for no rights.",
    fixes=(
        Fix(
            (TASK,),
            {"ContainerDefinitions[].Privileged": False},
            beside="PidMode, IpcMode and added capabilities are left out, mounts of folders of the host are ReadOnly, "
            "none is the socket of Docker, and User is a number other than 0.",
            cdk=("ecs.TaskDefinition.add_container(<an id>, privileged=False, user=<a number>)",),
            constructs=("PrivateFargateService",),
            tailor=_about_what_is_found,
        ),
        Fix(
            (_BUILD,),
            {"Environment.PrivilegedMode": False},
            cdk=("codebuild.Project(environment=codebuild.BuildEnvironment(privileged=False))",),
            constructs=("DeploymentPipeline",),
        ),
        Fix((_NOTEBOOK,), {"RootAccess": "Disabled"}),
        Fix(
            (JOB,),
            {"ContainerProperties.Privileged": False},
            beside="Capabilities are not added, mounts of folders of the host are ReadOnly, none is Docker's socket, "
            "and User is a number other than 0.",
            cdk=("batch.EcsEc2ContainerDefinition(privileged=False, user=<a number>)",),
            constructs=("PrivateBatch",),
            tailor=_about_what_is_found,
        ),
    ),
    check=check,
)
