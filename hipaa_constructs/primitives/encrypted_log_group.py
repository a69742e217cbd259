from __future__ import annotations

import re
from collections.abc import Sequence
from typing import cast

from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, is_token, refuse
from hipaa_constructs._constants import partition
from hipaa_constructs._names import KEPT
from hipaa_constructs._stacks import settle
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.service_grants import grant_cloudwatch_logs

# CloudWatch Logs' managed identifiers of the category "protected health information" for the United States:
# docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL-managed-data-identifiers.html
PHI_IDENTIFIERS = (
    "DrugEnforcementAgencyNumber-US",
    "HealthInsuranceClaimNumber-US",
    "HealthcareProcedureCode-US",
    "MedicareBeneficiaryNumber-US",
    "NationalDrugCode-US",
    "NationalProviderId-US",
    "Ssn-US",
)


class EncryptedLogGroup(Construct):
    """A CloudWatch log group under a customer key, kept seven years, that masks PHI in what it shows.

    Meets 164.312(b) audit controls and 164.312(a)(2)(iv) encryption and decryption. Supports 164.316(b)(2)(i) time
    limit.

    :param encryption_key: the key for the log group; it is made usable for CloudWatch Logs.
        Default: a ``KmsRotatedKey`` of its own.
    :param log_group_name: a fixed name. Default: CloudFormation makes one.
    :param retention: how long events stay, six years (2192 days) or more. Default: seven years (2557 days).
        Source: 45 CFR 164.316(b)(2)(i).
    :param masked_identifiers: CloudWatch Logs data identifiers that are masked in every view except for
        principals with ``logs:Unmask``. Default: the identifiers of US health care and the social security
        number. An empty list turns masking off; do so only where no PHI can arrive, as in flow logs.
    :raises ValueError: a retention below six years, or a name that CloudWatch Logs cannot know.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        encryption_key: kms.IKey | None = None,
        log_group_name: str | None = None,
        retention: logs.RetentionDays = logs.RetentionDays.SEVEN_YEARS,
        masked_identifiers: Sequence[str] = PHI_IDENTIFIERS,
    ) -> None:
        if retention not in _LONG_ENOUGH:
            refuse(
                "retention",
                retention.name,
                allowed="45 CFR 164.316(b)(2)(i) asks for six years or more",
                fix="Use logs.RetentionDays.SIX_YEARS, SEVEN_YEARS (the default) or longer.",
            )
        _require_names(log_group_name, masked_identifiers)
        super().__init__(scope, construct_id)
        settle(self, scope, construct_id)

        key = encryption_key or KmsRotatedKey(self, "Key").key
        grant_cloudwatch_logs(key)
        self._log_group = logs.LogGroup(
            self,
            "Resource",
            encryption_key=key,
            log_group_name=log_group_name,
            retention=retention,
            removal_policy=KEPT,
        )
        if masked_identifiers:
            resource = cast("logs.CfnLogGroup", self._log_group.node.default_child)
            resource.data_protection_policy = _masking(masked_identifiers, partition())

    @property
    def log_group(self) -> logs.LogGroup:
        """The log group itself."""
        return self._log_group


_LONG_ENOUGH = frozenset(
    {
        logs.RetentionDays.SIX_YEARS,
        logs.RetentionDays.SEVEN_YEARS,
        logs.RetentionDays.EIGHT_YEARS,
        logs.RetentionDays.NINE_YEARS,
        logs.RetentionDays.TEN_YEARS,
        logs.RetentionDays.INFINITE,
    }
)


def _require_names(log_group_name: str | None, identifiers: Sequence[str]) -> None:
    # docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
    known = log_group_name is not None and not is_token(log_group_name)
    if known and not re.fullmatch(r"[A-Za-z0-9_\-/.#]{1,512}", str(log_group_name)):
        refuse(
            "log_group_name",
            log_group_name,
            allowed="allowed are 1 to 512 letters, digits and any of '_-/.#'",
            fix="Leave it out, and CloudFormation makes one.",
        )
    # The default is known to be right, and each question about a token is a call to Node.
    for identifier in () if identifiers is PHI_IDENTIFIERS else identifiers:
        if not is_token(identifier) and not re.fullmatch(r"[A-Za-z0-9]+(-[A-Z]{2})?", identifier):
            refuse(
                "masked_identifiers",
                identifier,
                allowed="it takes names of CloudWatch Logs' managed data identifiers, such as 'Ssn-US'",
                fix="Look the name up in docs.aws.amazon.com/AmazonCloudWatch/latest/logs/"
                "CWL-managed-data-identifiers.html.",
            )


def _masking(identifiers: Sequence[str], partition: str) -> dict[str, object]:
    """Write the two statements the policy language asks for: find, then mask the same identifiers.

    Source: docs.aws.amazon.com/AmazonCloudWatch/latest/logs/mask-sensitive-log-data.html.
    """
    arns = [f"arn:{partition}:dataprotection::aws:data-identifier/{name}" for name in identifiers]
    return {
        "Name": "mask-phi",
        "Version": "2021-06-01",
        "Statement": [
            {"Sid": "Find", "DataIdentifier": arns, "Operation": {"Audit": {"FindingsDestination": {}}}},
            {"Sid": "Mask", "DataIdentifier": arns, "Operation": {"Deidentify": {"MaskConfig": {}}}},
        ],
    }
