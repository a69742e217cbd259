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
        ("nginx:1.27.3", "failed", "warning"),
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
        (one("AWS::Lambda::LayerVersion"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged(RULE, resources) == expected


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("quay.io/keycloak/keycloak:26.6.4", "failed"),
        ("nginx:1.27.3", "failed"),
        ("clinic/portal:4.2", "failed"),
        ("public.ecr.aws/docker/library/nginx:1.27", "failed"),
        (f"quay.io/keycloak/keycloak@sha256:{'0' * 64}", "passed"),
        ("public.ecr.aws/aws-observability/aws-otel-collector:v0.41.1", "passed"),
        ("amazon/aws-xray-daemon:3.3.13", "passed"),
        ("111122223333.dkr.ecr.us-east-1.amazonaws.com/portal:4.2", "passed"),
        ("registry.clinic.example/portal:4.2", "passed"),
        ("localhost:5000/portal:4.2", "passed"),
        ("REPOSITORY_URI:4.2", "passed"),
        ({"Fn::Sub": "${Registry}/portal:4.2"}, "passed"),
        ({"Fn::Sub": "${AWS::AccountId}.dkr.ecr.us-east-1.amazonaws.com/portal:4.2"}, "passed"),
    ],
)
def test_tags_of_public_registries_may_move(image: Any, expected: str) -> None:
    found = verdict("images_pinned", one("AWS::ECS::TaskDefinition", ContainerDefinitions=[{"Image": image}]))
    assert found is not None
    assert (found.outcome, found.severity) == (expected, "warning" if expected == "failed" else None)


@pytest.mark.parametrize(
    ("code", "expected", "severity"),
    [
        ({"ImageUri": "111122223333.dkr.ecr.us-east-1.amazonaws.com/intake:1.4"}, "passed", None),
        ({"ImageUri": "111122223333.dkr.ecr.us-east-1.amazonaws.com/intake:latest"}, "failed", "warning"),
        ({"ImageUri": "111122223333.dkr.ecr.us-east-1.amazonaws.com/intake"}, "failed", "warning"),
        ({"ImageUri": GIVEN}, "unknown", None),
        ({"ZipFile": "pass"}, "not_applicable", None),
    ],
)
def test_functions_keep_their_image_until_they_are_deployed_again(
    code: dict[str, Any], expected: str, severity: str | None
) -> None:
    found = verdict("images_pinned", one("AWS::Lambda::Function", Code=code))
    assert found is not None
    assert (found.outcome, found.severity) == (expected, severity)
