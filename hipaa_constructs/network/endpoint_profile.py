"""The names of AWS services, as a VPC with shared endpoints answers them, for VPCs of other accounts."""

from __future__ import annotations

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ram as ram
from aws_cdk import aws_route53profiles as profiles
from constructs import Construct

from hipaa_constructs._names import deployed_name
from hipaa_constructs._stacks import arn_in
from hipaa_constructs.compliance.classification import DataClassification
from hipaa_constructs.compliance.classify import classify

# docs.aws.amazon.com/Route53/latest/APIReference/API_route53profiles_CreateProfile.html
_NAME_LENGTH = 64


class EndpointProfile(Construct):
    """A Route 53 Profile of interface endpoints, which the accounts of an organization may associate with their VPCs.

    The endpoints keep their private DNS, whose names the profile gives to the associated VPCs. By RAM's default
    permission other accounts can associate the profile and not change it.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        endpoints: Mapping[str, ec2.InterfaceVpcEndpoint],
        organization_arn: str,
    ) -> None:
        super().__init__(scope, construct_id)
        self.resource = profiles.CfnProfile(self, "Resource", name=deployed_name(self, max_length=_NAME_LENGTH))
        earlier: profiles.CfnProfileResourceAssociation | None = None
        for endpoint in endpoints.values():
            association = profiles.CfnProfileResourceAssociation(
                self,
                endpoint.node.id,
                name=endpoint.node.id,
                profile_id=self.resource.attr_id,
                resource_arn=arn_in(self, "ec2", f"vpc-endpoint/{endpoint.vpc_endpoint_id}"),
            )
            # One after the other: a profile that is being changed refuses another change (ConflictException).
            if earlier is not None:
                association.node.add_dependency(earlier)
            earlier = association
        ram.CfnResourceShare(
            self,
            "Share",
            name=cdk.Names.unique_resource_name(self, max_length=_NAME_LENGTH, separator="-"),
            allow_external_principals=False,
            principals=[organization_arn],
            resource_arns=[self.resource.attr_arn],
        )
        classify(
            self,
            DataClassification.NO_PHI,
            reason="A profile holds the names of AWS services and the addresses of endpoints.",
            approved_by="hipaa_constructs",
        )
