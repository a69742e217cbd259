"""Pipelines, and the jobs that they run."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from hipaa_constructs.cloudformation.values import as_items, as_text, dig
from hipaa_constructs.cost.items import Case, Family, Item, UntoldError

_RESTS = ("delivery.runs", "delivery.job_minutes")
_SIZES = {f"BUILD_GENERAL1_{size}": f"codebuild.{size.lower()}_minute" for size in ("SMALL", "MEDIUM", "LARGE")}


def _job(case: Case) -> Iterator[Item]:
    kind, size = case.text("Environment.Type"), case.text("Environment.ComputeType")
    if kind != "LINUX_CONTAINER" or size not in _SIZES:
        raise UntoldError(f"what a minute of {size} of {kind} costs is not known")
    yield Item(_SIZES[size], _minutes(case), "once in each run", _RESTS)


def _pipeline(case: Case) -> Iterator[Item]:
    if case.text("PipelineType", "V1") != "V2":
        yield Item("codepipeline.pipeline_month", Decimal(1), "a pipeline that runs at least once")
        return
    # Approvals and actions of one's own cost nothing (https://aws.amazon.com/codepipeline/pricing/).
    kinds = [
        dig(action, "ActionTypeId") for stage in case.listed("Stages") for action in as_items(dig(stage, "Actions"))
    ]
    paid = [
        kind
        for kind in kinds
        if as_text(dig(kind, "Category")) != "Approval" and as_text(dig(kind, "Owner")) != "Custom"
    ]
    why = f"{len(paid)} actions in each run, each as long as a job"
    yield Item("codepipeline.action_minute", len(paid) * _minutes(case), why, _RESTS)


def _minutes(case: Case) -> Decimal:
    return case.use("delivery.runs") * case.use("delivery.job_minutes")


FAMILY = Family(
    choice="delivery",
    units={
        **dict.fromkeys(_SIZES.values(), "minute"),
        "codepipeline.action_minute": "minute",
        "codepipeline.pipeline_month": "pipeline-month",
    },
    meters={"AWS::CodeBuild::Project": _job, "AWS::CodePipeline::Pipeline": _pipeline},
)
