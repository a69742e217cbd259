from __future__ import annotations

import aws_cdk as cdk

from hipaa_constructs.compliance.classification import DataClassification
from hipaa_constructs.compliance.classify import classify
from hipaa_constructs.landing_zone.arguments import policies_region
from hipaa_constructs.landing_zone.config import LandingZoneConfig
from hipaa_constructs.landing_zone.data_stack import DataStack
from hipaa_constructs.landing_zone.detection_stack import DetectionStack, RecoveryDetectionStack
from hipaa_constructs.landing_zone.foundation_stack import FoundationStack
from hipaa_constructs.landing_zone.identity_stack import IdentityStack
from hipaa_constructs.landing_zone.network_stack import NetworkStack
from hipaa_constructs.landing_zone.recovery_stack import RecoveryStack


class LandingZone:
    """One account in two Regions, ready to hold PHI: up to nine stacks, wired to each other.

    The recovery Region's stack comes first, since the others copy into it; CDK deploys them in that order.

    :param app: the app, or a stage of it, that the stacks belong to.
    :param config: what ``load_config`` read.
    :param classification: what data the account holds. Default: PHI.
    :param reason: the fact by which it is less than PHI. Default: none.
    :param approved_by: the person or role that answers for that. Default: nobody.
    """

    def __init__(
        self,
        app: cdk.Stage,
        config: LandingZoneConfig,
        *,
        classification: DataClassification = DataClassification.PHI,
        reason: str | None = None,
        approved_by: str | None = None,
    ) -> None:
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
        self.identity = IdentityStack(
            app, f"{config.name}-Identity", config=config, foundation=self.foundation, env=primary
        )
        self.detection = self.recovery_detection = self.edge = self.guardrails = None
        if not config.detection.by_organization:
            self.detection = DetectionStack(
                app,
                f"{config.name}-Detection",
                config=config,
                foundation=self.foundation,
                identity=self.identity,
                env=primary,
            )
            self.recovery_detection = RecoveryDetectionStack(
                app,
                f"{config.name}-RecoveryDetection",
                config=config,
                recovery=self.recovery,
                detection=self.detection,
                env=elsewhere,
            )
        # What a configuration leaves out is not imported: the edge alone takes as long as a hundred resources.
        if config.edge is not None:
            from hipaa_constructs.landing_zone.edge_stack import EdgeStack

            self.edge = EdgeStack(app, f"{config.name}-Edge", config=config.edge, network=self.network, env=primary)
        if config.guardrails is not None:
            from hipaa_constructs.landing_zone.guardrails_stack import GuardrailsStack

            self.guardrails = GuardrailsStack(
                app,
                f"{config.name}-Guardrails",
                config=config.guardrails,
                regions=(config.primary_region, config.recovery_region),
                repairing_stack=self.foundation,
                stack_names=(f"{config.name}-*",),
                env=cdk.Environment(
                    account=config.guardrails.management_account,
                    region=policies_region(config.primary_region),
                ),
            )
        every = (
            self.recovery,
            self.network,
            self.foundation,
            self.data,
            self.identity,
            self.detection,
            self.recovery_detection,
            self.edge,
            self.guardrails,
        )
        self.stacks: tuple[cdk.Stack, ...] = tuple(stack for stack in every if stack is not None)
        for stack in self.stacks:
            classify(stack, classification, reason=reason, approved_by=approved_by)
