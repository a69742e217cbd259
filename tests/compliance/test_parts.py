"""A finding names every part of a resource that fails, and no part that does not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import one, verdict

ANYWHERE = {"CidrIp": "0.0.0.0/0", "IpProtocol": "tcp"}
OPEN = {"Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": "*"}
MINE = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/mine"}, "Action": "sns:Publish"}
SECURE = {"OriginProtocolPolicy": "https-only", "OriginSSLProtocols": ["TLSv1.2"]}


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def ingress(*ports: int) -> dict[str, Any]:
    rules = [{**ANYWHERE, "FromPort": port, "ToPort": port} for port in ports]
    return one("AWS::EC2::SecurityGroup", SecurityGroupIngress=[*rules, {**rules[0], "CidrIp": "10.0.0.0/16"}])


@pytest.mark.parametrize(
    ("rule", "resources", "message"),
    [
        (
            "security_group_not_open",
            ingress(22, 3389),
            "Ingress from 0.0.0.0/0 is open on tcp port 22. Ingress from 0.0.0.0/0 is open on tcp port 3389.",
        ),
        (
            "security_group_not_open",
            ingress(1, 2, 3, 4, 5, 6, 7, 8),
            " ".join(f"Ingress from 0.0.0.0/0 is open on tcp port {port}." for port in range(1, 6)) + " And 3 more.",
        ),
        (
            "network_acl_not_open",
            one("AWS::EC2::NetworkAclEntry", Protocol=-1, RuleAction="allow", RuleNumber=1, CidrBlock="0.0.0.0/0"),
            "The entry allows ports 22 and 3389 from anywhere.",
        ),
        (
            "resource_policy_not_public",
            one("AWS::SNS::TopicPolicy", Topics=["t"], PolicyDocument=policy(MINE, {**OPEN, "Sid": "Post"}, OPEN)),
            "PolicyDocument allows sns:Publish to everyone (statement Post). "
            "PolicyDocument allows sns:Publish to everyone (statement 3).",
        ),
        (
            "key_policy_not_public",
            one("AWS::KMS::Key", KeyPolicy=policy(OPEN, {**OPEN, "Action": ["kms:Encrypt", "kms:Decrypt"]})),
            "The key policy allows sns:Publish to everyone (statement 1). "
            "The key policy allows kms:Encrypt, kms:Decrypt to everyone (statement 2).",
        ),
        (
            "grants_bounded",
            one(
                "AWS::IAM::Role",
                Policies=[
                    {"PolicyName": "ops", "PolicyDocument": policy({"Effect": "Allow", "Action": ["ec2:*", "S3:*"]})},
                    {
                        "PolicyName": "read",
                        "PolicyDocument": policy(
                            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::records/*"},
                            {"Sid": "Others", "Effect": "Allow", "NotAction": "iam:*", "Resource": "*"},
                        ),
                    },
                ],
            ),
            "Statement 1 of ops allows ec2:*, S3:*. "
            "Statement Others of read allows all actions but those in NotAction.",
        ),
        (
            "data_grants_name_resources",
            one(
                "AWS::IAM::Policy",
                PolicyDocument=policy(
                    {"Effect": "Allow", "Action": ["kms:Decrypt", "KMS:Decrypt", "s3:GetObject"], "Resource": "*"},
                    {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"},
                ),
            ),
            "Statement 1 allows kms:Decrypt, KMS:Decrypt, s3:GetObject on *. Statement 2 allows sqs:SendMessage on *.",
        ),
        (
            "classic_load_balancer_tls_required",
            one(
                "AWS::ElasticLoadBalancing::LoadBalancer",
                Listeners=[
                    {"Protocol": "HTTP", "LoadBalancerPort": "80"},
                    {"Protocol": "HTTPS", "LoadBalancerPort": "443"},
                    {"Protocol": "TCP", "LoadBalancerPort": "636"},
                ],
            ),
            "The HTTP listener on port 80 accepts unencrypted traffic. "
            "The HTTPS listener on port 443 has no negotiation policy of its own, which means TLS 1.0 and later.",
        ),
        (
            "distribution_tls_required",
            one(
                "AWS::CloudFront::Distribution",
                DistributionConfig={
                    "DefaultCacheBehavior": {"ViewerProtocolPolicy": "https-only"},
                    "CacheBehaviors": [{"PathPattern": "/old/*", "ViewerProtocolPolicy": "allow-all"}],
                    "ViewerCertificate": {"MinimumProtocolVersion": "TLSv1.2_2021"},
                    "Origins": [
                        {"Id": "api", "CustomOriginConfig": SECURE},
                        {"Id": "site", "CustomOriginConfig": {**SECURE, "OriginProtocolPolicy": "http-only"}},
                        {"Id": "files", "CustomOriginConfig": {**SECURE, "OriginSSLProtocols": ["TLSv1", "TLSv1.2"]}},
                    ],
                },
            ),
            "The behavior /old/*: ViewerProtocolPolicy is allow-all, so viewers may use HTTP. "
            "The origin site: OriginProtocolPolicy is http-only, not https-only. "
            "The origin files: OriginSSLProtocols is TLSv1, TLSv1.2, so it may use TLS older than 1.2.",
        ),
        (
            "vault_deletion_denied",
            one("AWS::Backup::BackupVault", AccessPolicy=policy()),
            "AccessPolicy does not deny backup:DeleteRecoveryPoint, backup:UpdateRecoveryPointLifecycle to everyone.",
        ),
        (
            "no_public_address",
            one(
                "AWS::EC2::Instance",
                NetworkInterfaces=[
                    {"AssociatePublicIpAddress": True},
                    {"AssociatePublicIpAddress": False},
                    {"AssociatePublicIpAddress": "true"},
                ],
            ),
            "NetworkInterfaces[0].AssociatePublicIpAddress is true. "
            "NetworkInterfaces[2].AssociatePublicIpAddress is true.",
        ),
        (
            "search_domain_tls_required",
            one("AWS::OpenSearchService::Domain", DomainEndpointOptions={"EnforceHTTPS": True}),
            "TLSSecurityPolicy is absent, so clients may use TLS 1.0. "
            "NodeToNodeEncryptionOptions is not on, so nodes exchange data unencrypted.",
        ),
    ],
)
def test_every_part_that_fails_is_named(rule: str, resources: dict[str, Any], message: str) -> None:
    found = verdict(rule, resources)
    assert found is not None
    assert (found.outcome.value, found.message) == ("failed", message)


# A policy whose second statement only deployment knows, as a macro or a reference would have it.
UNSURE = {"Ref": "Given"}
SSM = {"Service": "ssm.amazonaws.com"}
USER = {"AWS": "arn:aws:iam::111122223333:user/j.doe"}


@pytest.mark.parametrize(
    ("rule", "kind", "path", "bad"),
    [
        ("grants_bounded", "AWS::IAM::ManagedPolicy", "PolicyDocument", {"Action": "*", "Resource": "*"}),
        (
            "data_grants_name_resources",
            "AWS::IAM::Policy",
            "PolicyDocument",
            {"Action": "kms:Decrypt", "Resource": "*"},
        ),
        ("tags_protected", "AWS::IAM::Policy", "PolicyDocument", {"Action": "ec2:CreateTags", "Resource": "*"}),
        ("audit_not_switched_off", "AWS::IAM::Policy", "PolicyDocument", {"Action": "cloudtrail:UpdateTrail"}),
        ("trust_policy_not_open", "AWS::IAM::Role", "AssumeRolePolicyDocument", {"Principal": {"AWS": "*"}}),
        ("services_act_for_account", "AWS::IAM::Role", "AssumeRolePolicyDocument", {"Principal": SSM}),
        ("human_role_requires_mfa", "AWS::IAM::Role", "AssumeRolePolicyDocument", {"Principal": USER}),
        ("key_policy_not_public", "AWS::KMS::Key", "KeyPolicy", {"Principal": "*"}),
        ("resource_policy_not_public", "AWS::SNS::TopicPolicy", "PolicyDocument", {"Principal": "*"}),
        ("resource_policy_actions_named", "AWS::KMS::Key", "KeyPolicy", {"Principal": {"AWS": "1"}, "Action": "kms:*"}),
        ("service_access_scoped", "AWS::KMS::Key", "KeyPolicy", {"Principal": {"Service": "a.amazonaws.com"}}),
        ("endpoint_policy_scoped", "AWS::EC2::VPCEndpoint", "PolicyDocument", {"Principal": "*", "Action": "*"}),
    ],
)
@pytest.mark.parametrize("beside", ["before", "after"])
def test_an_unknown_statement_hides_no_bad_one(
    rule: str, kind: str, path: str, bad: dict[str, Any], beside: str
) -> None:
    written = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*", **bad}
    statements = [written, UNSURE] if beside == "after" else [UNSURE, written]
    # A role is asked whom it trusts if it may do something.
    more = {"ManagedPolicyArns": ["own"]} if kind == "AWS::IAM::Role" else {}
    found = verdict(rule, one(kind, **{path: policy(*statements)}, **more))
    assert found is not None
    assert found.outcome.value == "failed"
    alone = verdict(rule, one(kind, **{path: policy(UNSURE)}, **more))
    assert alone is not None
    assert alone.outcome.value == "unknown"
