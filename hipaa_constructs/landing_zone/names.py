"""Names that another account of the organization has to know: each is made of the configuration alone.

A stack refers to another account's by these, never by CDK's references, so that any account can be built by itself.
Changing one is a breaking change: what has such a name outlives its stack.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hipaa_constructs.cloudformation.partitions import partition_of
from hipaa_constructs.landing_zone.sections import ArchiveConfig

if TYPE_CHECKING:
    from hipaa_constructs.landing_zone.config import OrganizationZoneConfig

# How long the prefix may be: a bucket has 63 characters, and up to 41 of them are purpose, account and Region
# (docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html); the names of stacks leave 17 to a workload's.
LONGEST = 22


def prefix(config: OrganizationZoneConfig) -> str:
    """Return how the names begin: the configuration's name, and the deployment if there is one."""
    return "-".join(part for part in (config.name.lower(), config.deployment) if part)


def trail_bucket(config: OrganizationZoneConfig) -> str:
    """Return the bucket of the organization's trail."""
    return _bucket(config, "trail", config.organization.home_region)


def config_bucket(config: OrganizationZoneConfig) -> str:
    """Return the bucket that AWS Config of all accounts delivers to."""
    return _bucket(config, "config", config.organization.home_region)


def traffic_bucket(config: OrganizationZoneConfig, region: str) -> str:
    """Return the bucket of flow logs, DNS queries and network load balancers in a Region."""
    return _bucket(config, "traffic", region)


def access_bucket(config: OrganizationZoneConfig, region: str) -> str:
    """Return the bucket of application load balancers' logs in a Region."""
    return _bucket(config, "access", region)


def evidence_bucket(config: OrganizationZoneConfig) -> str:
    """Return the bucket of the security account that the pipeline's evidence goes to."""
    return _bucket(config, "evidence", config.organization.home_region, role="security")


def baseline_bucket(config: OrganizationZoneConfig, role: str, region: str) -> str:
    """Return the bucket of the baseline's code in a Region, in the account that deploys the baseline."""
    return _bucket(config, "baseline", region, role=role)


def baseline_stack_set(config: OrganizationZoneConfig) -> str:
    """Return the stack set of the baseline, after which its stacks and their roles are named."""
    return "-".join(part for part in (config.name, "Baseline", config.deployment) if part)


def alert_bus(config: OrganizationZoneConfig) -> str:
    """Return the security account's event bus that accounts send alerts to, of the same name in each Region."""
    return f"{prefix(config)}-alerts"


def alert_bus_arn(config: OrganizationZoneConfig, region: str) -> str:
    """Return that bus of a Region, as rules of other accounts name it."""
    account = config.organization.accounts.security
    partition = partition_of(config.organization.home_region)
    return f"arn:{partition}:events:{region}:{account}:event-bus/{alert_bus(config)}"


def firewall_bucket(config: OrganizationZoneConfig, region: str) -> str:
    """Return the bucket of web ACLs' logs in a Region, whose name has to begin like that.

    Source: docs.aws.amazon.com/waf/latest/developerguide/logging-s3.html.
    """
    return f"aws-waf-logs-{prefix(config)}-{config.organization.accounts.security}-{region}"


def trail_key_alias(config: OrganizationZoneConfig) -> str:
    """Return the alias, without ``alias/``, of the key that the organization's trail encrypts with."""
    return f"{prefix(config)}-organization-trail"


def trail_key_arn(config: OrganizationZoneConfig) -> str:
    """Return that key by its alias, as the trail names it from the management account."""
    organization = config.organization
    region = organization.home_region
    return (
        f"arn:{partition_of(region)}:kms:{region}:{organization.accounts.log_archive}:alias/{trail_key_alias(config)}"
    )


def copies_vault(config: OrganizationZoneConfig) -> str:
    """Return the backup account's vault, of the same name in each Region."""
    return f"{prefix(config)}-copies"


def copies_vault_arn(config: OrganizationZoneConfig, region: str) -> str | None:
    """Return that vault of a Region, as the plans of other accounts name it; None without a backup account."""
    account = config.organization.accounts.backup
    if account is None:
        return None
    return f"arn:{partition_of(region)}:backup:{region}:{account}:backup-vault:{copies_vault(config)}"


def trail(config: OrganizationZoneConfig, suffix: str = "") -> str:
    """Return the name of the organization's trail; the one of data events ends in ``-DataEvents``."""
    return f"{prefix(config)}-organization{suffix}"


def trail_arns(config: OrganizationZoneConfig) -> list[str]:
    """Return the organization's trails in the management account: of management events, and of data events."""
    organization = config.organization
    region, account = organization.home_region, organization.accounts.management
    return [
        f"arn:{partition_of(region)}:cloudtrail:{region}:{account}:trail/{trail(config, suffix)}"
        for suffix in ("", "-DataEvents")
    ]


def deployment_evidence_bucket(config: OrganizationZoneConfig) -> str:
    """Return the bucket of what a workflow's runs leave, in the deployment account."""
    organization = config.organization
    return f"{prefix(config)}-runs-{organization.accounts.deployment}-{organization.home_region}"


def workflow_roles(config: OrganizationZoneConfig) -> str:
    """Return how the names of roles that a workflow takes begin."""
    return prefix(config)


def archive_of(config: OrganizationZoneConfig, region: str) -> ArchiveConfig:
    """Return where an account's logs of a Region go; nowhere without a log archive."""
    organization = config.organization
    if organization.accounts.log_archive is None:
        return ArchiveConfig()
    return ArchiveConfig(
        config_bucket=config_bucket(config) if organization.owner == "none" else None,
        traffic_bucket=traffic_bucket(config, region),
    )


def _bucket(config: OrganizationZoneConfig, what: str, region: str, *, role: str = "log_archive") -> str:
    return f"{prefix(config)}-{what}-{config.organization.accounts.by_role()[role]}-{region}"
