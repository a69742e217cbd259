"""What builds of CodeBuild leave behind."""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, all_of, is_one_of, negate, spread


def leaves_nothing(project: Resource) -> Ternary:
    """Whether a build writes no artifact, cache or log to S3, which are all that its key is for.

    docs.aws.amazon.com/codebuild/latest/userguide/security-encryption.html
    """
    artifacts = ("Artifacts.Type", "SecondaryArtifacts[].Type")
    kinds = [kind for path in artifacts for kind in spread(project.properties, path)]
    cached = is_one_of(project.get("Cache.Type", "NO_CACHE"), "S3")
    logged = is_one_of(project.get("LogsConfig.S3Logs.Status", "DISABLED"), "ENABLED")
    return all_of((*(is_one_of(kind, "NO_ARTIFACTS") for kind in kinds), negate(cached), negate(logged)))
