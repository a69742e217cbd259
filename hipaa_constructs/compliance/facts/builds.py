"""What builds of CodeBuild leave behind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, all_of, is_one_of, negate, spread
from hipaa_constructs.compliance.facts.mentions import users_in_template
from hipaa_constructs.iam.locations import IDENTITY_POLICIES

_PROJECT: Final = "AWS::CodeBuild::Project"
# CodeBuild's own name for a group, and those of pipelines' commands and of what builds images:
# docs.aws.amazon.com/codepipeline/latest/userguide/security-iam-permissions-console-logs.html,
# docs.aws.amazon.com/imagebuilder/latest/APIReference/API_PipelineLoggingConfiguration.html.
_PREFIXES: Final = ("/aws/codebuild/", "/aws/codepipeline/", "/aws/imagebuilder/")
# What names a log group beside a project, and writes nothing there.
_SILENT: Final = (
    *IDENTITY_POLICIES,
    "AWS::KMS::Key",
    "AWS::Logs::MetricFilter",
    "AWS::Logs::QueryDefinition",
    "AWS::Logs::SubscriptionFilter",
)


def leaves_nothing(project: Resource) -> Ternary:
    """Whether a build writes no artifact, cache or log to S3, which are all that its key is for.

    docs.aws.amazon.com/codebuild/latest/userguide/security-encryption.html
    """
    artifacts = ("Artifacts.Type", "SecondaryArtifacts[].Type")
    kinds = [kind for path in artifacts for kind in spread(project.properties, path)]
    cached = is_one_of(project.get("Cache.Type", "NO_CACHE"), "S3")
    logged = is_one_of(project.get("LogsConfig.S3Logs.Status", "DISABLED"), "ENABLED")
    return all_of((*(is_one_of(kind, "NO_ARTIFACTS") for kind in kinds), negate(cached), negate(logged)))


def logs_builds_alone(group: Resource) -> bool:
    """Whether a log group takes what builds say: by a service's own name for it, or because projects alone name it.

    docs.aws.amazon.com/codebuild/latest/userguide/change-project.html
    """
    name = group.get("LogGroupName")
    if isinstance(name, str) and name.startswith(_PREFIXES):
        return True
    if not group.template.app.told(group, "groups of builds", (_PROJECT,), _logged):
        return False
    return all(user.type in (*_SILENT, _PROJECT) for user in users_in_template(group))


def _logged(project: Resource) -> Iterator[tuple[Resource, None]]:
    group = project.template.target(project.get("LogsConfig.CloudWatchLogs.GroupName"), "AWS::Logs::LogGroup")
    if group is not None:
        yield group, None
