"""Where a construct is, as Node is asked for it once."""

import aws_cdk as cdk
import pytest
from constructs import Construct

from hipaa_constructs._stacks import account_of, arn_in, node_of, path_of, region_of, settle, stack_of

_KNOWN = cdk.Environment(account="111122223333", region="us-east-1")


@pytest.fixture(params=[None, _KNOWN, cdk.Environment(account="111122223333", region="us-gov-west-1")])
def place(request: pytest.FixtureRequest) -> Construct:
    app = cdk.App(context={"@aws-cdk/core:enablePartitionLiterals": True})
    return Construct(cdk.Stack(app, "Clinic", env=request.param), "Ward")


def test_an_arn_is_the_one_that_cdk_writes(place: Construct) -> None:
    stack = cdk.Stack.of(place)
    assert arn_in(place, "sqs", "queue") == stack.format_arn(service="sqs", resource="queue")
    assert arn_in(place, "logs", "log-group:*") == stack.format_arn(
        service="logs", resource="log-group", resource_name="*", arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME
    )
    assert arn_in(stack, "iam", "role/Nurse", region="") == stack.format_arn(
        service="iam", region="", resource="role", resource_name="Nurse"
    )
    assert arn_in(place, "route53", "healthcheck/1", region="", account="") == stack.format_arn(
        service="route53", region="", account="", resource="healthcheck", resource_name="1"
    )


def test_what_is_asked_once_is_what_cdk_says(place: Construct) -> None:
    stack = cdk.Stack.of(place)
    assert (stack_of(place), stack_of(stack)) == (stack, stack)
    assert (account_of(place), region_of(stack)) == (stack.account, stack.region)
    assert node_of(place).path == path_of(place) == place.node.path


def test_what_is_settled_is_where_cdk_has_it(place: Construct) -> None:
    bed = Construct(place, "Bed/1")
    settle(bed, place, "Bed/1")
    assert (path_of(bed), stack_of(bed)) == (bed.node.path, cdk.Stack.of(bed))
