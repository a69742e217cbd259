"""Databases keep automatic backups for a week or more.

Seven days is what Security Hub asks of RDS, DocumentDB, Neptune and Redshift (RDS.11, DocumentDB.2,
Neptune.5, Redshift.3: docs.aws.amazon.com/securityhub/latest/userguide/securityhub-controls-reference.html).
Compliant: as much or more. Non-compliant: less; most services default to one day, caches to none; of a cache that keeps
some, a warning. Not applicable: members of a cluster, and read replicas, whose source is backed up; memcached, which
cannot be; what is classified NO_PHI, since 45 CFR 164.308(a)(7)(ii)(A) speaks of copies of ePHI.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary
from hipaa_constructs.compliance.facts.own_backups import OWN_BACKUPS
from hipaa_constructs.compliance.facts.settings import at_least, judge_by
from hipaa_constructs.compliance.fix import fixes_of_types
from hipaa_constructs.compliance.rule import Outcome, Rule, Verdict, weaker

# The most that these services keep, and what AWS Backup Audit Manager asks of backup plans (BackupRetained).
_DAYS = 35
_CACHES = "AWS::ElastiCache::"
_DURATION = f"cdk.Duration.days({_DAYS})"

_judge = judge_by(OWN_BACKUPS)


def check(resource: Resource) -> Verdict:
    verdict = _judge(resource)
    setting = OWN_BACKUPS[resource.type]
    # What a cache holds is mostly elsewhere too: to keep some copies is a choice.
    some = resource.type.startswith(_CACHES) and at_least(1)(resource.get(setting.path)) is Ternary.YES
    return weaker(verdict) if some and verdict.outcome is Outcome.FAILED else verdict


RULE = Rule(
    name="DatabaseBackupsKept",
    severity="error",
    resource_types=tuple(OWN_BACKUPS),
    controls=("164.308(a)(7)(i)", "164.308(a)(7)(ii)(A)", "164.308(a)(7)(ii)(B)"),
    fix="Keep automatic backups or snapshots for seven days or more; 35, the most there can be, are better.",
    fixes=fixes_of_types(
        {kind: {setting.path: _DAYS} for kind, setting in OWN_BACKUPS.items()},
        cdk={
            "AWS::DocDB::DBCluster": f"docdb.DatabaseCluster(backup=docdb.BackupProps(retention={_DURATION}))",
            "AWS::RDS::DBCluster": f"rds.DatabaseCluster(backup=rds.BackupProps(retention={_DURATION}))",
            "AWS::RDS::DBInstance": f"rds.DatabaseInstance(backup_retention={_DURATION})",
        },
        constructs={
            "AWS::DocDB::DBCluster": "TlsDocumentDb",
            "AWS::ElastiCache::ReplicationGroup": "TlsCache",
            "AWS::RDS::DBCluster": "SslRds",
            "AWS::RDS::DBInstance": "SslRds",
        },
    ),
    check=check,
    phi_only=True,
)
