"""Containers do not write into their own file system.

A warning, since not every program runs so. Compliant: ``ReadonlyRootFilesystem`` true for each container of a task or
job, which then writes into volumes alone. Non-compliant: false or absent, so that who breaks in can replace what runs
(Security Hub's ECS.5, docs.aws.amazon.com/securityhub/latest/userguide/ecs-controls.html). Not applicable: containers
of Windows, which have no such setting.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Resolved, Ternary, as_text, dig, is_true
from hipaa_constructs.compliance.facts.containers import JOB, TASK, at_containers, containers
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict, failed, judge, listed, worst

_READ_ONLY = "ReadonlyRootFilesystem"
_SYSTEM = "RuntimePlatform.OperatingSystemFamily"


def _judge(resource: Resource) -> Iterator[Verdict]:
    found = list(containers(resource))
    judged = [(name, Ternary.UNKNOWN if one is UNKNOWN else _is_read_only(one)) for name, one in found]
    writing = [name for name, answer in judged if answer is Ternary.NO]
    if writing:
        # What is said of the only one needs no name, so that tasks that are alike are told in the same words.
        which = f" for {listed(writing)}" if len(found) > 1 else ""
        yield failed(f"{_READ_ONLY} is not true{which}.", inner=(which,) if which else ())
    for name, answer in judged:
        if answer is not Ternary.NO:
            which = f" for {name}" if len(found) > 1 else ""
            yield judge(answer, "", unknown_message=f"{_READ_ONLY}{which} is known only at deployment.")


def _is_read_only(container: Resolved) -> Ternary:
    value = dig(container, _READ_ONLY)
    return Ternary.NO if value is None else is_true(value)


def check(resource: Resource) -> Verdict:
    system = as_text(resource.get(_SYSTEM)) if resource.type == TASK else None
    if isinstance(system, str) and system.startswith("WINDOWS"):
        return NOT_APPLICABLE
    verdicts = list(_judge(resource))
    return worst(verdicts) if verdicts else NOT_APPLICABLE


# docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-storage.html and …/bind-mounts.html, which say too
# that such a folder belongs to root, unless the image declares it by VOLUME after it gave it to its user.
_VOLUME = (
    "A folder that a program writes to, such as /tmp, is a volume that goes with the {what}: an item of Volumes with a "
    "Name and no Host, and in MountPoints of the container that SourceVolume with the folder as ContainerPath. Where "
    "User is not root, the Dockerfile gives it the folder, and names that in VOLUME."
)


def _where_they_stand(fix: Fix, job: Resource) -> Fix:
    return replace(fix, properties=at_containers(job, _READ_ONLY, True) or fix.properties)


RULE = Rule(
    name="ContainerFilesReadOnly",
    severity="warning",
    resource_types=(JOB, TASK),
    controls=("164.308(a)(5)(ii)(B)", "164.312(c)(1)"),
    fix="Make the file system of containers read-only, and mount a volume where they have to write.",
    fixes=(
        Fix(
            (TASK,),
            {f"ContainerDefinitions[].{_READ_ONLY}": True},
            beside=_VOLUME.format(what="task"),
            cdk=("ecs.TaskDefinition.add_container(<an id>, readonly_root_filesystem=True)",),
            constructs=("PrivateFargateService",),
        ),
        Fix(
            (JOB,),
            {f"ContainerProperties.{_READ_ONLY}": True},
            beside=_VOLUME.format(what="job"),
            cdk=(
                "batch.EcsFargateContainerDefinition(readonly_root_filesystem=True)",
                "batch.EcsEc2ContainerDefinition(readonly_root_filesystem=True)",
            ),
            constructs=("PrivateBatch",),
            tailor=_where_they_stand,
        ),
    ),
    check=check,
)
