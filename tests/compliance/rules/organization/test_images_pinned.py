from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, verdict

RULE = "images_pinned"
REGISTRY = "${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com"


def task(image: Any) -> dict[str, Any]:
    return one("AWS::ECS::TaskDefinition", ContainerDefinitions=[{"Name": "app", "Image": image}])


@pytest.mark.parametrize(
    ("image", "expected", "severity"),
    [
        (f"public.ecr.aws/nginx/nginx@sha256:{'0a' * 32}", "passed", None),
        (f"nginx:latest@sha256:{'0a' * 32}", "passed", None),
        ("nginx:1.27.3", "passed", None),
        ("registry.example.org:5000/app:v2", "passed", None),
        ("registry.example.org:5000/app", "failed", None),
        ("nginx", "failed", None),
        ("nginx:latest", "failed", None),
        ("amazon/aws-for-fluent-bit:stable", "failed", "warning"),
        ({"Fn::Sub": f"{REGISTRY}/cdk-hnb659fds-container-assets-${{AWS::AccountId}}:{'0a' * 32}"}, "passed", None),
        ({"Fn::Sub": f"{REGISTRY}/app:latest"}, "failed", None),
        ({"Fn::Sub": f"{REGISTRY}/app"}, "failed", None),
        ({"Fn::Sub": f"{REGISTRY}/app:${{Given}}"}, "unknown", None),
        ({"Fn::Sub": f"{REGISTRY}/app@${{Given}}"}, "passed", None),
        ({"Fn::Sub": f"{REGISTRY}/${{Repository}}"}, "failed", None),
        ({"Fn::Join": ["/", [REGISTRY, {"Ref": "Repository"}]]}, "failed", None),
        ({"Fn::Sub": f"{REGISTRY}/${{Repository}}:1.4"}, "passed", None),
        ({"Fn::Sub": "${Repository.RepositoryUri}:latest"}, "failed", None),
        ({"Fn::Sub": "${Repository.RepositoryUri}"}, "failed", None),
        ({"Fn::GetAtt": ["Repository", "RepositoryUri"]}, "failed", None),
        ({"Fn::Sub": "${Repository.RepositoryUri}:1.4"}, "passed", None),
        (GIVEN, "unknown", None),
    ],
)
def test_image(image: Any, expected: str, severity: str | None) -> None:
    found = verdict(RULE, {**task(image), "Repository": {"Type": "AWS::ECR::Repository"}})
    assert found is not None
    assert (found.outcome, found.severity) == (expected, severity)


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one("AWS::Batch::JobDefinition", ContainerProperties={"Image": "etl"}), "failed"),
        (one("AWS::Batch::JobDefinition", EksProperties={}), "not_applicable"),
        (one("AWS::SageMaker::Model", Containers=[{"Image": "model:1"}, {"Image": "model"}]), "failed"),
        (one("AWS::SageMaker::Model", PrimaryContainer={"ModelPackageName": "risk"}), "not_applicable"),
        (one("AWS::AppRunner::Service", SourceConfiguration={"CodeRepository": {}}), "not_applicable"),
        (one("AWS::ECS::TaskDefinition", ContainerDefinitions=GIVEN), "unknown"),
        (one("AWS::Lambda::Function", Code={"ImageUri": "app:latest"}), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged(RULE, resources) == expected
