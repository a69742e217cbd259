"""A state that submits one job of AWS Batch, by rights to that job alone."""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as stepfunctions
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from hipaa_constructs._stacks import arn_in

# By which Step Functions hears of a job's end: docs.aws.amazon.com/step-functions/latest/dg/connect-batch.html.
_RULE = "StepFunctionsGetEventsForBatchJobsRule"


class BatchJobTask(tasks.BatchSubmitJob):
    """CDK's own task, whose machine may submit the job that it names instead of any."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        job_definition_arn: str,
        job_queue_arn: str,
        job_name: str,
        payload: stepfunctions.TaskInput | None,
        container_overrides: tasks.BatchContainerOverrides | None,
        array_size: int | None,
        result_path: str | None,
    ) -> None:
        self._submitted = (job_definition_arn, job_queue_arn)
        super().__init__(
            scope,
            construct_id,
            job_definition_arn=job_definition_arn,
            job_queue_arn=job_queue_arn,
            job_name=job_name,
            payload=payload,
            container_overrides=container_overrides,
            array_size=array_size,
            result_path=result_path,
        )

    @property
    def _task_policies(self) -> list[iam.PolicyStatement]:
        """What CDK gives to the machine's role."""
        rule = arn_in(self, "events", f"rule/{_RULE}")
        return [
            iam.PolicyStatement(actions=["batch:SubmitJob"], resources=list(self._submitted)),
            iam.PolicyStatement(
                actions=["events:DescribeRule", "events:PutRule", "events:PutTargets"], resources=[rule]
            ),
        ]
