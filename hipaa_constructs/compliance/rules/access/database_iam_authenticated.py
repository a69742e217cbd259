"""Databases let people in by IAM, not by a shared password.

Compliant: IAM authentication is on, as Security Hub's RDS.10 and RDS.12 ask
(docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html). Non-compliant: off, or not set. Not applicable:
engines that do not have it, nor Aurora Serverless v1, members of a cluster, whose cluster carries the setting, and read
replicas of which the finding of their source says the same.
MariaDB has it from 10.6 (docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.Countries.html).
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, Unknown, is_true
from hipaa_constructs.compliance.facts.databases import engine_of, in_cluster, is_serverless_v1
from hipaa_constructs.compliance.facts.replicas import say_at_source
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict, judge, unknown

_ENGINES = ("aurora-mysql", "aurora-postgresql", "mariadb", "mysql", "postgres")


def check(resource: Resource) -> Verdict:
    return say_at_source(resource, _judge_one)


def _judge_one(resource: Resource) -> Verdict:
    if in_cluster(resource) or is_serverless_v1(resource):
        return NOT_APPLICABLE
    engine = engine_of(resource)
    if isinstance(engine, Unknown):
        return unknown("Engine is known only at deployment.")
    if engine.name not in _ENGINES or (engine.name == "mariadb" and engine.at_least(10, 6) is Ternary.NO):
        return NOT_APPLICABLE
    return judge(
        is_true(resource.get("EnableIAMDatabaseAuthentication", False)),
        "EnableIAMDatabaseAuthentication is not true, so clients log in with a password.",
    )


RULE = Rule(
    name="DatabaseIamAuthenticated",
    severity="warning",
    resource_types=("AWS::RDS::DBCluster", "AWS::RDS::DBInstance"),
    controls=("164.308(a)(4)(ii)(B)", "164.312(d)"),
    fix="Let people and workloads log in by IAM.",
    fixes=tuple(
        Fix(
            (kind,),
            {"EnableIAMDatabaseAuthentication": True},
            template="Then EnableCloudwatchLogsExports has iam-db-auth-error too, the log of those turned away.",
            cdk=(f'{call}(iam_authentication=True, cloudwatch_logs_exports=[<its logs>, "iam-db-auth-error"])',),
            constructs=("SslRds",),
        )
        for kind, call in (
            ("AWS::RDS::DBCluster", "rds.DatabaseCluster"),
            ("AWS::RDS::DBInstance", "rds.DatabaseInstance"),
        )
    ),
    check=check,
)
