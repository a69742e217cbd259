"""Amazon ECS: new services on Fargate behind a load balancer run two tasks, where nobody said how many.

ECS starts one where a new service says nothing
(docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecs-service.html). On instances, whether
there is room for a second one is not known here; what scales starts more itself. Two tasks that run the server of a
database would write the same files, or each its own: these stay as many as they are.
"""

from __future__ import annotations

from typing import Any

from aws_cdk import aws_ecs as ecs

from hipaa_constructs.cloudformation.database_images import service_for
from hipaa_constructs.defaults.finish import Found
from hipaa_constructs.defaults.references import names, parts
from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.session import Session

_TYPE, _TARGET, _TASK = (
    "AWS::ECS::Service",
    "AWS::ApplicationAutoScaling::ScalableTarget",
    "AWS::ECS::TaskDefinition",
)
_TASKS = 2
_WHY = "Two tasks answer, so that one does while the other is replaced."
# One that is not ECS's or CodeDeploy's counts its tasks itself:
# docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-external.html
_COUNTS_ITSELF = "EXTERNAL"


def _finish(session: Session, found: Found) -> None:
    # How many tasks run is what somebody may have set by hand since.
    if not session.new_stores:
        return
    scaled = {
        (session.stack(target), name)
        for target in found.of(_TARGET)
        for name in names(session.resolved(target, "resource_id"))
    }
    databases = {(session.stack(task), session.name(task)) for task in found.of(_TASK) if _runs_database(session, task)}
    for service in found.of(_TYPE):
        said = session.resolved(service, "desired_count", "load_balancers", "deployment_controller", "task_definition")
        if (
            "desired_count" in said
            or not said.get("load_balancers")
            or said.get("deployment_controller", {}).get("type") == _COUNTS_ITSELF
            or not _is_on_fargate(session, service)
            or (session.stack(service), session.name(service)) in scaled
            or any((session.stack(service), name) in databases for name in names(said.get("task_definition")))
        ):
            continue
        service.desired_count = _TASKS
        path = session.path(service).removesuffix("/Service")
        session.record(service, path, _TYPE, "desired_count", ["DesiredCount"], "set", _WHY)


def _is_on_fargate(session: Session, service: ecs.CfnService) -> bool:
    return service.launch_type == "FARGATE" or isinstance(session.owner(service), ecs.FargateService)


def _runs_database(session: Session, task: ecs.CfnTaskDefinition) -> bool:
    containers = session.resolved(task, "container_definitions").get("container_definitions", [])
    return any(isinstance(one, dict) and _is_database(one) for one in containers)


def _is_database(container: dict[str, Any]) -> bool:
    folders = (one for one in parts(container, "containerPath") if isinstance(one, str))
    return service_for(_written(container.get("image")), tuple(folders)) is not None


def _written(image: Any) -> str:
    """Return what stands of an image's name in the template, whose registry is that of an account."""
    if isinstance(image, dict):
        pieces = next(parts(image, "Fn::Join"), ["", []])[1]
        return "".join(one if isinstance(one, str) else "-" for one in pieces)
    return str(image)


SERVICE = Service(
    types=[_TYPE, _TARGET, _TASK],
    finish=_finish,
    later=[
        "With `new_stores`, services on Fargate behind a load balancer run two tasks, and Auto Scaling groups behind "
        "one two machines, where nobody said how many and nothing scales them.",
    ],
)
