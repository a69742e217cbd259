"""Where services put what they could not deliver or process."""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource

QUEUE = "AWS::SQS::Queue"
# Who names a queue for what he could not deliver, beside queues and functions.
FROM_OTHERS = (
    ("AWS::Events::EventBus", "DeadLetterConfig.Arn"),
    ("AWS::Events::Rule", "Targets[].DeadLetterConfig.Arn"),
    ("AWS::Lambda::EventInvokeConfig", "DestinationConfig.OnFailure.Destination"),
    ("AWS::Lambda::EventSourceMapping", "DestinationConfig.OnFailure.Destination"),
    ("AWS::Pipes::Pipe", "SourceParameters.DynamoDBStreamParameters.DeadLetterConfig.Arn"),
    ("AWS::Pipes::Pipe", "SourceParameters.KinesisStreamParameters.DeadLetterConfig.Arn"),
    ("AWS::SNS::Subscription", "RedrivePolicy.deadLetterTargetArn"),
    ("AWS::Scheduler::Schedule", "Target.DeadLetterConfig.Arn"),
)
_EVERYWHERE = (
    *FROM_OTHERS,
    (QUEUE, "RedrivePolicy.deadLetterTargetArn"),
    ("AWS::Lambda::Function", "DeadLetterConfig.TargetArn"),
)


def keeps_others(queue: Resource) -> bool:
    """Whether a queue keeps what anything but queues and functions could not deliver."""
    return any(queue.template.app.referring(queue, kind, path) for kind, path in FROM_OTHERS)


def keeps_dead_letters(queue: Resource) -> bool:
    """Whether a queue keeps what anything of the app could not deliver or process."""
    return any(queue.template.app.referring(queue, kind, path) for kind, path in _EVERYWHERE)
