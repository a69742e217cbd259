"""The call of CDK's that makes of what was given what an argument takes, where there is an obvious one."""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Mapping
from typing import Any

# By interface: the call that takes an ARN, and the one that takes a name or an id.
_IMPORTS: Mapping[str, tuple[str, str]] = {
    "IBucket": ("s3.Bucket.from_bucket_arn(scope, id, {})", "s3.Bucket.from_bucket_name(scope, id, {})"),
    "ICertificate": ("certificatemanager.Certificate.from_certificate_arn(scope, id, {})", ""),
    "IFunction": (
        "lambda_.Function.from_function_arn(scope, id, {})",
        "lambda_.Function.from_function_name(scope, id, {})",
    ),
    "IHostedZone": ("", "route53.HostedZone.from_lookup(scope, id, domain_name={})"),
    "IKey": ("kms.Key.from_key_arn(scope, id, {})", ""),
    "ILogGroup": (
        "logs.LogGroup.from_log_group_arn(scope, id, {})",
        "logs.LogGroup.from_log_group_name(scope, id, {})",
    ),
    "IQueue": ("sqs.Queue.from_queue_arn(scope, id, {})", ""),
    "IRepository": (
        "ecr.Repository.from_repository_arn(scope, id, {})",
        "ecr.Repository.from_repository_name(scope, id, {})",
    ),
    "IRole": ("iam.Role.from_role_arn(scope, id, {})", "iam.Role.from_role_name(scope, id, {})"),
    "ISecret": (
        "secretsmanager.Secret.from_secret_complete_arn(scope, id, {})",
        "secretsmanager.Secret.from_secret_name_v2(scope, id, {})",
    ),
    "ISecurityGroup": ("", "ec2.SecurityGroup.from_security_group_id(scope, id, {})"),
    "ITable": ("dynamodb.Table.from_table_arn(scope, id, {})", "dynamodb.Table.from_table_name(scope, id, {})"),
    "ITopic": ("sns.Topic.from_topic_arn(scope, id, {})", ""),
    "IVpc": ("", "ec2.Vpc.from_lookup(scope, id, vpc_id={})"),
}
# What a text is to a class that has one obvious way to be made of it.
_OF_TEXT: Mapping[str, str] = {
    "Code": "lambda_.Code.from_asset({})",
    "InstanceType": "ec2.InstanceType({})",
}
_OF_NUMBER: Mapping[str, str] = {
    "Duration": "cdk.Duration.seconds({0}), or of another unit, such as cdk.Duration.days({0})",
    "Size": "cdk.Size.gibibytes({0}), or of another unit, such as cdk.Size.mebibytes({0})",
}
# docs.aws.amazon.com/cdk/api/v2/python/aws_cdk.aws_logs/RetentionDays.html
_RETENTION: Mapping[int, str] = {
    1: "ONE_DAY",
    3: "THREE_DAYS",
    5: "FIVE_DAYS",
    7: "ONE_WEEK",
    14: "TWO_WEEKS",
    30: "ONE_MONTH",
    60: "TWO_MONTHS",
    90: "THREE_MONTHS",
    120: "FOUR_MONTHS",
    150: "FIVE_MONTHS",
    180: "SIX_MONTHS",
    365: "ONE_YEAR",
    400: "THIRTEEN_MONTHS",
    545: "EIGHTEEN_MONTHS",
    731: "TWO_YEARS",
    1096: "THREE_YEARS",
    1827: "FIVE_YEARS",
    2192: "SIX_YEARS",
    2557: "SEVEN_YEARS",
    2922: "EIGHT_YEARS",
    3288: "NINE_YEARS",
    3653: "TEN_YEARS",
}
# Protocols of this package, and what is one of them.
_OWN: Mapping[str, str] = {
    "KeepsObjects": "an EncryptedBucket of hipaa_constructs",
    "ProtectsData": "a BackupPlan of hipaa_constructs, such as BackupPlan.daily_7_year(scope, id)",
}


def obvious_call(value: object, hint: Any) -> str:
    """Return what to pass in place of a value, as Python; empty where nothing is obvious."""
    options = typing.get_args(hint) if typing.get_origin(hint) in (typing.Union, types.UnionType) else (hint,)
    calls = (_call(value, option) for option in options if isinstance(option, type))
    return next((call for call in calls if call), "")


def _call(value: object, kind: type) -> str:
    name = kind.__name__
    if kind.__module__.startswith("hipaa_constructs."):
        return _OWN.get(name, "")
    if not kind.__module__.startswith("aws_cdk"):
        return ""
    if isinstance(value, str):
        return _of_text(value, kind)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if name == "RetentionDays":
            return f"logs.RetentionDays.{_RETENTION[int(value)]}" if value in _RETENTION else ""
        return _OF_NUMBER.get(name, "").format(value)
    return ""


def _of_text(text: str, kind: type) -> str:
    name, shown = kind.__name__, repr(text).replace("'", '"')
    if name in _IMPORTS:
        by_arn, by_name = _IMPORTS[name]
        return (by_arn if text.startswith("arn:") else by_name).format(shown)
    if name in ("IPrincipal", "IGrantable"):
        return _principal(text, shown)
    if name == "Runtime":
        member = re.sub(r"(?<=[a-z])(?=\d)|\.", "_", text).upper()
        return f"lambda_.Runtime.{member}" if inspect.getattr_static(kind, member, None) is not None else ""
    return _OF_TEXT.get(name, "").format(shown)


def _principal(text: str, shown: str) -> str:
    if re.fullmatch(r"[\w.-]+\.amazonaws\.com(\.cn)?", text):
        return f"iam.ServicePrincipal({shown})"
    if re.fullmatch(r"\d{12}", text):
        return f"iam.AccountPrincipal({shown})"
    return f"iam.ArnPrincipal({shown})" if text.startswith("arn:") else ""
