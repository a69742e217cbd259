from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Annotations, Match
from constructs import Construct
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.edge.distribution import Distribution
from hipaa_constructs.edge.distribution_logs import RECORD_FIELDS
from hipaa_constructs.edge.web_firewall import WebFirewall
from hipaa_constructs.recovery.backup_plan import BackupPlan
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket
from hipaa_constructs.testing import assert_no_findings, template_of
from tests.edge.support import CERTIFICATE, new_stack, only, resources

DISTRIBUTION = "AWS::CloudFront::Distribution"


class NoPlan:
    """A plan that makes nothing, so that templates show the distribution."""

    plan_name = "Elsewhere"

    def protect(self, store: Construct, resource_arn: str) -> None:
        """Select nothing."""


def site_in(stack: cdk.Stack) -> EncryptedBucket:
    return EncryptedBucket(stack, "Site", backup_plan=NoPlan())


def certificate_of(stack: cdk.Stack) -> acm.ICertificate:
    return acm.Certificate.from_certificate_arn(stack, "Certificate", CERTIFICATE)


def distribution_in(stack: cdk.Stack, **arguments: Any) -> Distribution:
    arguments.setdefault("domain_names", ["portal.example.com"])
    bucket = arguments.pop("bucket", None) or site_in(stack)
    return Distribution(stack, "Portal", bucket=bucket, certificate=certificate_of(stack), **arguments)


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    stack = new_stack()
    distribution_in(stack)
    return template_of(stack)


def config(template: dict[str, Any]) -> dict[str, Any]:
    return dict(only(template, DISTRIBUTION)["DistributionConfig"])


def name_of(template: dict[str, Any], kind: str) -> str:
    (name,) = (name for name, found in template["Resources"].items() if found["Type"] == kind)
    return str(name)


