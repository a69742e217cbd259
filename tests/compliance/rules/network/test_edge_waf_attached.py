from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

STAGE, DISTRIBUTION = "AWS::ApiGateway::Stage", "AWS::CloudFront::Distribution"
GRAPHQL = "AWS::AppSync::GraphQLApi"
LIVE = one(STAGE, RestApiId={"Ref": "Api"}, StageName="live") | {"Api": {"Type": "AWS::ApiGateway::RestApi"}}

DEPLOYED = {**LIVE, **one("AWS::ApiGateway::Deployment", RestApiId={"Ref": "Api"}, StageName="live")}


def _association(arn: Any) -> dict[str, Any]:
    return {"Association": {"Type": "AWS::WAFv2::WebACLAssociation", "Properties": {"ResourceArn": arn}}}


def _arn(stage: str) -> dict[str, str]:
    return {"Fn::Sub": f"arn:aws:apigateway:us-east-1::/restapis/${{Api}}/stages/{stage}"}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (LIVE, "failed"),
        (LIVE | _association(_arn("${Subject}")), "passed"),
        (LIVE | _association(_arn("live")), "passed"),
        (LIVE | _association(_arn("test")), "failed"),
        (LIVE | _association("arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/app/x/1"), "failed"),
        (LIVE | _association(GIVEN), "unknown"),
        (DEPLOYED, "failed"),
        (DEPLOYED | _association(_arn("live")), "passed"),
        (DEPLOYED | _association(_arn("test")), "failed"),
        (one("AWS::ApiGateway::Deployment", RestApiId="api"), "not_applicable"),
        (one(DISTRIBUTION, DistributionConfig={"WebACLId": "arn:aws:wafv2:acl"}), "passed"),
        (one(DISTRIBUTION, DistributionConfig={}), "failed"),
        (one(DISTRIBUTION, DistributionConfig={"WebACLId": ""}), "failed"),
        (one(DISTRIBUTION, DistributionConfig={"WebACLId": GIVEN}), "unknown"),
        (one(GRAPHQL), "failed"),
        (one(GRAPHQL) | _association({"Fn::GetAtt": ["Subject", "Arn"]}), "passed"),
        (one(GRAPHQL) | _association({"Ref": "Subject"}), "passed"),
        (one(GRAPHQL) | _association("arn:aws:appsync:us-east-1:1:apis/other"), "failed"),
        (one(GRAPHQL) | _association(GIVEN), "unknown"),
        (one("AWS::ApiGateway::RestApi"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("edge_waf_attached", resources) == expected
