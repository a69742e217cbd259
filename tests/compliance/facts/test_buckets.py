from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.facts.buckets import holds_artifacts, is_web_site
from tests.compliance.rules.support import GIVEN

BUCKET = "AWS::S3::Bucket"
DOMAIN = {"Fn::GetAtt": ["Pages", "RegionalDomainName"]}


def _distribution(domain: Any = DOMAIN, root: Any = "index.html", behavior: str = "site") -> dict[str, Any]:
    origins = [{"Id": "site", "DomainName": domain, "S3OriginConfig": {}}]
    config = {"Origins": origins, "DefaultCacheBehavior": {"TargetOriginId": behavior}, "DefaultRootObject": root}
    return {"Type": "AWS::CloudFront::Distribution", "Properties": {"DistributionConfig": config}}


@pytest.mark.parametrize(
    ("properties", "distribution", "expected"),
    [
        ({"WebsiteConfiguration": {"IndexDocument": "index.html"}}, None, True),
        ({}, None, False),
        ({}, _distribution(), True),
        ({}, _distribution(root="Index.htm"), True),
        # What is downloaded through a distribution may be anybody's record.
        ({}, _distribution(root=None), False),
        ({}, _distribution(root=GIVEN), False),
        ({}, _distribution(behavior="api"), False),
        ({}, _distribution(domain={"Fn::GetAtt": ["Records", "RegionalDomainName"]}), False),
    ],
)
def test_web_sites(properties: dict[str, Any], distribution: Any, expected: bool) -> None:
    resources = {"Pages": {"Type": BUCKET, "Properties": properties}, "Records": {"Type": BUCKET}}
    app = App()
    others = {} if distribution is None else {"Distribution": distribution}
    template = app.add(
        "Test.template.json", {"Resources": resources | others, "Parameters": {"Given": {"Type": "String"}}}
    )
    assert is_web_site(template.resources["Pages"]) is expected


@pytest.mark.parametrize(("name", "expected"), [("ServerlessDeploymentBucket", True), ("DeploymentBucket", False)])
def test_bucket_of_the_serverless_framework(name: str, expected: bool) -> None:
    app = App()
    template = app.add("Test.template.json", {"Resources": {name: {"Type": BUCKET}}})
    assert holds_artifacts(template.resources[name]) is expected
