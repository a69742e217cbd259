"""Secrets rotate automatically.

Compliant: a rotation schedule with a period names the secret, itself or through its attachment.
Non-compliant: none does; as a warning, a period of more than 90 days, which is what Security Hub's SecretsManager.4
takes for long (docs.aws.amazon.com/securityhub/latest/userguide/secretsmanager-controls.html), and a secret that
nobody generates, whose text is given or left to a hand, unless it is a login of a database or a key of the app's own:
who gave it makes the next one, such as a provider of mail or of an API. Secrets Manager has functions for databases
alone (docs.aws.amazon.com/secretsmanager/latest/userguide/reference_available-rotation-templates.html), and rotates by
itself what some providers give out (docs.aws.amazon.com/secretsmanager/latest/userguide/mes-partners.html). So is a
copy of the master password of a database by the same parameter, where MasterPasswordManaged asks to let the service
make that one, and nobody needs the copy any more. Not applicable: nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, Unknown, any_of, as_int, is_present
from hipaa_constructs.compliance.facts.given_secrets import is_given
from hipaa_constructs.compliance.facts.master_passwords import MASTER_PASSWORDS, copied_from
from hipaa_constructs.compliance.facts.rotations import is_master, login_of, rotation_type
from hipaa_constructs.compliance.facts.stored_secrets import (
    ATTACHMENT,
    is_attached,
    is_for_encryption,
    is_login,
)
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import PASSED, Outcome, Rule, Verdict, failed, judge, weaker, worst

_SCHEDULE = "AWS::SecretsManager::RotationSchedule"
_LONGEST = 90


def _schedules(secret: Resource) -> Iterator[Resource]:
    app = secret.template.app
    yield from app.referring(secret, _SCHEDULE, "SecretId")
    for attachment in app.referring(secret, ATTACHMENT, "SecretId"):
        yield from app.referring(attachment, _SCHEDULE, "SecretId")


def check(resource: Resource) -> Verdict:
    schedules = list(_schedules(resource))
    verdict = judge(
        any_of(map(_has_period, schedules)),
        "Its rotation schedule has no period." if schedules else "No rotation schedule names the secret.",
        unknown_message="RotationRules is known only at deployment.",
    )
    if verdict.outcome is Outcome.FAILED and not schedules:
        database = None if is_attached(resource) else copied_from(resource)
        if database is not None:
            so = f"It is a copy of the password of {database.logical_id}, which MasterPasswordManaged speaks of."
            return weaker(replace(verdict, seen=(*verdict.seen, so)))
        if is_given(resource):
            return weaker(verdict)
    return worst((verdict, *map(_is_often, schedules)))


def _is_often(schedule: Resource) -> Verdict:
    days = as_int(schedule.get("RotationRules.AutomaticallyAfterDays"))
    if days is None or isinstance(days, Unknown) or days <= _LONGEST:
        return PASSED
    return failed(f"{schedule.logical_id} rotates the secret every {days} days only.", severity="warning", at="")


def _has_period(schedule: Resource) -> Ternary:
    return any_of(
        is_present(schedule.get(f"RotationRules.{name}")) for name in ("AutomaticallyAfterDays", "ScheduleExpression")
    )


_HAS = f"An {_SCHEDULE} has the secret's id in SecretId, RotationRules.AutomaticallyAfterDays: 30 and"
_CDK = "secretsmanager.Secret.add_rotation_schedule(<an id>, automatically_after=cdk.Duration.days(30), {})"


# docs.aws.amazon.com/secretsmanager/latest/userguide/rotation-function-network-access.html
_HOSTED = (
    "HostedRotationLambda with RotationType: {}, and with VpcSubnetIds and VpcSecurityGroupIds from which the function "
    "reaches the database and, by a NAT gateway or an endpoint, Secrets Manager; for it the template has "
    "Transform: AWS::SecretsManager-2024-09-16. Or it has RotationLambdaARN."
)
_ANY_TYPE = "<that of the engine, such as PostgreSQLSingleUser>"
_OF_ENGINE = _HOSTED.format(_ANY_TYPE)


def _of_database(fix: Fix, secret: Resource) -> Fix:
    """Return the fix of a database's login with its rotation's type, and with that the service can do all of it."""
    database = login_of(secret)
    if database is None:
        return fix
    template = fix.template.replace(_ANY_TYPE, rotation_type(database) or _ANY_TYPE)
    if not is_master(secret, database):
        return replace(fix, template=template)
    password, managed, _ = MASTER_PASSWORDS[database.type]
    first = (
        f"Best, {database.logical_id} has {managed}: true in place of {password}: the service then makes the password "
        "and rotates it, in a secret of its own that whoever reads this one is given, and this one "
        "goes."
    )
    # docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
    by_class = f"Or, with no function to run, the class of {database.logical_id} has manage_master_user_password=True."
    in_cdk = by_class if database.type in _MANAGED_BY_L2 else ""
    return replace(fix, template=f"{first} Or: {template}", l2=f"{fix.l2} {in_cdk}".strip())


# Whose L2 has an argument for it, as MasterPasswordManaged says.
_MANAGED_BY_L2 = ("AWS::DocDB::DBCluster", "AWS::RDS::DBCluster", "AWS::RDS::DBInstance")


def is_copy(secret: Resource) -> bool:
    """Whether a secret is a copy of a database's password, which the service can make and rotate by itself."""
    return not is_attached(secret) and not list(_schedules(secret)) and copied_from(secret) is not None


