from __future__ import annotations

import aws_cdk as cdk

from hipaa_constructs.compliance.classification import DataClassification
from hipaa_constructs.compliance.classify import classify
from hipaa_constructs.landing_zone.config import LandingZoneConfig
from hipaa_constructs.landing_zone.data_stack import DataStack
from hipaa_constructs.landing_zone.detection_stack import DetectionStack
from hipaa_constructs.landing_zone.foundation_stack import FoundationStack
from hipaa_constructs.landing_zone.identity_stack import IdentityStack
from hipaa_constructs.landing_zone.network_stack import NetworkStack
from hipaa_constructs.landing_zone.recovery_stack import RecoveryStack


class LandingZone:
    """One account in two Regions, ready to hold PHI: six stacks, wired to each other.

    The recovery Region's stack comes first, since the others copy into it; CDK deploys them in that order.

    :param app: the app that the stacks belong to.
    :param config: what ``load_config`` read.
    """

    def __init__(self, app: cdk.App, config: LandingZoneConfig) -> None:
        primary = cdk.Environment(account=config.account, region=config.primary_region)
        elsewhere = cdk.Environment(account=config.account, region=config.recovery_region)

        self.recovery = RecoveryStack(app, f"{config.name}-Recovery", config=config, env=elsewhere)
        self.network = NetworkStack(app, f"{config.name}-Network", config=config, env=primary)
        self.foundation = FoundationStack(
            app,
            f"{config.name}-Foundation",
            config=config,
            recovery=self.recovery,
            network=self.network,
            env=primary,
        )
        self.data = DataStack(
            app,
            f"{config.name}-Data",
            network=self.network,
            foundation=self.foundation,
            recovery=self.recovery,
            env=primary,
        )
        self.detection = DetectionStack(app, f"{config.name}-Detection", foundation=self.foundation, env=primary)
        self.identity = IdentityStack(
            app, f"{config.name}-Identity", config=config, foundation=self.foundation, env=primary
        )
        stacks = (self.recovery, self.network, self.foundation, self.data, self.detection, self.identity)
        for stack in stacks:
            classify(stack, DataClassification.PHI)
