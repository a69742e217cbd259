"""Results that are fetched each quarter of an hour, by a function that reaches nothing but AWS."""

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_

from hipaa_constructs import KmsRotatedKey, PrivateFunction, PrivateVpc, enforce_hipaa

CODE = """
def handle(event, context):
    return {"fetched": 0}
"""

app = cdk.App()
stack = cdk.Stack(app, "ResultIntake")
key = KmsRotatedKey(stack, "Key").key
network = PrivateVpc(stack, "Vpc", encryption_key=key)

fetch = PrivateFunction(
    stack,
    "Fetch",
    code=lambda_.Code.from_inline(CODE),
    handler="index.handle",
    runtime=lambda_.Runtime.PYTHON_3_14,
    vpc=network.vpc,
    encryption_key=key,
    timeout=cdk.Duration.minutes(2),
)
events.Rule(
    stack,
    "EachQuarter",
    schedule=events.Schedule.rate(cdk.Duration.minutes(15)),
    targets=[targets.LambdaFunction(fetch.function)],
)

enforce_hipaa(app)
app.synth()
