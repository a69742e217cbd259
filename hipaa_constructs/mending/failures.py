"""Where messages and events go that nobody could take: a queue of the template for each that sends them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hipaa_constructs.cloudformation.naming import is_about
from hipaa_constructs.cloudformation.values import dig
from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.mending.additions import KEPT, allow, deny_plain_http, policy
from hipaa_constructs.mending.draft import DECIDED, CannotMendError, Draft, is_plain, require_undecided
from hipaa_constructs.mending.keys import key_for

_QUEUE = "AWS::SQS::Queue"
_SAM_FUNCTION = "AWS::Serverless::Function"
# The longest that a queue keeps, and how often a message is tried before, as AWS advises for functions:
# docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html,
# docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html.
_KEPT_SECONDS = 14 * 24 * 60 * 60
_TRIES = 5
_KEEP = ("Retain", "RetainExceptOnCreate")


def of_queue(draft: Draft, finding: Finding) -> None:
    """Move what a queue could not hand over to a queue for it.

    What is moved stays encrypted as it is, so that neither queue's key has to know the other's callers:
    docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html.
    """
    name = finding.resource_logical_id
    properties = draft.properties(name)
    require_undecided(properties.get("RedrivePolicy"), properties.get("FifoQueue"))
    ordered = str(properties.get("FifoQueue", False)).lower() == "true"
    made = _queue(draft, name, {"FifoQueue": True} if ordered else {}, key=properties.get("KmsMasterKeyId"))
    arn = {"Fn::GetAtt": [made, "Arn"]}
    properties["RedrivePolicy"] = {"deadLetterTargetArn": arn, "maxReceiveCount": _TRIES}


def of_subscription(draft: Draft, finding: Finding) -> None:
    """Let a topic send what a subscriber did not take to a queue for it."""
    name = finding.resource_logical_id
    properties = draft.properties(name)
    topic = properties.get("TopicArn")
    require_undecided(properties.get("RedrivePolicy"))
    topics = [draft.properties(one) for one, _ in draft.ids("AWS::SNS::Topic") if is_about(topic, one)]
    if not topics or topics[0].get("FifoTopic"):
        raise CannotMendError("Whose its topic is, and whether it keeps an order, the template does not show.")
    made = _queue(draft, name, {}, ("sns.amazonaws.com", topic))
    properties["RedrivePolicy"] = {"deadLetterTargetArn": {"Fn::GetAtt": [made, "Arn"]}}


def of_rule(draft: Draft, finding: Finding) -> None:
    """Let EventBridge send what a rule's targets did not take to a queue for it.

    A rule of another bus than the account's default one has the bus in its ARN, so that the queue admits all rules of
    the account: docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html.
    """
    name = finding.resource_logical_id
    rules = {"Fn::Sub": "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/*"}
    event = _event_of_sam(draft, name)
    if event is not None:
        function, given = event
        require_undecided(given.get("DeadLetterConfig"))
        made = _queue(draft, function, {}, ("events.amazonaws.com", rules), called=name)
        # By Type SAM would make a queue that nothing encrypts by a key of one's own: docs.aws.amazon.com/
        # serverless-application-model/latest/developerguide/sam-property-function-eventbridgerule.html.
        given["DeadLetterConfig"] = {"Arn": {"Fn::GetAtt": [made, "Arn"]}}
        return
    targets = draft.properties(name).get("Targets")
    if not isinstance(targets, list) or not all(map(is_plain, targets)):
        raise CannotMendError(DECIDED)
    arn = {"Fn::GetAtt": [_queue(draft, name, {}, ("events.amazonaws.com", rules)), "Arn"]}
    for target in targets:
        if target.get("DeadLetterConfig") is None:
            target["DeadLetterConfig"] = {"Arn": arn}


def of_mapping(draft: Draft, finding: Finding) -> None:
    """Let Lambda say in a queue which records of a stream a function failed at, by the function's role."""
    name = finding.resource_logical_id
    event = _event_of_sam(draft, name)
    if event is not None:
        _of_event(draft, name, *event)
        return
    raw, properties = draft.resource(name), draft.properties(name)
    if not str(raw.get("Type")).startswith("AWS::Lambda::"):
        raise CannotMendError(DECIDED)
    _require_destination(properties)
    functions = [
        found["Properties"]
        for function, found in draft.of_type("AWS::Lambda::Function")
        if is_about(properties.get("FunctionName"), function)
    ]
    roles = [role for role, _ in draft.ids("AWS::IAM::Role") if functions and is_about(functions[0].get("Role"), role)]
    if not roles or draft.resource(roles[0]).get("Condition") != raw.get("Condition"):
        raise CannotMendError("Whether its function's role may send to a queue the template does not show.")
    arn = {"Fn::GetAtt": [_queue(draft, name, {}), "Arn"]}
    allow(draft, roles[0], "SendFailedRecords", ("sqs:SendMessage",), arn)
    properties["DestinationConfig"] = {**properties.get("DestinationConfig", {}), "OnFailure": {"Destination": arn}}


