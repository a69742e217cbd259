"""Roles: which service takes them, by what the template has them taken for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hipaa_constructs.cloudformation.naming import names
from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.compliance.rules.access.role_trusts_one_service import TOGETHER, service_of
from hipaa_constructs.mending.draft import DECIDED, CannotMendError, Draft, is_function, is_plain, listed

# What has a role taken, by which service, and the properties that name the role for it:
# docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/ of each type.
_TAKERS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "AWS::AutoScaling::LifecycleHook": ("autoscaling", ("RoleARN",)),
    "AWS::CodeBuild::Project": ("codebuild", ("ServiceRole",)),
    "AWS::CodePipeline::Pipeline": ("codepipeline", ("RoleArn",)),
    "AWS::ECS::Service": ("ecs", ("Role",)),
    "AWS::ECS::TaskDefinition": ("ecs-tasks", ("ExecutionRoleArn", "TaskRoleArn")),
    "AWS::Glue::Crawler": ("glue", ("Role",)),
    "AWS::Glue::Job": ("glue", ("Role",)),
    "AWS::IAM::InstanceProfile": ("ec2", ("Roles",)),
    "AWS::Lambda::Function": ("lambda", ("Role",)),
    "AWS::Redshift::Cluster": ("redshift", ("IamRoles",)),
    "AWS::SageMaker::Model": ("sagemaker", ("ExecutionRoleArn",)),
    "AWS::SageMaker::NotebookInstance": ("sagemaker", ("RoleArn",)),
    "AWS::Serverless::Function": ("lambda", ("Role",)),
    "AWS::Serverless::StateMachine": ("states", ("Role",)),
    "AWS::StepFunctions::StateMachine": ("states", ("RoleArn",)),
}
# What gives a role rights.
_GIVERS: Mapping[str, tuple[str, ...]] = {
    "AWS::IAM::ManagedPolicy": ("Roles",),
    "AWS::IAM::Policy": ("Roles",),
    "AWS::IAM::RolePolicy": ("RoleName",),
}
_UNSEEN = "Who else takes it the template does not show: it is named, given out, or used for more."


def one_service(draft: Draft, finding: Finding) -> None:
    """Let that service alone take a role for which the template uses it, where nobody else knows the role."""
    name = finding.resource_logical_id
    properties = draft.properties(name)
    if "RoleName" in properties or names(draft.body.get("Outputs"), name):
        raise CannotMendError(_UNSEEN)
    services = set(_services(draft, name))
    if len(services) != 1:
        raise CannotMendError("Several services take it by the template, with which rights each only its owner knows.")
    # One service by another name stays, such as Lambda at the edge, and so does what AWS pairs with it.
    services = services.union(*(pair for pair in TOGETHER if services & pair))
    document = properties.get("AssumeRolePolicyDocument")
    if not is_plain(document) or is_function(document.get("Statement")):
        raise CannotMendError(DECIDED)
    kept = []
    for statement in listed(document.get("Statement")):
        principal = statement.get("Principal") if is_plain(statement) else None
        if not is_plain(principal) or is_function(principal.get("Service")):
            raise CannotMendError(DECIDED)
        if "Service" in principal:
            left = [one for one in listed(principal["Service"]) if service_of(_text(one)) in services]
            others = {kind: value for kind, value in principal.items() if kind != "Service"}
            principal = {**others, **({"Service": left if len(left) > 1 else left[0]} if left else {})}
        if principal:
            kept.append({**statement, "Principal": principal})
    if not any("Service" in statement["Principal"] for statement in kept):
        raise CannotMendError("The service that the template uses it for may not take it.")
    document["Statement"] = kept


def _text(service: Any) -> str:
    return str(service.get("Fn::Sub")) if isinstance(service, dict) else str(service)


def _services(draft: Draft, role: str) -> Iterator[str]:
    """Yield the services by which the template has a role taken.

    :raises CannotMendError: something names it for what no type tells.
    """
    for _, raw in draft.naming(role):
        kind, properties = str(raw.get("Type")), raw.get("Properties")
        service, paths = _TAKERS.get(kind, ("", _GIVERS.get(kind, ())))
        if not is_plain(properties):
            raise CannotMendError(DECIDED)
        rest = {key: value for key, value in raw.items() if key != "Properties"}
        others = {key: value for key, value in properties.items() if key not in paths}
        if not paths or names([rest, others], role):
            raise CannotMendError(_UNSEEN)
        if service:
            yield service
