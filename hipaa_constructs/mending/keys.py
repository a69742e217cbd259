"""One customer key for what a template stores, which whoever uses the stores may use by them, and nobody else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from hipaa_constructs.cloudformation.naming import is_about, names
from hipaa_constructs.iam.key_actions import ADMINISTER, SEND, USE
from hipaa_constructs.mending.draft import ACCOUNT, CannotMendError, Draft, is_function, is_plain, listed

_NAME = "EncryptionKey"
_KEY = "AWS::KMS::Key"
_DESCRIPTION = "Encrypts what this template stores"
_THROUGH = "ThroughServicesOfThisAccount"
_GRANTS = "GrantsOfThisAccount"
_ROOT: Mapping[str, Any] = {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}
_PIPELINE = "AWS::CodePipeline::Pipeline"
# By which service callers use the key of a store: the values of kms:ViaService,
# docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service.
_SERVICES: Mapping[str, str] = {
    "AWS::Backup::BackupVault": "backup",
    # What builds and pipelines make goes to S3.
    "AWS::CodeBuild::Project": "s3",
    _PIPELINE: "s3",
    "AWS::DocDB::DBCluster": "rds",
    "AWS::DocDB::DBInstance": "rds",
    "AWS::DynamoDB::Table": "dynamodb",
    "AWS::EC2::Instance": "ec2",
    "AWS::EC2::LaunchTemplate": "ec2",
    "AWS::EC2::Volume": "ec2",
    # It uses the key by a grant that who makes the repository gives it: docs.aws.amazon.com/AmazonECR/latest/userguide/
    # encryption-at-rest.html.
    "AWS::ECR::Repository": "ecr",
    "AWS::EFS::FileSystem": "elasticfilesystem",
    "AWS::Elasticsearch::Domain": "es",
    "AWS::FSx::FileSystem": "fsx",
    "AWS::Kinesis::Stream": "kinesis",
    "AWS::Lambda::Function": "lambda",
    "AWS::Neptune::DBCluster": "rds",
    "AWS::OpenSearchService::Domain": "es",
    "AWS::RDS::DBCluster": "rds",
    "AWS::RDS::DBInstance": "rds",
    "AWS::Redshift::Cluster": "redshift",
    "AWS::S3::Bucket": "s3",
    "AWS::SNS::Topic": "sns",
    "AWS::SQS::Queue": "sqs",
    "AWS::SecretsManager::Secret": "secretsmanager",
    "AWS::StepFunctions::StateMachine": "states",
}
_WORKFLOW = "AWS::StepFunctions::StateMachine"
_LOGS = "AWS::Logs::LogGroup"
_TRAIL = "AWS::CloudTrail::Trail"
_POLICIES: Mapping[str, str] = {
    "AWS::S3::BucketPolicy": "Bucket",
    "AWS::SNS::TopicPolicy": "Topics",
    "AWS::SNS::TopicInlinePolicy": "TopicArn",
    "AWS::SQS::QueuePolicy": "Queues",
    "AWS::SQS::QueueInlinePolicy": "Queue",
}
_SHARED = ("AWS::S3::Bucket", "AWS::SNS::Topic", "AWS::SQS::Queue")
# What tells a queue or topic of something, or fetches from a bucket, as a service of AWS.
_SENDERS: Mapping[str, str] = {
    "AWS::CloudWatch::Alarm": "cloudwatch.amazonaws.com",
    "AWS::CloudWatch::CompositeAlarm": "cloudwatch.amazonaws.com",
    "AWS::Events::Rule": "events.amazonaws.com",
    "AWS::S3::Bucket": "s3.amazonaws.com",
    "AWS::SNS::Subscription": "sns.amazonaws.com",
    "AWS::SNS::Topic": "sns.amazonaws.com",
    "AWS::SQS::Queue": "",
}
# What uses it as somebody of the account, by a role of its own; or does not use it at all.
_CALLERS = (
    "AWS::ApiGateway",
    "AWS::Athena::",
    "AWS::AutoScaling::",
    "AWS::Batch::",
    "AWS::CloudFormation::",
    "AWS::CodeBuild::",
    "AWS::CodePipeline::",
    "AWS::EC2::",
    "AWS::ECS::",
    "AWS::Glue::",
    "AWS::IAM::",
    "AWS::KinesisFirehose::",
    "AWS::Lambda::",
    "AWS::Pipes::",
    "AWS::SSM::",
    "AWS::SageMaker::",
    "AWS::Scheduler::",
    "AWS::Serverless::",
    "AWS::StepFunctions::",
    "Custom::",
)
_STRANGERS = "Its policy lets in callers of whom only its owner knows whether they may use a key."
_STRANGERS_OF_PIPELINE = "Whether its actions read what it makes by roles of this account only its owner knows."
_TOLD = "Something else than this account's callers sends to it or reads from it, which a key would stop."


def key_for(draft: Draft, logical_id: str, resource_type: str) -> Mapping[str, Any]:
    """Return the value that names the template's key for a store, which is let be used for that one; made if need be.

    :raises CannotMendError: whom a key would lock out only the store's owner knows.
    """
    if resource_type == _LOGS:
        statements = [_for_logs()]
    elif resource_type == _TRAIL:
        statements = _for_trails()
    elif resource_type in _SERVICES:
        if resource_type == _PIPELINE and not all(map(partial(_is_of_account, draft), _roles(draft, logical_id))):
            raise CannotMendError(_STRANGERS_OF_PIPELINE)
        senders = sorted(set(_senders(draft, logical_id))) if resource_type in _SHARED else []
        statements = [_for_sender(sender, resource_type) for sender in senders]
        if resource_type == _WORKFLOW:
            statements = [_for_log_delivery()]
    else:
        raise CannotMendError("Who has to use its key only its owner knows.")
    name, policy = _key(draft)
    if resource_type in _SERVICES:
        _let_through(policy, {"Fn::Sub": f"{_SERVICES[resource_type]}.${{AWS::Region}}.amazonaws.com"})
    for statement in statements:
        if statement not in policy:
            policy.append(statement)
    return {"Fn::GetAtt": [name, "Arn"]}


def _key(draft: Draft) -> tuple[str, list[Any]]:
    for logical_id, raw in draft.of_type(_KEY):
        policy = raw["Properties"].get("KeyPolicy")
        statements = policy.get("Statement") if isinstance(policy, dict) else None
        if isinstance(statements, list) and raw["Properties"].get("Description") == _DESCRIPTION:
            return logical_id, statements
    policy = [
        {"Sid": "Administer", "Effect": "Allow", "Principal": _ROOT, "Action": list(ADMINISTER), "Resource": "*"},
        {"Sid": "Use", "Effect": "Allow", "Principal": _ROOT, "Action": list(USE), "Resource": "*"},
    ]
    made = {
        "Type": _KEY,
        "DeletionPolicy": "Retain",
        "UpdateReplacePolicy": "Retain",
        "Properties": {
            "Description": _DESCRIPTION,
            "EnableKeyRotation": True,
            "KeyPolicy": {"Version": "2012-10-17", "Statement": policy},
        },
    }
    return draft.add(_NAME, made), policy


def _let_through(policy: list[Any], service: Mapping[str, Any]) -> None:
    """Let whoever of this account may use a store use its key by it, as AWS's own keys do.

    So nobody who worked with it under AWS's key is locked out.
    """
    for sid, actions, conditions in (
        (_THROUGH, list(USE), {}),
        # What a service does later by itself, such as starting a database again, it does by a grant.
        (_GRANTS, ["kms:CreateGrant"], {"Bool": {"kms:GrantIsForAWSResource": "true"}}),
    ):
        found = next((one for one in policy if one.get("Sid") == sid), None)
        if found is None:
            policy.append(_through(sid, actions, service, conditions))
        elif service not in found["Condition"]["StringEquals"]["kms:ViaService"]:
            found["Condition"]["StringEquals"]["kms:ViaService"].append(service)


def _through(sid: str, actions: list[str], service: Mapping[str, Any], conditions: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": actions,
        "Resource": "*",
        "Condition": {"StringEquals": {"kms:CallerAccount": ACCOUNT, "kms:ViaService": [service]}, **conditions},
    }


def _for_logs() -> dict[str, Any]:
    # docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    groups = {"Fn::Sub": "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:*"}
    return _for_service(
        "CloudWatchLogs",
        {"Fn::Sub": "logs.${AWS::Region}.${AWS::URLSuffix}"},
        USE,
        {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
    )


def _for_log_delivery() -> dict[str, Any]:
    # The ARN ends in an asterisk that is a letter of it:
    # docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html.
    groups = {"Fn::Sub": "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:*"}
    context = {"ArnLike": {"kms:EncryptionContext:SourceArn": groups}}
    return _for_service("LogDelivery", "delivery.logs.amazonaws.com", ("kms:Decrypt",), context)


def _for_trails() -> list[dict[str, Any]]:
    # docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
    trails = {"Fn::Sub": "arn:${AWS::Partition}:cloudtrail:*:${AWS::AccountId}:trail/*"}
    source = {"ArnLike": {"aws:SourceArn": trails}}
    context = {"StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": trails}}
    service = "cloudtrail.amazonaws.com"
    return [
        _for_service("CloudTrail", service, ("kms:DescribeKey", "kms:Decrypt"), source),
        _for_service("CloudTrailFiles", service, ("kms:GenerateDataKey*",), {**source, **context}),
    ]


def _for_sender(service: str, resource_type: str) -> dict[str, Any]:
    short = "".join(part.capitalize() for part in service.removesuffix(".amazonaws.com").replace("-", ".").split("."))
    if service == "events.amazonaws.com" and resource_type != "AWS::S3::Bucket":
        # EventBridge states no source when it uses a key; what binds the data key is the queue's or topic's ARN:
        # docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services.
        name, context = {
            "AWS::SNS::Topic": ("sns", "kms:EncryptionContext:aws:sns:topicArn"),
            "AWS::SQS::Queue": ("sqs", "kms:EncryptionContext:aws:sqs:arn"),
        }[resource_type]
        arns = {"Fn::Sub": f"arn:${{AWS::Partition}}:{name}:${{AWS::Region}}:${{AWS::AccountId}}:*"}
        return _for_service(f"{short}To{name.capitalize()}", service, SEND, {"ArnLike": {context: arns}})
    if service == "cloudfront.amazonaws.com":
        arns = {"Fn::Sub": "arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/*"}
        return _for_service(short, service, ("kms:Decrypt",), {"ArnLike": {"aws:SourceArn": arns}})
    return _for_service(short, service, SEND, {"StringEquals": {"aws:SourceAccount": ACCOUNT}})


def _for_service(sid: str, service: Any, actions: tuple[str, ...], condition: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": list(actions),
        "Resource": "*",
        "Condition": condition,
    }


def _senders(draft: Draft, logical_id: str) -> Iterator[str]:
    """Yield the services that have to use the key of a bucket, queue or topic."""
    for other, raw in draft.naming(logical_id):
        kind = str(raw.get("Type"))
        if kind in _POLICIES:
            document = draft.properties(other).get("PolicyDocument")
            about = listed(draft.properties(other).get(_POLICIES[kind]))
            if any(is_about(one, logical_id) for one in about) or not any(map(is_function, about)):
                yield from _admitted(draft, document)
        elif kind == "AWS::CloudFront::Distribution":
            # Only an origin access control, which its policy names, can read under a customer key.
            if not any("cloudfront.amazonaws.com" in str(one) for _, one in draft.of_type("AWS::S3::BucketPolicy")):
                raise CannotMendError(_TOLD)
        elif kind in _SENDERS:
            if _SENDERS[kind]:
                yield _SENDERS[kind]
        elif not kind.startswith(_CALLERS):
            raise CannotMendError(_TOLD)
    own = draft.properties(logical_id)
    if own.get("WebsiteConfiguration") is not None:
        raise CannotMendError(_STRANGERS)


def _admitted(draft: Draft, document: Any) -> Iterator[str]:
    """Yield the services that a policy lets in; other strangers are an error."""
    statements = document.get("Statement") if isinstance(document, dict) and not is_function(document) else None
    if statements is None:
        raise CannotMendError(_STRANGERS)
    for statement in listed(statements):
        if not isinstance(statement, dict) or is_function(statement):
            raise CannotMendError(_STRANGERS)
        if statement.get("Effect") != "Allow":
            continue
        principal = statement.get("Principal")
        by_kind = {"AWS": principal} if principal == "*" else principal
        if not isinstance(by_kind, dict) or is_function(by_kind):
            raise CannotMendError(_STRANGERS)
        for kind, values in by_kind.items():
            for value in listed(values):
                if _is_given_up(draft, value):
                    continue
                if kind == "Service" and isinstance(value, str):
                    yield value
                elif kind == "AWS" and value == "*":
                    yield _source(draft, statement)
                elif kind != "AWS" or not _is_of_account(draft, value):
                    raise CannotMendError(_STRANGERS)


def _roles(draft: Draft, pipeline: str) -> Iterator[Any]:
    """Yield the roles by which a pipeline's actions do their work, where that is not its own."""
    for stage in listed(draft.properties(pipeline).get("Stages", [])):
        for action in listed(stage.get("Actions", [])) if is_plain(stage) else [{"RoleArn": None}]:
            if not is_plain(action):
                yield None
            elif "RoleArn" in action:
                yield action["RoleArn"]


