"""What is open to the web gets a web ACL of its stack, unless it has one."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_appsync as appsync
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_wafv2 as wafv2

from hipaa_constructs import WebFirewall
from hipaa_constructs.defaults.secure_defaults import secure_defaults
from tests.defaults.support import Synthesized, lint_errors, new_stack, synthesized

_ACL = "AWS::WAFv2::WebACL"
_ASSOCIATION = "AWS::WAFv2::WebACLAssociation"


def _balancer(stack: cdk.Stack, name: str = "Balancer") -> elbv2.ApplicationLoadBalancer:
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        f"{name}Vpc",
        vpc_id="vpc-0a1b2c3d",
        availability_zones=["a", "b"],
        public_subnet_ids=["subnet-0a1b2c3d", "subnet-0a1b2c3e"],
    )
    return elbv2.ApplicationLoadBalancer(stack, name, vpc=vpc, internet_facing=True)


def _api(stack: cdk.Stack) -> apigateway.RestApi:
    api = apigateway.RestApi(stack, "Api")
    api.root.add_method("GET")
    return api


def _graphql(stack: cdk.Stack) -> None:
    schema = appsync.SchemaFile.from_asset("tests/defaults/schema.graphql")
    appsync.GraphqlApi(stack, "Graph", name="graph", definition=appsync.Definition.from_schema(schema))


def _actions(made: Synthesized) -> dict[str, str]:
    (acl,) = made.of(_ACL)
    return {rule["Name"]: next(iter(rule["OverrideAction"])) for rule in acl["Rules"]}


@pytest.fixture(scope="module")
def made() -> Synthesized:
    def define(stack: cdk.Stack) -> None:
        _balancer(stack)
        _api(stack)

    return synthesized(define)


def test_what_is_open_to_the_web_shares_one_web_acl(made: Synthesized) -> None:
    assert len(made.of(_ACL)) == 1
    arns = json.dumps([one["ResourceArn"] for one in made.of(_ASSOCIATION)])
    assert len(made.of(_ASSOCIATION)) == 2
    assert '{"Ref": "Balancer' in arns
    assert "/restapis/" in arns
    assert "/stages/" in arns
    assert "web_acl" in made.changed("S/Balancer")
    assert "web_acl" in made.changed("S/Api/DeploymentStage.prod")


def test_it_blocks_attackers_and_counts_what_an_app_may_want(made: Synthesized) -> None:
    assert _actions(made) == {
        "AmazonIpReputationList": "None",
        "AnonymousIpList": "Count",
        "CommonRuleSet": "Count",
        "KnownBadInputsRuleSet": "None",
        "SQLiRuleSet": "Count",
    }


def test_it_logs_under_the_key(made: Synthesized) -> None:
    assert len(made.of("AWS::WAFv2::LoggingConfiguration")) == 1
    (group,) = [one for one in made.of("AWS::Logs::LogGroup") if "aws-waf-logs-" in str(one.get("LogGroupName"))]
    assert "KmsKeyId" in group


def test_cloudformation_takes_it(made: Synthesized) -> None:
    assert lint_errors(made) == []


@pytest.mark.parametrize("raw", [True, False])
def test_what_has_a_web_acl_keeps_it(raw: bool) -> None:
    def define(stack: cdk.Stack) -> None:
        balancer = _balancer(stack)
        if raw:
            arn = "arn:aws:wafv2:us-east-1:111122223333:regional/webacl/own/1"
            wafv2.CfnWebACLAssociation(stack, "Own", resource_arn=balancer.load_balancer_arn, web_acl_arn=arn)
        else:
            WebFirewall(stack, "Own").associate(balancer.load_balancer_arn)

    made = synthesized(define)
    assert len(made.of(_ASSOCIATION)) == 1
    assert len(made.of(_ACL)) == (0 if raw else 1)
    assert "web_acl" not in made.changed("S/Balancer")


def test_a_stage_that_the_app_names_by_its_api_keeps_its_web_acl() -> None:
    def define(stack: cdk.Stack) -> None:
        api = _api(stack)
        arn = f"arn:aws:apigateway:us-east-1::/restapis/{api.rest_api_id}/stages/prod"
        wafv2.CfnWebACLAssociation(stack, "Own", resource_arn=arn, web_acl_arn="arn:of:a:web:acl")

    assert len(synthesized(define).of(_ASSOCIATION)) == 1


def test_an_association_that_cannot_be_read_leaves_all_as_it_is() -> None:
    def define(stack: cdk.Stack) -> None:
        properties: dict[str, Any] = {"ResourceArn": "arn:of:something", "WebACLArn": "arn:of:a:web:acl"}
        cdk.CfnResource(stack, "Own", type=_ASSOCIATION, properties=properties)
        _balancer(stack)

    assert synthesized(define).of(_ACL) == []


def test_network_load_balancers_have_none() -> None:
    def define(stack: cdk.Stack) -> None:
        vpc = ec2.Vpc.from_vpc_attributes(
            stack, "Vpc", vpc_id="vpc-0a1b2c3d", availability_zones=["a"], private_subnet_ids=["subnet-0a1b2c3d"]
        )
        elbv2.NetworkLoadBalancer(stack, "It", vpc=vpc)

    assert synthesized(define).of(_ACL) == []


def test_graphql_apis_have_one() -> None:
    made = synthesized(_graphql)
    (association,) = made.of(_ASSOCIATION)
    assert association["ResourceArn"]["Fn::GetAtt"][1] == "Arn"


def test_apis_of_cloudformations_own_class_have_one_each() -> None:
    def define(stack: cdk.Stack) -> None:
        for name in ("Patients", "Visits"):
            appsync.CfnGraphQLApi(stack, name, authentication_type="AWS_IAM", name=name)

    assert len(synthesized(define).of(_ASSOCIATION)) == 2


def _site(stack: cdk.Stack, **arguments: Any) -> None:
    origin = origins.HttpOrigin("clinic.example")
    cloudfront.Distribution(stack, "Site", default_behavior=cloudfront.BehaviorOptions(origin=origin), **arguments)


def _web_acl_of(made: Synthesized) -> Any:
    (site,) = made.of("AWS::CloudFront::Distribution")
    return site["DistributionConfig"].get("WebACLId")


def test_a_distribution_has_a_web_acl_of_its_own_kind() -> None:
    def define(stack: cdk.Stack) -> None:
        _site(stack)
        _api(stack)

    made = synthesized(define)
    assert sorted(acl["Scope"] for acl in made.of(_ACL)) == ["CLOUDFRONT", "REGIONAL"]
    name, attribute = _web_acl_of(made)["Fn::GetAtt"]
    assert (made.resources[name]["Properties"]["Scope"], attribute) == ("CLOUDFRONT", "Arn")
    assert "web_acl" in made.changed("S/Site")
    assert len(made.of("AWS::WAFv2::LoggingConfiguration")) == 2
    assert lint_errors(made) == []


def test_so_has_one_of_cloudformations_own_class() -> None:
    def define(stack: cdk.Stack) -> None:
        of = cloudfront.CfnDistribution
        behavior = of.DefaultCacheBehaviorProperty(target_origin_id="it", viewer_protocol_policy="https-only")
        config = of.DistributionConfigProperty(enabled=True, default_cache_behavior=behavior)
        cloudfront.CfnDistribution(stack, "Site", distribution_config=config)

    assert "Fn::GetAtt" in _web_acl_of(synthesized(define))


def test_a_web_acl_that_a_distribution_names_stays() -> None:
    own = "arn:aws:wafv2:us-east-1:111122223333:global/webacl/own/1"
    made = synthesized(lambda stack: _site(stack, web_acl_id=own))
    assert _web_acl_of(made) == own
    assert made.of(_ACL) == []

    def attached(stack: cdk.Stack) -> None:
        _site(stack)
        site = stack.node.find_child("Site")
        assert isinstance(site, cloudfront.Distribution)
        site.attach_web_acl_id(own)

    assert _web_acl_of(synthesized(attached)) == own


def test_a_distribution_of_another_region_has_none() -> None:
    stack = new_stack(env=cdk.Environment(account="111122223333", region="eu-west-1"))
    secure_defaults(stack)
    _site(stack)
    assert _web_acl_of(Synthesized(stack)) is None
