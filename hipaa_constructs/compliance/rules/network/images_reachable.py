"""Services of ECS can fetch their images from where they run.

A warning: what cannot be fetched does not start, or not again. Compliant: images of the account's own registry (ECR),
which endpoints of the VPC reach; a subnet whose route table has a default route. Non-compliant: an image of a public
registry, in subnets of the app without such a route (docs.aws.amazon.com/AmazonECS/latest/developerguide/
fargate-task-networking.html). Not applicable: a service without subnets or task definition in the app, since what is
not there may have routes; other registries, which may stand within the VPC; what stands where an image has yet to be
named.
"""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, any_of, dig, spread
from hipaa_constructs.compliance.facts.containers import TASK, containers
from hipaa_constructs.compliance.facts.image_names import PUBLIC_REGISTRIES, is_no_name, registry_and_path
from hipaa_constructs.compliance.facts.subnets import has_way_out
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, listed, unknown


def _public_images(task: Resource) -> Iterator[str]:
    for _, container in containers(task):
        image = dig(container, "Image")
        if isinstance(image, str) and not is_no_name(image) and registry_and_path(image)[0] in PUBLIC_REGISTRIES:
            yield image


def check(resource: Resource) -> Verdict:
    here = resource.template
    task = here.target(resource.get("TaskDefinition"), TASK)
    named = list(spread(resource.properties, "NetworkConfiguration.AwsvpcConfiguration.Subnets[]"))
    subnets = [subnet for value in named if (subnet := here.target(value, "AWS::EC2::Subnet")) is not None]
    if task is None or not subnets or len(subnets) < len(named):
        return NOT_APPLICABLE
    images = list(dict.fromkeys(_public_images(task)))
    reached = any_of(map(has_way_out, subnets)) if images else Ternary.YES
    if reached is Ternary.YES:
        return PASSED
    if reached is Ternary.UNKNOWN:
        return unknown(f"Whether {listed(images)} can be fetched, the routes of its subnets tell only at deployment.")
    return failed(f"TaskDefinition takes {listed(images)} from the Internet, to which no subnet of the service leads.")


RULE = Rule(
    name="ImagesReachable",
    severity="warning",
    resource_types=("AWS::ECS::Service",),
    controls=("164.308(a)(7)(i)",),
    fix="Keep the image where the VPC reaches it.",
    fixes=(
        Fix(
            beside="Keep the image in an AWS::ECR::Repository, by a copy or an AWS::ECR::PullThroughCacheRule, with "
            "AWS::EC2::VPCEndpoint for ecr.api, ecr.dkr and s3 in the VPC.",
            constructs=("PrivateVpc",),
        ),
    ),
    check=check,
)