def _is_given_up(draft: Draft, value: Any) -> bool:
    """Whether it is an identity of CloudFront's that no distribution of the template uses any more."""
    return any(
        names(value, identity)
        and all(raw.get("Type") in _POLICIES for _, raw in draft.naming(identity))
        and not names(draft.body.get("Outputs"), identity)
        for identity, _ in draft.ids("AWS::CloudFront::CloudFrontOriginAccessIdentity")
    )


def _is_of_account(draft: Draft, value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    if value == ACCOUNT or "${AWS::AccountId}" in str(value.get("Fn::Sub", "")):
        return True
    roles = ("AWS::IAM::Role", "AWS::IAM::User", "AWS::Serverless::Function")
    if "Fn::Join" in value and "'AWS::AccountId'" in str(value):
        return True
    return any(is_about(value, logical_id) for logical_id, _ in draft.ids(*roles))


def _source(draft: Draft, statement: Mapping[str, Any]) -> str:
    """Return the service that a wildcard stands for, by the resource that a condition names as the source."""
    conditions = statement.get("Condition")
    tests = conditions.values() if isinstance(conditions, dict) else ()
    for test in tests:
        for key, value in test.items() if isinstance(test, dict) else ():
            if key.lower() == "aws:sourcearn":
                for logical_id, kind in draft.ids(*_SENDERS):
                    if is_about(value, logical_id) and _SENDERS[kind]:
                        return _SENDERS[kind]
    raise CannotMendError(_STRANGERS)
