"""Where application load balancers put their logs; those of network load balancers CloudWatch delivers."""

from __future__ import annotations

from typing import Any, ClassVar

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from hipaa_constructs._stacks import arn_in
from hipaa_constructs.compliance.acknowledge import acknowledge_limitation
from hipaa_constructs.compliance.packs import in_every_pack
from hipaa_constructs.primitives.service_grants import service_source
from hipaa_constructs.storage.delivered_logs import DeliveredLogs

_DOCS = "docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html"


class LoadBalancerLogs(DeliveredLogs):
    """The bucket of one application load balancer's logs, which only Elastic Load Balancing writes to.

    Application load balancers can log only under S3's own key.
    """

    _service: ClassVar[str] = "logdelivery.elasticloadbalancing.amazonaws.com"

    def _define_key(self, encryption_key: kms.IKey | None) -> None:
        return None

    def _deliveries(self) -> list[iam.PolicyStatement]:
        """Source: docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html."""
        owner = "*" if self._organization_id else None
        balancers = arn_in(self, "elasticloadbalancing", "loadbalancer/*", account=owner)
        conditions: dict[str, Any] = {"ArnLike": {"aws:SourceArn": balancers}}
        if self._organization_id:
            conditions["StringEquals"] = service_source(self, self._organization_id)
        return [self._allow("LogDelivery", "s3:PutObject", self._files(), conditions)]

    def _acknowledge_limits(self, resource: s3.CfnBucket) -> None:
        acknowledge_limitation(
            resource,
            *in_every_pack("S3DefaultEncryptionKMS"),
            # No template shows the load balancers of other accounts.
            *(["HIPAA.Constructs-BucketEncryptedWithCustomerKey"] if self._organization_id else []),
            reason="SSE-S3 is the only server-side encryption that load balancers can log to.",
            source=_DOCS,
        )
        acknowledge_limitation(
            resource,
            *in_every_pack("S3BucketReplicationEnabled"),
            reason="Load balancers log only to a bucket in their own Region, and on a best-effort basis; "
            "here the files are versioned, kept seven years, and closed to deletion.",
            source=_DOCS,
        )
