from __future__ import annotations

from aws_cdk import aws_route53profiles as profiles
from constructs import Construct

from hipaa_constructs._names import deployed_name
from hipaa_constructs.compliance.classification import DataClassification
from hipaa_constructs.compliance.classify import classify

# docs.aws.amazon.com/Route53/latest/APIReference/API_route53profiles_AssociateProfile.html
_NAME_LENGTH = 64


class EndpointProfileAssociation(Construct):
    """Has a VPC find ``SharedEndpoints`` of another account by the names of AWS's services.

    What the VPC has endpoints of itself is used before them. A VPC has one profile.
    """

    def __init__(self, scope: Construct, construct_id: str, *, vpc_id: str, profile_id: str) -> None:
        super().__init__(scope, construct_id)
        profiles.CfnProfileAssociation(
            self,
            "Resource",
            name=deployed_name(self, max_length=_NAME_LENGTH),
            profile_id=profile_id,
            resource_id=vpc_id,
        )
        classify(
            self,
            DataClassification.NO_PHI,
            reason="It tells a VPC the names of AWS services.",
            approved_by="hipaa_constructs",
        )
