"""Lambda functions run in a VPC.

There the network decides what a function that reads PHI can reach. A warning, since nothing reaches a function from
outside in either case, and it calls AWS's services by TLS; Security Hub, too, weighs it low (Lambda.3:
docs.aws.amazon.com/securityhub/latest/userguide/lambda-controls.html), but AWS's conformance pack for HIPAA counts each
function outside, also of an app without any network
(docs.aws.amazon.com/config/latest/developerguide/operational-best-practices-for-hipaa_security.html). Compliant:
subnets are given. Non-compliant: none are. It is said once a template, at the first function that is certainly outside,
for all of them; where there is a
network, a function that is given the name of something there, such as a database, a cache or the login of one, is told
by itself. Not applicable: the others; Lambda@Edge, which cannot join a VPC
(docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-at-edge-function-restrictions.html); functions that
only custom resources or hooks call, which see what templates say; functions that no data comes to, by what calls them,
such as a schedule, a notice of operation or a token to be checked, or by their role, which lets them log, start jobs,
set up servers or send messages alone. A function classified NO_PHI handles nothing that the network must hold back.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import is_present
from hipaa_constructs.compliance.classification import DataClassification, classification_of
from hipaa_constructs.compliance.facts.empty_functions import handles_no_data
from hipaa_constructs.compliance.facts.functions import FUNCTION, is_at_edge, serves_deployment_only
from hipaa_constructs.compliance.facts.networks import has_network, names_something_private
from hipaa_constructs.compliance.facts.said_once import failing_with
from hipaa_constructs.compliance.facts.subnets import with_way_out
from hipaa_constructs.compliance.fix import PRIVATE_SUBNETS, SECURITY_GROUPS, Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Outcome, Rule, Verdict, failed, judge, named, said_of

_OUTSIDE_ANY = "VpcConfig is not set, so the function runs outside any VPC"
# So that whoever has nothing to reach there knows what asks for it all the same.
_NO_NETWORK = "the app has none; AWS's conformance pack for HIPAA counts each (lambda-inside-vpc)"


def check(resource: Resource) -> Verdict:
    verdict = _judge(resource)
    if verdict.outcome is not Outcome.FAILED:
        return verdict
    together = failing_with(resource, _told_together, (FUNCTION,))
    if together is None:
        return verdict
    first = together.first(resource)
    if first is not resource:
        return said_of(first)
    network, others = has_network(resource.template.app), together.told_with(resource)
    if not others:
        return verdict if network else failed(f"{_OUTSIDE_ANY}, and {_NO_NETWORK}.")
    functions = [one for one in together.resources if one is resource or one in others]
    so = "none of them names anything that is in one" if network else _NO_NETWORK
    return failed(
        f"VpcConfig is not set: {len(functions)} functions ({named(functions)}) run outside any VPC, and {so}."
    )


def _judge(function: Resource) -> Verdict:
    if is_at_edge(function) or serves_deployment_only(function):
        return NOT_APPLICABLE
    verdict = judge(
        is_present(function.get("VpcConfig.SubnetIds")),
        f"{_OUTSIDE_ANY}.",
        unknown_message="VpcConfig.SubnetIds is known only at deployment.",
    )
    # What is named in its network it is to reach, by whatever login.
    if verdict.outcome is not Outcome.FAILED or names_something_private(function):
        return verdict
    return NOT_APPLICABLE if handles_no_data(function) else verdict


def _told_together(function: Resource) -> Verdict:
    no_phi = classification_of(function) is DataClassification.NO_PHI
    private = has_network(function.template.app) and names_something_private(function)
    return NOT_APPLICABLE if no_phi or private else _judge(function)


_FIX = Fix(
    properties={"VpcConfig.SubnetIds": PRIVATE_SUBNETS, "VpcConfig.SecurityGroupIds": SECURITY_GROUPS},
    cdk=("lambda_.Function(vpc=<a VPC>, vpc_subnets=<its private subnets>)",),
    constructs=("PrivateVpc",),
)
# docs.aws.amazon.com/lambda/latest/dg/configuration-vpc-internet.html; what it logs, Lambda itself hands on.
_CUT_OFF = (
    "The app has neither a NAT gateway nor endpoints: without one of them, a function reaches neither services of AWS "
    "nor the Internet from there."
)
_OUTSIDE = (
    "Without a NAT gateway or endpoints in that VPC, a function reaches neither services of AWS nor the Internet from "
    "there."
)

RULE = Rule(
    name="FunctionInVpc",
    severity="warning",
    resource_types=("AWS::Lambda::Function",),
    controls=("164.312(a)(1)", "164.312(e)(1)"),
    fix="Run the function in private subnets of a VPC.",
    fixes=(with_way_out(_FIX, _CUT_OFF, _OUTSIDE),),
    check=check,
    phi_only=True,
)
