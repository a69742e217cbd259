"""Amazon CloudWatch Logs: the stack's key, and seven years.

The key lets CloudWatch Logs in, without which the log group could not be made:
docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from aws_cdk import aws_logs as logs

from hipaa_constructs.defaults.raw import Raw, RawSetting
from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.session import Session
from hipaa_constructs.defaults.setting import Made, Plain, Setting
from hipaa_constructs.primitives.encrypted_log_group import PHI_IDENTIFIERS
from hipaa_constructs.primitives.service_grants import grant_cloudwatch_logs

_TYPE = "AWS::Logs::LogGroup"
_DAYS = 2557
_KEPT = "Events stay seven years; 45 CFR 164.316(b)(2)(i) asks for six."


def key_for_logs(made: Made) -> Any:
    """Return the stack's key, usable for CloudWatch Logs."""
    grant_cloudwatch_logs(made.key)
    return made.key


@cache
def _masking() -> logs.DataProtectionPolicy:
    return logs.DataProtectionPolicy(identifiers=[logs.DataIdentifier(name) for name in PHI_IDENTIFIERS])


def _key_arn(session: Session, group: Any) -> str:
    key = session.key(group)
    grant_cloudwatch_logs(key)
    return key.key_arn


SERVICE = Service(
    plain=[
        Plain(
            construct=logs.LogGroup,
            props=logs.LogGroupProps,
            resource_type=_TYPE,
            settings=[
                Setting(
                    argument="encryption_key",
                    properties=["KmsKeyId"],
                    value=key_for_logs,
                    why="Events are under the stack's key.",
                ),
                Setting(
                    argument="retention",
                    properties=["RetentionInDays"],
                    value=lambda made: logs.RetentionDays.SEVEN_YEARS,
                    why=_KEPT,
                ),
                Setting(
                    argument="data_protection_policy",
                    properties=["DataProtectionPolicy"],
                    value=lambda made: _masking(),
                    # Other classes of log groups take none.
                    unless=["log_group_class"],
                    why="Whoever reads events sees PHI masked, unless logs:Unmask is granted.",
                ),
            ],
        )
    ],
    raw=[
        Raw(
            construct=logs.CfnLogGroup,
            resource_type=_TYPE,
            settings=[
                # CloudWatch Logs alone uses the key, for whoever may write and read.
                RawSetting(
                    attribute="kms_key_id",
                    property="KmsKeyId",
                    value=_key_arn,
                    why="Events are under the stack's key.",
                ),
                RawSetting(
                    attribute="retention_in_days",
                    property="RetentionInDays",
                    value=lambda session, group: _DAYS,
                    why=_KEPT,
                ),
            ],
        )
    ],
)
