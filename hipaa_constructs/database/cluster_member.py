"""What is said of the instances of an Aurora cluster."""

from __future__ import annotations

from constructs import IConstruct

from hipaa_constructs.compliance.acknowledge import acknowledge_limitation


def acknowledge_member(member: IConstruct) -> None:
    """Say why an instance of a cluster that is in a backup plan is in none itself."""
    for rule in ("HIPAA.Security-RDSInBackupPlan", "NIST.800.53.R5-RDSInBackupPlan"):
        acknowledge_limitation(
            member,
            rule,
            reason=(
                "An Aurora instance holds no data: backups are taken of the cluster's volume, and the cluster "
                "is in the backup plan."
            ),
            source="docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Managing.Backups.html",
        )
