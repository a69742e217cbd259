"""Exports of a FHIR store on a schedule, and who is told when one fails."""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from hipaa_constructs._constants import partition
from hipaa_constructs._stacks import path_of, stack_of
from hipaa_constructs.compliance.classification import METADATA_KEY, DataClassification
from hipaa_constructs.messaging.granting_queue import GrantingQueue
from hipaa_constructs.primitives.alert_rule import define_alert_rule
from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.primitives.arns import key_arn
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.primitives.service_trust import of_this_account
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket

FOLDER = "exports"
# docs.aws.amazon.com/eventbridge/latest/ref/events-ref-healthlake.html
_FAILED = (
    "Export Job Completed With Errors",
    "Export Job Failed",
    "Import Job Completed With Errors",
    "Import Job Failed",
)


def define_schedule_role(scope: Construct) -> LeastPrivilegeRole:
    """Make the role by which EventBridge Scheduler starts exports, on behalf of this account alone."""
    return LeastPrivilegeRole(
        scope,
        "ScheduleRole",
        assumed_by=of_this_account("scheduler.amazonaws.com", scope),
        description=f"Starts exports of {path_of(scope)}",
    )


def define_exports(
    scope: Construct,
    *,
    store_id: str,
    bucket: EncryptedBucket,
    job_role: LeastPrivilegeRole,
    schedule_role: LeastPrivilegeRole,
    allowed: iam.Grant,
    schedule: scheduler.ScheduleExpression | None,
    key: kms.IKey,
) -> sqs.Queue:
    """Start an export of the whole store by ``schedule``, once it is ``allowed``; return the queue of failed starts.

    Scheduler calls HealthLake itself, and tries for 24 hours:
    docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html.
    """
    dead_letters = GrantingQueue.for_dead_letters(scope, "DeadLetters", key=key)
    sending = dead_letters.grant_send_messages(schedule_role)
    timing = schedule or scheduler.ScheduleExpression.cron(minute="0", hour="5", week_day="SUN")
    zone = timing.time_zone
    resource = scheduler.CfnSchedule(
        scope,
        "Exports",
        description=f"Exports {path_of(scope)}",
        schedule_expression=timing.expression_string,
        schedule_expression_timezone=zone.timezone_name if zone else None,
        flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(
            mode="FLEXIBLE", maximum_window_in_minutes=60
        ),
        target=scheduler.CfnSchedule.TargetProperty(
            arn=f"arn:{partition()}:scheduler:::aws-sdk:healthlake:startFHIRExportJob",
            role_arn=schedule_role.role_arn,
            input=stack_of(scope).to_json_string(
                {
                    "ClientToken": "<aws.scheduler.execution-id>",
                    "DataAccessRoleArn": job_role.role_arn,
                    "DatastoreId": store_id,
                    "OutputDataConfig": {
                        "S3Configuration": {
                            "KmsKeyId": key_arn(bucket.encryption_key),
                            "S3Uri": f"s3://{bucket.bucket.bucket_name}/{FOLDER}/",
                        }
                    },
                }
            ),
            dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(arn=dead_letters.queue_arn),
        ),
    )
    allowed.combine(sending).apply_before(resource)
    # In the template, for a schedule takes no tag.
    resource.add_metadata(
        METADATA_KEY,
        {
            "classification": DataClassification.NO_PHI.value,
            "reason": "A schedule names the store and its bucket; the data goes from HealthLake to S3 past it.",
            "approved_by": "hipaa_constructs",
        },
    )
    return dead_letters


def tell_of_failures(scope: Construct, topic: AlertTopic) -> None:
    """Have the topic told of exports and imports, of any FHIR store of the account, that failed."""
    define_alert_rule(
        scope,
        "JobsFail",
        source="aws.healthlake",
        detail_types=_FAILED,
        topic=topic,
        description=f"Exports and imports of {path_of(scope)} that failed",
        runbook="health-data-job-failed",
    )
