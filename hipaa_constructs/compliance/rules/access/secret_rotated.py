"""Secrets rotate automatically.

Compliant: a rotation schedule with a period names the secret, itself or through its attachment.
Non-compliant: none does. Not applicable: nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, any_of, is_present
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import Rule, Verdict, judge

_ATTACHMENT = "AWS::SecretsManager::SecretTargetAttachment"
_SCHEDULE = "AWS::SecretsManager::RotationSchedule"


def _schedules(secret: Resource) -> Iterator[Resource]:
    app = secret.template.app
    yield from app.referring(secret, _SCHEDULE, "SecretId")
    for attachment in app.referring(secret, _ATTACHMENT, "SecretId"):
        yield from app.referring(attachment, _SCHEDULE, "SecretId")


def check(resource: Resource) -> Verdict:
    schedules = list(_schedules(resource))
    return judge(
        any_of(map(_has_period, schedules)),
        "Its rotation schedule has no period." if schedules else "No rotation schedule names the secret.",
        unknown_message="RotationRules is known only at deployment.",
    )


def _has_period(schedule: Resource) -> Ternary:
    return any_of(
        is_present(schedule.get(f"RotationRules.{name}")) for name in ("AutomaticallyAfterDays", "ScheduleExpression")
    )


RULE = Rule(
    name="SecretRotated",
    severity="error",
    resource_types=("AWS::SecretsManager::Secret",),
    controls=("164.308(a)(5)(ii)(D)",),
    fix="Let the secret rotate by a schedule.",
    fixes=(
        Fix(
            template=f"An {_SCHEDULE} has the secret's id in SecretId, RotationRules.AutomaticallyAfterDays: 30 and "
            "HostedRotationLambda or RotationLambdaARN.",
            cdk=(
                "secretsmanager.Secret.add_rotation_schedule(<an id>, automatically_after=cdk.Duration.days(30), "
                "hosted_rotation=<what rotates it>)",
            ),
        ),
    ),
    needs="template",
    check=check,
)