# docs.aws.amazon.com/secretsmanager/latest/userguide/mes-partners.html
_OF_PROVIDER = (
    "Whoever gave it gives a new one. For a provider whose secrets Secrets Manager rotates by itself, such as Datadog, "
    f"GitLab, MongoDB Atlas, Salesforce or Snowflake, Type names the kind of secret, and an {_SCHEDULE} has the "
    "secret's id in SecretId, ExternalSecretRotationRoleArn, ExternalSecretRotationMetadata and "
    "RotationRules.AutomaticallyAfterDays: 30. For another one that has an API for it, the schedule has "
    "RotationLambdaARN of a function that calls that. Where there is none, somebody puts a new one there within "
    f"{_LONGEST} days, and the finding is acknowledged until that day."
)
_ANEW = (
    "What is encrypted by the old key can be read by that alone: before it rotates, the application keeps old keys to "
    "read with, or encrypts all of it anew."
)

RULE = Rule(
    name="SecretRotated",
    severity="error",
    resource_types=("AWS::SecretsManager::Secret",),
    controls=("164.308(a)(5)(ii)(D)",),
    fix="Let the secret rotate by a schedule.",
    fixes=(
        Fix(
            beside="The service of the database makes its password and rotates it, in a secret of its own, as "
            "MasterPasswordManaged asks. Whoever reads this secret is given that one, and this one goes.",
            when=is_copy,
        ),
        Fix(
            template=f"{_HAS} {_OF_ENGINE}",
            cdk=(_CDK.format("hosted_rotation=<what rotates it>"),),
            when=is_attached,
            tailor=_of_database,
        ),
        Fix(
            template=f"An {ATTACHMENT} names the secret in SecretId and its database in TargetId and TargetType. "
            f"{_HAS} {_OF_ENGINE}",
            cdk=(_CDK.format("hosted_rotation=<what rotates it>"),),
            l2="Before that, secretsmanager.Secret.attach(<the database>) says whose login it is, and rotates nothing "
            "by itself.",
            when=is_login,
            tailor=_of_database,
        ),
        Fix(
            template=f"{_HAS} RotationLambdaARN, of a function that makes a new key and puts it there.",
            cdk=(_CDK.format("rotation_lambda=<what rotates it>"),),
            beside=_ANEW,
            when=is_for_encryption,
        ),
        Fix(beside=_OF_PROVIDER, when=is_given),
        Fix(
            template=f"{_HAS} RotationLambdaARN, of a function that has whoever takes the secret give a new one and "
            "puts it there; HostedRotationLambda is for logins of databases alone.",
            cdk=(_CDK.format("rotation_lambda=<what rotates it>"),),
        ),
    ),
    needs="template",
    check=check,
)
