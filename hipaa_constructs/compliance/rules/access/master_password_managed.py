"""Master passwords of databases come from Secrets Manager.

Compliant: the service manages the password, or a dynamic reference names the secret that holds it, which SecretRotated
asks to rotate. Non-compliant: a parameter or another resource hands it over; whoever deploys knows it then, and nothing
changes it, nor does anything where it comes from Parameter Store, which rotates no value
(docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html,
docs.aws.amazon.com/redshift/latest/mgmt/redshift-secrets-manager-integration.html). Not applicable: a database that
takes no password of its own, such as a replica or what is restored from a snapshot; a password that stands in the
template, which NoLiteralSecrets finds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, as_mapping, is_true
from hipaa_constructs.cloudformation.written import Source, Written, written_at
from hipaa_constructs.compliance.facts.literal_secrets import shown
from hipaa_constructs.compliance.facts.master_passwords import MASTER_PASSWORDS
from hipaa_constructs.compliance.fix import CUSTOMER_KEY, Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown, worst

_DYNAMIC = "{{resolve:"
_STORED = re.compile(r"\{\{resolve:ssm(-secure)?:")


def check(resource: Resource) -> Verdict:
    password, managed, _ = MASTER_PASSWORDS[resource.type]
    answer = is_true(resource.get(managed, False))
    if answer is Ternary.YES:
        return PASSED
    # What stands at the property in this world: a branch that does not hold, or none at all, hands over nothing.
    found = list(written_at(resource, password)) if resource.get(password) is not None else []
    if answer is Ternary.UNKNOWN and not found:
        return unknown(f"{managed} is known only at deployment.")
    verdicts = [verdict for written in found for verdict in _judge(written, password)]
    return worst(verdicts) if verdicts else NOT_APPLICABLE


def _judge(written: Written, password: str) -> Iterator[Verdict]:
    if _STORED.search(shown(written)):
        yield failed(f"{password} comes from Parameter Store, so nothing changes it.")
        return
    if _DYNAMIC in shown(written):
        yield PASSED
        return
    for part in written:
        if isinstance(part, Source) and not part.pseudo and not _is_reference(part):
            who = f"parameter {part.parameters[0][1]}" if part.parameters else "another resource"
            yield failed(f"{password} comes from {who}, so nothing changes it.")


def _is_reference(source: Source) -> bool:
    """Whether the value is a parameter whose default is a dynamic reference."""
    return any(
        _DYNAMIC in str(as_mapping(template.parameters[name]).get("Default")) for template, name in source.parameters
    )


_USER = "rds.Credentials.from_username(<a user name>, encryption_key=<a key>)"
_CDK = {
    "AWS::DocDB::DBCluster": (
        "docdb.DatabaseCluster(manage_master_user_password=True, master_user=docdb.Login(username=<a user name>), "
        "master_user_secret_kms_key=<a key>)",
    ),
    "AWS::RDS::DBCluster": (f"rds.DatabaseCluster(manage_master_user_password=True, credentials={_USER})",),
    "AWS::RDS::DBInstance": (f"rds.DatabaseInstance(manage_master_user_password=True, credentials={_USER})",),
}


def _fix(kind: str, constructs: tuple[str, ...] = ()) -> Fix:
    password, managed, key = MASTER_PASSWORDS[kind]
    return Fix(
        (kind,),
        {managed: True, key: CUSTOMER_KEY},
        template=f"{password} is left out.",
        cdk=_CDK.get(kind, ()),
        constructs=constructs,
    )


RULE = Rule(
    name="MasterPasswordManaged",
    severity="warning",
    resource_types=tuple(MASTER_PASSWORDS),
    controls=("164.308(a)(5)(ii)(D)", "164.312(d)"),
    fix="Let the service make the password and keep it in Secrets Manager.",
    fixes=(
        _fix("AWS::DocDB::DBCluster"),
        _fix("AWS::RDS::DBCluster", constructs=("SslRds",)),
        _fix("AWS::RDS::DBInstance", constructs=("SslRds",)),
        _fix("AWS::Redshift::Cluster"),
        _fix("AWS::RedshiftServerless::Namespace"),
    ),
    check=check,
)
