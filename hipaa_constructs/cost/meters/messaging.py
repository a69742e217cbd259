"""Queues, topics, buses, schedules, streams, workflows."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from hipaa_constructs.cloudformation.values import as_text
from hipaa_constructs.cost.items import HOURS, MONTHS_OF_YEAR, Case, Family, Item, hours, matching
from hipaa_constructs.cost.schedules import runs_a_year

_STREAM = ("messaging.stream_gb",)
# How often a stream is read on average: this project's assumption.
_READERS = 2
# What a Standard workflow of Express kind holds while it runs: this project's assumption.
_EXPRESS_GB = Decimal("0.0625")


def _queue(case: Case) -> Iterator[Item]:
    price = "sqs.fifo_requests" if case.is_true("FifoQueue") else "sqs.requests"
    requests = case.share("messaging.queue_requests")
    yield Item(price, requests, "requests to all queues, shared evenly", ("messaging.queue_requests",))


def _topic(case: Case) -> Iterator[Item]:
    sent = case.share("messaging.published")
    yield Item("sns.publishes", sent, "messages to all topics, shared evenly", ("messaging.published",))


def _subscription(case: Case) -> Iterator[Item]:
    protocol = case.text("Protocol")
    if protocol.startswith("email"):
        like = matching(case.app.of_type(case.resource.type), lambda one: str(one.get("Protocol")).startswith("email"))
        mails = case.use("messaging.emails") / max(1, len(like))
        yield Item("sns.emails", mails, "alerts by email, shared evenly", ("messaging.emails",))
    elif protocol in ("http", "https"):
        yield Item("sns.https", case.use("messaging.emails"), "alerts", ("messaging.emails",))


def _bus(case: Case) -> Iterator[Item]:
    events = case.share("messaging.events")
    yield Item("events.custom_event", events, "events of one's own, shared evenly", ("messaging.events",))


def _schedule(case: Case) -> Iterator[Item]:
    runs = runs_a_year(case.text("ScheduleExpression")) / MONTHS_OF_YEAR
    yield Item("scheduler.invocations", runs, "as often as its schedule says")


def _pipe(case: Case) -> Iterator[Item]:
    yield Item("pipes.requests", case.share("messaging.events"), "events, shared evenly", ("messaging.events",))


def _stream(case: Case) -> Iterator[Item]:
    amount = case.share("messaging.stream_gb", "AWS::Kinesis::Stream")
    why = "data through all streams, shared evenly"
    if case.text("StreamModeDetails.StreamMode", "PROVISIONED") != "ON_DEMAND":
        shards = case.number("ShardCount", 1)
        yield hours("kinesis.shard_hour", f"{shards:f} shards", shards)
        # A unit is 25 KB (https://aws.amazon.com/kinesis/data-streams/pricing/).
        yield Item("kinesis.put_unit", amount * 1_000_000 / 25, f"{why}, 25 KB each", _STREAM)
        return
    yield hours("kinesis.stream_hour", "an on-demand stream")
    yield Item("kinesis.in_gb", amount, why, _STREAM)
    yield Item("kinesis.out_gb", amount * _READERS, f"{why}, read {_READERS} times", _STREAM)
    beyond = case.number("RetentionPeriodHours", 24) - 24
    if beyond > 0:
        kept = amount * beyond / HOURS
        yield Item("kinesis.retention_gb_month", kept, f"kept {beyond:f} hours beyond the first 24", _STREAM)


def _delivery(case: Case) -> Iterator[Item]:
    yield Item("firehose.gb", case.share("messaging.stream_gb"), "data delivered, shared evenly", _STREAM)


def _workflow(case: Case) -> Iterator[Item]:
    steps = case.share("compute.transitions")
    rests = ("compute.transitions",)
    if as_text(case.resource.get("StateMachineType")) == "EXPRESS":
        yield Item("states.express_request", steps, "requests, shared evenly", rests)
        keys = ("compute.transitions", "compute.milliseconds")
        seconds = steps * case.use("compute.milliseconds") / 1000 * _EXPRESS_GB
        yield Item("states.express_gb_second", seconds, "64 MB while it runs", keys)
        return
    yield Item("states.transition", steps, "steps of all workflows, shared evenly", rests)


FAMILY = Family(
    choice="messaging",
    units={
        "sqs.requests": "request",
        "sqs.fifo_requests": "request",
        "sns.publishes": "request",
        "sns.emails": "email",
        "sns.https": "notification",
        "events.custom_event": "event",
        "scheduler.invocations": "invocation",
        "pipes.requests": "request",
        "kinesis.stream_hour": "stream-hour",
        "kinesis.shard_hour": "shard-hour",
        "kinesis.put_unit": "payload unit",
        "kinesis.in_gb": "GB",
        "kinesis.out_gb": "GB",
        "kinesis.retention_gb_month": "GB-month",
        "firehose.gb": "GB",
        "states.transition": "transition",
        "states.express_request": "request",
        "states.express_gb_second": "GB-second",
    },
    meters={
        "AWS::SQS::Queue": _queue,
        "AWS::SNS::Topic": _topic,
        "AWS::SNS::Subscription": _subscription,
        "AWS::Events::EventBus": _bus,
        "AWS::Scheduler::Schedule": _schedule,
        "AWS::Pipes::Pipe": _pipe,
        "AWS::Kinesis::Stream": _stream,
        "AWS::KinesisFirehose::DeliveryStream": _delivery,
        "AWS::StepFunctions::StateMachine": _workflow,
    },
)