def _require_destination(given: Mapping[str, Any]) -> None:
    """Refuse what decides by itself where records go, and Kafka, whose network needs an endpoint of the queue's too.

    docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html
    """
    require_undecided(given.get("DestinationConfig"))
    if given.get("Topics") is not None:
        raise CannotMendError("Whether the cluster's network has an endpoint of SQS the template does not show.")


def _event_of_sam(draft: Draft, name: str) -> tuple[str, dict[str, Any]] | None:
    """Return the function that has the event of which AWS SAM makes a mapping, and the event's properties."""
    for function, raw in draft.of_type(_SAM_FUNCTION):
        events = raw["Properties"].get("Events")
        event = events.get(name.removeprefix(function)) if is_plain(events) and name.startswith(function) else None
        if is_plain(event) and is_plain(event.get("Properties")):
            return function, event["Properties"]
    return None


def _of_event(draft: Draft, name: str, function: str, given: dict[str, Any]) -> None:
    """Let SAM's event name the queue; by ``Type`` the role that SAM makes may send there.

    docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-onfailure.html
    """
    _require_destination(given)
    raw, properties = draft.resource(function), draft.properties(function)
    shared = draft.body.get("Globals")
    role = properties.get("Role", dig(shared, "Function.Role"))
    roles = [one for one, _ in draft.ids("AWS::IAM::Role") if is_about(role, one)]
    if role is not None and (not roles or draft.resource(roles[0]).get("Condition") != raw.get("Condition")):
        raise CannotMendError("Whether its function's role may send to a queue the template does not show.")
    arn = {"Fn::GetAtt": [_queue(draft, function, {}, called=name), "Arn"]}
    for one in roles:
        allow(draft, one, "SendFailedRecords", ("sqs:SendMessage",), arn)
    failed = {"Destination": arn} if roles else {"Type": "SQS", "Destination": arn}
    given["DestinationConfig"] = {**given.get("DestinationConfig", {}), "OnFailure": failed}


def of_function(draft: Draft, finding: Finding) -> None:
    """Let Lambda send the events that a function failed at to a queue for it, by the function's role."""
    name = finding.resource_logical_id
    raw, properties = draft.resource(name), draft.properties(name)
    sam = str(raw.get("Type")).startswith("AWS::Serverless::")
    setting = "DeadLetterQueue" if sam else "DeadLetterConfig"
    require_undecided(properties.get(setting))
    if properties.get("EventInvokeConfig") is not None:
        raise CannotMendError(DECIDED)
    roles = [role for role, _ in draft.ids("AWS::IAM::Role") if is_about(properties.get("Role"), role)]
    if roles and draft.resource(roles[0]).get("Condition") != raw.get("Condition"):
        roles = []
    # AWS SAM lets the role that it makes send there.
    if not roles and not (sam and "Role" not in properties):
        raise CannotMendError("Whether its role may send to a queue the template does not show.")
    arn = {"Fn::GetAtt": [_queue(draft, name, {}), "Arn"]}
    for role in roles:
        allow(draft, role, "SendFailedEvents", ("sqs:SendMessage",), arn)
    properties[setting] = {**({"Type": "SQS"} if sam else {}), "TargetArn": arn}


def _queue(
    draft: Draft,
    name: str,
    also: Mapping[str, Any],
    sender: tuple[str, Any] | None = None,
    *,
    key: Any = None,
    called: str = "",
) -> str:
    """Add a queue for what a resource failed at, and return its id.

    :param sender: the service that sends to it, and the source for which it may. Default: whoever may by its role.
    :param key: the customer key that it gets. Default: the template's.
    :param called: what its id begins with. Default: the resource's own.
    """
    condition = draft.resource(name).get("Condition")
    # Stays if others stay, since RetainedOnDelete asks it of all queues of an app then.
    kept = KEPT if any(draft.resource(one).get("DeletionPolicy") in _KEEP for one, _ in draft.ids(_QUEUE)) else {}
    also_on = {**({"Condition": condition} if condition else {}), **kept}
    made = draft.add(
        f"{called or name}DeadLetters",
        {
            "Type": _QUEUE,
            **also_on,
            "Properties": {"KmsMasterKeyId": None, "MessageRetentionPeriod": _KEPT_SECONDS, **also},
        },
    )
    arn = {"Fn::GetAtt": [made, "Arn"]}
    statements = [deny_plain_http("sqs:*", arn)]
    if sender is not None:
        service, source = sender
        statements.append(
            {
                "Sid": "FailedDeliveries",
                "Effect": "Allow",
                "Principal": {"Service": service},
                "Action": "sqs:SendMessage",
                "Resource": arn,
                "Condition": {"ArnLike": {"aws:SourceArn": source}},
            }
        )
    draft.add(
        f"{made}Policy",
        {
            "Type": "AWS::SQS::QueuePolicy",
            **also_on,
            "Properties": {"Queues": [{"Ref": made}], "PolicyDocument": policy(*statements)},
        },
    )
    own = key is not None and not str(key).startswith("alias/aws/")
    draft.properties(made)["KmsMasterKeyId"] = key if own else dict(key_for(draft, made, _QUEUE))
    return made