def test_snapshot(template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert template == snapshot


def test_has_no_findings(app: cdk.App, stack: cdk.Stack) -> None:
    plan = BackupPlan.daily_7_year(stack, "Backups")
    distribution_in(stack, bucket=EncryptedBucket(stack, "Pages", backup_plan=plan))
    assert_no_findings(app, all_packs=True)


def test_warns_of_nothing(stack: cdk.Stack) -> None:
    distribution_in(stack)
    assert not Annotations.from_stack(stack).find_warning("*", Match.any_value())


def test_speaks_tls_1_2_under_its_own_certificate_and_redirects_http(template: dict[str, Any]) -> None:
    assert config(template)["ViewerCertificate"] == {
        "AcmCertificateArn": CERTIFICATE,
        "MinimumProtocolVersion": "TLSv1.2_2021",
        "SslSupportMethod": "sni-only",
    }
    assert config(template)["Aliases"] == ["portal.example.com"]
    assert config(template)["DefaultCacheBehavior"]["ViewerProtocolPolicy"] == "redirect-to-https"


def test_responses_carry_security_headers(template: dict[str, Any]) -> None:
    policy = only(template, "AWS::CloudFront::ResponseHeadersPolicy")["ResponseHeadersPolicyConfig"]
    headers = policy["SecurityHeadersConfig"]
    assert headers["StrictTransportSecurity"]["AccessControlMaxAgeSec"] == 730 * 86_400
    assert headers["FrameOptions"]["FrameOption"] == "DENY"
    assert headers["ContentSecurityPolicy"]["ContentSecurityPolicy"].startswith("default-src 'self'")
    assert all(header["Override"] for header in headers.values())
    used = config(template)["DefaultCacheBehavior"]["ResponseHeadersPolicyId"]
    assert used == {"Ref": name_of(template, "AWS::CloudFront::ResponseHeadersPolicy")}


def test_signs_its_requests_to_the_bucket(template: dict[str, Any]) -> None:
    control = only(template, "AWS::CloudFront::OriginAccessControl")["OriginAccessControlConfig"]
    assert (control["SigningBehavior"], control["SigningProtocol"]) == ("always", "sigv4")
    (origin,) = config(template)["Origins"]
    assert origin["OriginAccessControlId"]["Fn::GetAtt"][0] == name_of(template, "AWS::CloudFront::OriginAccessControl")


def test_bucket_lets_this_distribution_read(template: dict[str, Any]) -> None:
    policies = resources(template, "AWS::S3::BucketPolicy")
    statements = [s for policy in policies for s in policy["Properties"]["PolicyDocument"]["Statement"]]
    (serve,) = (s for s in statements if s["Principal"] == {"Service": "cloudfront.amazonaws.com"})
    assert serve["Action"] == "s3:GetObject"
    arn = serve["Condition"]["StringEquals"]["aws:SourceArn"]["Fn::Join"][1]
    assert arn[-1] == {"Ref": name_of(template, DISTRIBUTION)}


def test_key_lets_this_accounts_distributions_decrypt(template: dict[str, Any]) -> None:
    keys = resources(template, "AWS::KMS::Key")
    statements = [s for key in keys for s in key["Properties"]["KeyPolicy"]["Statement"]]
    (decrypt,) = (s for s in statements if s["Principal"] == {"Service": "cloudfront.amazonaws.com"})
    assert decrypt["Action"] == "kms:Decrypt"
    arn = decrypt["Condition"]["ArnLike"]["aws:SourceArn"]["Fn::Join"][1]
    assert arn[-1] == ":cloudfront::111122223333:distribution/*"


def test_a_firewall_stands_in_front(template: dict[str, Any]) -> None:
    assert only(template, "AWS::WAFv2::WebACL")["Scope"] == "CLOUDFRONT"
    assert config(template)["WebACLId"] == {"Fn::GetAtt": [name_of(template, "AWS::WAFv2::WebACL"), "Arn"]}


def test_logs_requests_without_cookies_and_queries(template: dict[str, Any]) -> None:
    source, delivery = only(template, "AWS::Logs::DeliverySource"), only(template, "AWS::Logs::Delivery")
    assert source["LogType"] == "ACCESS_LOGS"
    assert source["ResourceArn"]["Fn::Join"][1][-1] == {"Ref": name_of(template, DISTRIBUTION)}
    assert len(source["Name"]) <= 60
    assert delivery["RecordFields"] == list(RECORD_FIELDS)
    assert not {"cs-uri-query", "cs(Cookie)", "cs(Referer)"} & set(RECORD_FIELDS)


def test_logs_are_encrypted_and_kept_seven_years(template: dict[str, Any]) -> None:
    destination = only(template, "AWS::Logs::DeliveryDestination")["DestinationResourceArn"]["Fn::GetAtt"][0]
    group = template["Resources"][destination]["Properties"]
    assert group["RetentionInDays"] == 2557
    assert "KmsKeyId" in group


def test_serves_the_united_states(template: dict[str, Any]) -> None:
    assert config(template)["Restrictions"]["GeoRestriction"] == {
        "RestrictionType": "whitelist",
        "Locations": ["US", "AS", "GU", "MP", "PR", "VI"],
    }


def test_takes_options(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    firewall = WebFirewall(stack, "Firewall", web_acl_scope="CLOUDFRONT", encryption_key=key)
    portal = distribution_in(
        stack,
        default_root_object="home.html",
        content_security_policy="default-src 'none'",
        geo_restriction=cloudfront.GeoRestriction.denylist("KP"),
        web_firewall=firewall,
        encryption_key=key,
    )
    found = template_of(stack)
    assert portal.web_firewall is firewall
    assert len(resources(found, "AWS::WAFv2::WebACL")) == 1
    assert config(found)["DefaultRootObject"] == "home.html"
    assert config(found)["Restrictions"]["GeoRestriction"]["RestrictionType"] == "blacklist"
    headers = only(found, "AWS::CloudFront::ResponseHeadersPolicy")["ResponseHeadersPolicyConfig"]
    csp = headers["SecurityHeadersConfig"]["ContentSecurityPolicy"]["ContentSecurityPolicy"]
    assert csp == "default-src 'none'"
    used = {str(group["Properties"]["KmsKeyId"]) for group in resources(found, "AWS::Logs::LogGroup")}
    assert used == {str(stack.resolve(key.key_arn))}


def test_refuses_no_names(stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match=r"domain_names: got \[\]; without a name of its own"):
        distribution_in(stack, domain_names=[])
    assert stack.node.try_find_child("Portal") is None


def test_refuses_a_regional_firewall(stack: cdk.Stack) -> None:
    firewall = WebFirewall(stack, "Firewall")
    with pytest.raises(ValueError, match="a distribution takes one for CLOUDFRONT"):
        distribution_in(stack, web_firewall=firewall)
    assert stack.node.try_find_child("Portal") is None


def test_refuses_a_bucket_of_another_stack(app: cdk.App, stack: cdk.Stack) -> None:
    bucket = site_in(cdk.Stack(app, "Other", env=cdk.Environment(account="111122223333", region="us-east-1")))
    with pytest.raises(ValueError, match=r"bucket: got 'Other/Site'; .* in one stack"):
        distribution_in(stack, bucket=bucket)
    assert stack.node.try_find_child("Portal") is None


def test_refuses_another_region() -> None:
    stack = new_stack("eu-west-1")
    with pytest.raises(ValueError, match="scope: got 'a stack in eu-west-1'; CloudFront keeps"):
        distribution_in(stack)
    assert stack.node.try_find_child("Portal") is None
