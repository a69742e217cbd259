"""Whether what answers requests is a single task or machine, which one zone takes along."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.naming import names
from hipaa_constructs.cloudformation.values import Ternary, Unknown, all_of, any_of, as_int, is_one_of, is_present

SERVICE: Final = "AWS::ECS::Service"
MACHINES: Final = "AWS::AutoScaling::AutoScalingGroup"
_TARGET: Final = "AWS::ApplicationAutoScaling::ScalableTarget"
# By what requests come to a service, or to a group's machines.
_CALLED: Final = {
    SERVICE: ("LoadBalancers", "ServiceRegistries", "ServiceConnectConfiguration.Services", "VpcLatticeConfigurations"),
    MACHINES: ("LoadBalancerNames", "TargetGroupARNs", "TrafficSources"),
}
# What starts more machines of a group, and where it names the group.
_SCALERS: Final = (
    ("AWS::AutoScaling::ScalingPolicy", "AutoScalingGroupName"),
    ("AWS::AutoScaling::ScheduledAction", "AutoScalingGroupName"),
    ("AWS::ECS::CapacityProvider", "AutoScalingGroupProvider.AutoScalingGroupArn"),
)


def answers_requests(resource: Resource) -> bool:
    """Whether requests are sent to a service of ECS or to machines, so that somebody waits while none is there."""
    return any(is_present(resource.get(path)) is Ternary.YES for path in _CALLED[resource.type])


def is_single(resource: Resource) -> Ternary:
    """Whether a service or a group is one task or machine, and nothing of the app ever starts another.

    ECS starts one where a new service says nothing, and machines are as many as their group's smallest number
    (docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecs-service.html,
    .../aws-resource-autoscaling-autoscalinggroup.html).
    """
    if resource.type == SERVICE:
        return _is_one_task(resource)
    single = _is_one(resource.get("DesiredCapacity", resource.get("MinSize")))
    scaled = any(resource.template.app.referring(resource, kind, path) for kind, path in _SCALERS)
    return all_of((single, _is_one(resource.get("MaxSize")))) if scaled else single


def _is_one_task(service: Resource) -> Ternary:
    if is_one_of(service.get("SchedulingStrategy"), "DAEMON") is not Ternary.NO:
        return Ternary.NO
    single = _is_one(service.get("DesiredCount", 1))
    if single is not Ternary.YES:
        return single
    more = any_of(_scales(service))
    return Ternary.YES if more is Ternary.NO else Ternary.NO if more is Ternary.YES else Ternary.UNKNOWN


def _scales(service: Resource) -> Iterator[Ternary]:
    """Yield of each scalable target whether it lets the service have more tasks than one."""
    app = service.template.app
    for target in app.of_type(_TARGET):
        here = target.template
        named = [one for one in app.of_type(SERVICE) if one.template is here and names(target.raw, one.logical_id)]
        if service in named or (not named and _is_of_ecs(target)):
            most = as_int(target.get("MaxCapacity"))
            more = Ternary.UNKNOWN if isinstance(most, Unknown) or most is None else Ternary.of(most > 1)
            # Of one that only deployment tells, it may be another service.
            yield more if named or more is Ternary.NO else Ternary.UNKNOWN


def _is_of_ecs(target: Resource) -> bool:
    return is_one_of(target.get("ServiceNamespace"), "ecs") is not Ternary.NO


def _is_one(value: object) -> Ternary:
    number = as_int(value)
    return Ternary.UNKNOWN if isinstance(number, Unknown) else Ternary.of(number == 1)
