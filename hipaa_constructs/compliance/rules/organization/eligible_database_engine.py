"""RDS runs an engine that AWS's list of HIPAA-eligible services names.

Compliant: PostgreSQL, MySQL, MariaDB, SQL Server, Oracle, Db2, Aurora PostgreSQL or Aurora MySQL, also by its first
name ``aurora``, which EngineVersionSupported says has ended; DocumentDB or Neptune, which are services of that list by
themselves and are made by RDS's types too, since they share its API
(docs.aws.amazon.com/documentdb/latest/developerguide/API_CreateDBCluster.html,
docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html). Non-compliant: any other engine, such as
RDS Custom. Not applicable: replicas and restored databases that name no engine and take it from their source; global
clusters, which are of Aurora.
"""

from __future__ import annotations

import fnmatch

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Unknown, as_text
from hipaa_constructs.compliance.controls import eligible_database_engines, services, services_as_of
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown

# Amazon Aurora is on the list; the engine of its first version, of MySQL 5.6, has no name of its own there.
_OTHER_NAMES = {"aurora": "aurora-mysql"}
# Engines that are a service of their own, by the namespace of that service's types.
_SERVICES = {"docdb": "AWS::DocDB", "neptune": "AWS::Neptune"}


def check(resource: Resource) -> Verdict:
    engine = as_text(resource.get("Engine"))
    if engine is None:
        return NOT_APPLICABLE
    if isinstance(engine, Unknown):
        return unknown("The engine is known only at deployment.")
    name = _OTHER_NAMES.get(engine.lower(), engine.lower())
    if any(fnmatch.fnmatchcase(name, pattern) for pattern in eligible_database_engines()):
        return PASSED
    if any(_SERVICES.get(name) in service.namespaces for service in services()):
        return PASSED
    return failed(f"Engine {engine} is not on AWS's list of HIPAA-eligible services as of {services_as_of()}.")


_ENGINES = f"Engine is one of {', '.join(eligible_database_engines())}."

RULE = Rule(
    name="EligibleDatabaseEngine",
    severity="error",
    resource_types=(
        "AWS::RDS::DBCluster",
        "AWS::RDS::DBInstance",
        "AWS::RDS::CustomDBEngineVersion",
    ),
    controls=("164.308(a)(1)(ii)(B)", "164.308(b)(1)"),
    fix="Choose an engine that AWS lists as HIPAA eligible, outside RDS Custom.",
    fixes=(
        Fix(
            ("AWS::RDS::DBInstance",),
            beside=_ENGINES,
            cdk=("rds.DatabaseInstance(engine=rds.DatabaseInstanceEngine.postgres(version=<a version>))",),
            constructs=("SslRds",),
        ),
        Fix(
            ("AWS::RDS::DBCluster",),
            beside=_ENGINES,
            constructs=("SslRds",),
        ),
        Fix(("AWS::RDS::CustomDBEngineVersion",), beside=_ENGINES),
    ),
    check=check,
    phi_only=True,
)
