from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, is_token, refuse
from hipaa_constructs._constants import days
from hipaa_constructs._stacks import region_of, stack_of
from hipaa_constructs.compliance.acknowledge import acknowledge_limitation
from hipaa_constructs.edge.distribution_logs import DistributionLogs
from hipaa_constructs.edge.requirements import require_firewall
from hipaa_constructs.edge.web_firewall import WebFirewall
from hipaa_constructs.primitives.service_grants import grant_cloudfront
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket

_REGION = "us-east-1"
# The United States with its territories, which have country codes of their own (ISO 3166-1).
_UNITED_STATES = ("US", "AS", "GU", "MP", "PR", "VI")
_CONTENT_SECURITY_POLICY = "default-src 'self'; object-src 'none'; base-uri 'self'; frame-ancestors 'none'"


class Distribution(Construct):
    """A CloudFront distribution that serves one ``EncryptedBucket`` over TLS 1.2 or 1.3, behind a firewall.

    - HTTP is redirected. Responses carry the headers that keep browsers on TLS and out of frames.
    - The bucket stays private: CloudFront signs its requests (origin access control), and bucket and key let this
      account's distribution read, and nobody write.
    - A ``WebFirewall`` for CloudFront stands in front, and requests are logged, encrypted and kept seven years,
      without cookies and query strings.
    - What it serves is cached at the edge: static pages, not records of patients.

    It belongs in a stack of us-east-1, where CloudFront keeps its firewalls, certificates and logs.

    Meets 164.312(e)(1) transmission security, 164.312(e)(2)(ii) encryption, 164.312(a)(1) access control and 164.312(b)
    audit controls. Supports 164.308(a)(5)(ii)(B) protection from malicious software.

    :param bucket: what to serve, a bucket of the same stack.
    :param domain_names: the names by which it is called.
    :param certificate: the certificate of those names, in us-east-1.
    :param default_root_object: what ``/`` serves. Default: ``index.html``.
    :param content_security_policy: what pages may load. Default: from their own origin alone.
    :param geo_restriction: which countries are served. Default: the United States and its territories.
    :param web_firewall: a firewall for CloudFront. Default: a ``WebFirewall`` of its own.
    :param encryption_key: the key for the logs; it is made usable for CloudWatch Logs.
        Default: a ``KmsRotatedKey`` of its own.
    :raises ValueError: another Region than us-east-1, a bucket of another stack, no domain names, or a Regional
        firewall.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        bucket: EncryptedBucket,
        domain_names: Sequence[str],
        certificate: acm.ICertificate,
        default_root_object: str = "index.html",
        content_security_policy: str = _CONTENT_SECURITY_POLICY,
        geo_restriction: cloudfront.GeoRestriction | None = None,
        web_firewall: WebFirewall | None = None,
        encryption_key: kms.IKey | None = None,
    ) -> None:
        _require_place(scope, bucket)
        _require_names(domain_names)
        require_firewall(web_firewall, "CLOUDFRONT", behind="a distribution")
        super().__init__(scope, construct_id)

        self._logs = DistributionLogs(self, "Logs", encryption_key=encryption_key)
        self._firewall = web_firewall or WebFirewall(
            self, "WebFirewall", web_acl_scope="CLOUDFRONT", encryption_key=self._logs.encryption_key
        )
        self._distribution = cloudfront.Distribution(
            self,
            "Resource",
            comment=self.node.path,
            domain_names=list(domain_names),
            certificate=certificate,
            minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            default_root_object=default_root_object,
            default_behavior=cloudfront.BehaviorOptions(
                origin=self._define_origin(bucket.bucket),
                viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
                response_headers_policy=self._define_headers(content_security_policy),
            ),
            geo_restriction=geo_restriction or cloudfront.GeoRestriction.allowlist(*_UNITED_STATES),
            web_acl_id=self._firewall.web_acl_arn,
        )
        self._grant_read(bucket)
        self._logs.collect_from(self._distribution)
        self._acknowledge_limits()

    @property
    def distribution(self) -> cloudfront.Distribution:
        """The distribution itself; it is also the target of a DNS alias."""
        return self._distribution

    @property
    def web_firewall(self) -> WebFirewall:
        """The firewall in front."""
        return self._firewall

    @property
    def log_group(self) -> logs.LogGroup:
        """Where requests are logged."""
        return self._logs.log_group

    def _define_origin(self, bucket: s3.Bucket) -> cloudfront.IOrigin:
        """Have CloudFront sign its requests.

        CDK's own origin with access control also lets the distribution into bucket and key, but warns at every synth
        of what cannot be otherwise. So that is done here.
        """
        control = cloudfront.S3OriginAccessControl(self, "OriginAccessControl", signing=cloudfront.Signing.SIGV4_ALWAYS)
        return origins.S3BucketOrigin.with_bucket_defaults(
            bucket, origin_access_control_id=control.origin_access_control_id
        )

    def _grant_read(self, bucket: EncryptedBucket) -> None:
        """Let this distribution read, and nobody write.

        docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html
        """
        bucket.bucket.add_to_resource_policy(
            iam.PolicyStatement(
                sid=f"Serve{self.node.addr[-8:]}",
                principals=[iam.ServicePrincipal("cloudfront.amazonaws.com")],
                actions=["s3:GetObject"],
                resources=[bucket.bucket.arn_for_objects("*")],
                conditions={"StringEquals": {"aws:SourceArn": self._distribution.distribution_arn}},
            )
        )
        grant_cloudfront(bucket.encryption_key)

    def _define_headers(self, content_security_policy: str) -> cloudfront.ResponseHeadersPolicy:
        two_years = days(730)
        return cloudfront.ResponseHeadersPolicy(
            self,
            "Headers",
            response_headers_policy_name=cdk.Names.unique_resource_name(self, max_length=120, separator="-"),
            security_headers_behavior=cloudfront.ResponseSecurityHeadersBehavior(
                strict_transport_security=cloudfront.ResponseHeadersStrictTransportSecurity(
                    access_control_max_age=two_years, include_subdomains=True, override=True
                ),
                content_security_policy=cloudfront.ResponseHeadersContentSecurityPolicy(
                    content_security_policy=content_security_policy, override=True
                ),
                content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True),
                frame_options=cloudfront.ResponseHeadersFrameOptions(
                    frame_option=cloudfront.HeadersFrameOption.DENY, override=True
                ),
                referrer_policy=cloudfront.ResponseHeadersReferrerPolicy(
                    referrer_policy=cloudfront.HeadersReferrerPolicy.NO_REFERRER, override=True
                ),
            ),
        )

    def _acknowledge_limits(self) -> None:
        acknowledge_limitation(
            cast("cloudfront.CfnDistribution", self._distribution.node.default_child),
            "AwsSolutions-CFR3",
            reason="The rule knows CloudFront's legacy logs alone, which need a bucket with ACLs. This distribution "
            "logs by standard logging (v2) to an encrypted log group.",
            source="docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging-legacy-s3.html",
        )


def _require_place(scope: Construct, bucket: EncryptedBucket) -> None:
    stack = stack_of(scope)
    region = region_of(stack)
    if not is_token(region) and region != _REGION:
        refuse(
            "scope",
            f"a stack in {region}",
            allowed=f"CloudFront keeps firewalls, certificates and logs in {_REGION}",
            fix=f"Define it in a stack with env region='{_REGION}'; GovCloud and China have none.",
        )
    if stack_of(bucket) is not stack:
        refuse(
            "bucket",
            bucket.node.path,
            allowed="bucket and distribution name each other, so they are in one stack",
            fix="Define the bucket in the distribution's stack.",
        )


def _require_names(domain_names: Sequence[str]) -> None:
    if not domain_names:
        refuse(
            "domain_names",
            list(domain_names),
            allowed="without a name of its own, CloudFront's certificate is used, and TLS 1.0",
            fix="Pass the names that the certificate is for.",
        )
