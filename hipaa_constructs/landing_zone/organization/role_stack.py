from __future__ import annotations

import aws_cdk as cdk
from constructs import Construct

from hipaa_constructs.compliance.classification import DataClassification
from hipaa_constructs.compliance.classify import classify
from hipaa_constructs.landing_zone.config import OrganizationZoneConfig


class RoleStack(cdk.Stack):
    """A stack of one of the accounts that serve all others.

    :param role: whose account it is in, such as ``log_archive``; the builder makes only roles that are named.
    :param region: where it is. Default: the home Region.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        config: OrganizationZoneConfig,
        role: str,
        description: str,
        region: str | None = None,
    ) -> None:
        organization = config.organization
        env = cdk.Environment(account=organization.accounts.by_role()[role], region=region or organization.home_region)
        super().__init__(scope, construct_id, env=env, description=description)
        classify(self, DataClassification.PHI)
