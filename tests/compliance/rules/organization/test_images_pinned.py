from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.engine import evaluate
from tests.compliance.rules.support import GIVEN, judged, one, rule

RULE = "images_pinned"
REGISTRY = "${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com"


def task(image: Any) -> dict[str, Any]:
    return one("AWS::ECS::TaskDefinition", ContainerDefinitions=[{"Name": "app", "Image": image}])


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (f"public.ecr.aws/nginx/nginx@sha256:{'0a' * 32}", "passed"),
        (f"nginx:latest@sha256:{'0a' * 32}", "passed"),
        ("nginx:1.27.3", "failed"),
        ("registry.example.org:5000/app:v2", "passed"),
        ("registry.example.org:5000/app", "failed"),
        ("nginx", "failed"),
        ("nginx:latest", "failed"),
        ("amazon/aws-for-fluent-bit:stable", "failed"),
        ({"Fn::Sub": f"{REGISTRY}/cdk-hnb659fds-container-assets-${{AWS::AccountId}}:{'0a' * 32}"}, "passed"),
        ({"Fn::Sub": f"{REGISTRY}/app:latest"}, "failed"),
        ({"Fn::Sub": f"{REGISTRY}/app"}, "failed"),
        ({"Fn::Sub": f"{REGISTRY}/app:${{Given}}"}, "unknown"),
        ({"Fn::Sub": f"{REGISTRY}/app@${{Given}}"}, "passed"),
        ({"Fn::Sub": f"{REGISTRY}/${{Repository}}"}, "failed"),
        ({"Fn::Join": ["/", [REGISTRY, {"Ref": "Repository"}]]}, "failed"),
        ({"Fn::Sub": f"{REGISTRY}/${{Repository}}:1.4"}, "passed"),
        ({"Fn::Sub": "${Repository.RepositoryUri}:latest"}, "failed"),
        ({"Fn::Sub": "${Repository.RepositoryUri}"}, "failed"),
        ({"Fn::GetAtt": ["Repository", "RepositoryUri"]}, "failed"),
        ({"Fn::Sub": "${Repository.RepositoryUri}:1.4"}, "passed"),
        (GIVEN, "unknown"),
        # No image has such a name; somebody has yet to write one.
        ("<YOUR_ECR_IMAGE_URI>", "unknown"),
        ("YOUR_IMAGE", "unknown"),
        ("", "unknown"),
        ("registry.example.org/<image>", "unknown"),
        ("registry.example.org/app:<tag>", "unknown"),
        ("<image>:latest", "failed"),
        ("<account>.dkr.ecr.us-east-1.amazonaws.com/app", "failed"),
    ],
)
def test_image(image: Any, expected: str) -> None:
    assert judged(RULE, {**task(image), "Repository": {"Type": "AWS::ECR::Repository"}}) == expected


def test_what_moves_is_a_warning() -> None:
    app = App()
    app.add("t.json", {"Resources": task("111122223333.dkr.ecr.us-east-1.amazonaws.com/portal:latest")})
    (found,) = (one.finding() for one in evaluate(app, [rule(RULE)]))
    assert found is not None
    assert found.severity == "warning"


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
    assert judged(RULE, one("AWS::ECS::TaskDefinition", ContainerDefinitions=[{"Image": image}])) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ({"ImageUri": "111122223333.dkr.ecr.us-east-1.amazonaws.com/intake:1.4"}, "passed"),
        ({"ImageUri": "111122223333.dkr.ecr.us-east-1.amazonaws.com/intake:latest"}, "failed"),
        ({"ImageUri": "111122223333.dkr.ecr.us-east-1.amazonaws.com/intake"}, "failed"),
        ({"ImageUri": GIVEN}, "unknown"),
        ({"ZipFile": "pass"}, "not_applicable"),
    ],
)
def test_functions_of_images(code: dict[str, Any], expected: str) -> None:
    assert judged(RULE, one("AWS::Lambda::Function", Code=code)) == expected


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        # No registry is named: what is packaged gets a name of its own in ECR, the only one that functions take.
        ("intake:v1", "unknown"),
        ("intake:latest", "unknown"),
        ("intake@sha256:" + "0" * 64, "unknown"),
        ("111122223333.dkr.ecr.us-east-1.amazonaws.com/intake:latest", "failed"),
        ("111122223333.dkr.ecr.us-east-1.amazonaws.com/intake:v1", "passed"),
    ],
)
def test_an_image_of_no_registry_is_packaged_before_a_function_has_it(image: str, expected: str) -> None:
    assert judged(RULE, one("AWS::Lambda::Function", Code={"ImageUri": image})) == expected
    assert judged(RULE, one("AWS::SageMaker::Model", PrimaryContainer={"Image": "intake:latest"})) == "failed"
