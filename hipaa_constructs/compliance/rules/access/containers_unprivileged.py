"""Containers have no rights over the machine that they run on.

Compliant: neither of what follows; a container without ``User`` runs as its image says, which no template tells.
Non-compliant: ``Privileged``, which is root on the host (Security Hub's ECS.4); the host's processes or memory shared
(``PidMode`` or ``IpcMode`` host, ECS.3); all capabilities, or that of an administrator; as a warning, root by name
(ECS.20), in docs.aws.amazon.com/securityhub/latest/userguide/ecs-controls.html. Not applicable: nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Resolved, Ternary, any_of, as_items, dig, is_one_of, is_true
from hipaa_constructs.compliance.facts.containers import JOB, TASK, containers, is_root
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, unknown, worst

_SHARED = ("IpcMode", "PidMode")


def _container(name: str, container: Resolved) -> Iterator[Verdict]:
    if container is UNKNOWN:
        yield unknown(f"What {name} may do is known only at deployment.")
        return
    added = as_items(dig(container, "LinuxParameters.Capabilities.Add"))
    everything = any_of(is_one_of(item, "ALL", "SYS_ADMIN") for item in added)
    privileged = is_true(dig(container, "Privileged"))
    root = is_root(dig(container, "User"))
    if privileged is Ternary.YES:
        yield failed(f"Privileged is true for {name}.")
    if everything is Ternary.YES:
        yield failed(f"Capabilities.Add makes {name} an administrator of the host.")
    if root is Ternary.YES:
        yield failed(f"User is root for {name}.", severity="warning")
    if Ternary.UNKNOWN in (privileged, everything):
        yield unknown(f"What {name} may do is known only at deployment.")
    elif root is Ternary.UNKNOWN:
        yield unknown(f"User of {name} is known only at deployment.")


def _shared(resource: Resource) -> Iterator[Verdict]:
    for name in _SHARED if resource.type == TASK else ():
        of_host = is_one_of(resource.get(name), "host")
        if of_host is Ternary.YES:
            yield failed(f"{name} is host, so the containers see what else runs there.")
        elif of_host is Ternary.UNKNOWN:
            yield unknown(f"{name} is known only at deployment.")


def check(resource: Resource) -> Verdict:
    judged = (verdict for name, container in containers(resource) for verdict in _container(name, container))
    return worst((PASSED, *_shared(resource), *judged))


RULE = Rule(
    name="ContainersUnprivileged",
    severity="error",
    resource_types=(JOB, TASK),
    controls=("164.312(a)(1)",),
    fix="Run as a user other than root, and ask the host for no rights.",
    fixes=(
        Fix(
            (TASK,),
            {"ContainerDefinitions[].Privileged": False},
            beside="PidMode, IpcMode and added capabilities are left out, and User is a number other than 0.",
            cdk=("ecs.TaskDefinition.add_container(<an id>, privileged=False, user=<a number>)",),
            constructs=("PrivateFargateService",),
        ),
        Fix(
            (JOB,),
            {"ContainerProperties.Privileged": False},
            beside="Capabilities are not added, and User is a number other than 0.",
            constructs=("PrivateBatch",),
        ),
    ),
    check=check,
)
