"""Where distributions put their logs."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from hipaa_constructs.primitives.encrypted_log_group import EncryptedLogGroup
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey

# Who asked for what, when, over which TLS, with which outcome; no cookies, query strings or referrers:
# docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html
RECORD_FIELDS = (
    "date",
    "time",
    "x-edge-location",
    "x-edge-request-id",
    "c-ip",
    "c-port",
    "x-forwarded-for",
    "cs-method",
    "cs-protocol",
    "cs-protocol-version",
    "x-host-header",
    "cs-uri-stem",
    "cs(User-Agent)",
    "cs-bytes",
    "sc-status",
    "sc-bytes",
    "sc-content-type",
    "x-edge-result-type",
    "x-edge-detailed-result-type",
    "ssl-protocol",
    "ssl-cipher",
    "time-taken",
)


class DistributionLogs(Construct):
    """The log group of one distribution, and CloudFront's standard logging (v2) into it.

    AWS writes the permission to deliver into the log group's own resource policy when the delivery is made:
    docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V2-CloudWatchLogs.html.
    """

    def __init__(self, scope: Construct, construct_id: str, *, encryption_key: kms.IKey | None) -> None:
        super().__init__(scope, construct_id)
        self.encryption_key: kms.IKey = encryption_key or KmsRotatedKey(self, "Key").key
        self.log_group: logs.LogGroup = EncryptedLogGroup(
            self, "LogGroup", encryption_key=self.encryption_key
        ).log_group

    def collect_from(self, distribution: cloudfront.Distribution) -> None:
        """Have CloudFront deliver the distribution's access logs here."""
        # Sources and destinations are found by name, of 60 characters at most:
        # docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutDeliverySource.html
        name = cdk.Names.unique_resource_name(self, max_length=60, separator="-")
        source = logs.CfnDeliverySource(
            self, "Source", name=name, log_type="ACCESS_LOGS", resource_arn=distribution.distribution_arn
        )
        destination = logs.CfnDeliveryDestination(
            self,
            "Destination",
            name=name,
            destination_resource_arn=self.log_group.log_group_arn,
            output_format="json",
        )
        logs.CfnDelivery(
            self,
            "Delivery",
            delivery_source_name=source.ref,
            delivery_destination_arn=destination.attr_arn,
            record_fields=list(RECORD_FIELDS),
        )
