"""The configuration of what deploys an organization."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Literal

from pydantic import Field, model_validator

from hipaa_constructs.landing_zone.sections import Section


class DeploymentConfig(Section):
    """What deploys the organization: a pipeline of AWS, or roles for a workflow of GitHub or GitLab."""

    repository: str = Field(
        pattern=r"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+$",
        description="The repository of this configuration, as owner/name; on GitLab with all its groups.",
    )
    branch: str = Field("main", pattern=r"^[A-Za-z0-9_./-]+$", description="Whose commits are deployed.")
    by: Literal["pipeline", "github", "gitlab"] = Field(
        "pipeline",
        description="pipeline: AWS CodePipeline, with the source from connection_arn; github or gitlab: roles that a "
        "workflow there takes, which 'hipaa-constructs init --workflow' writes.",
    )
    connection_arn: str | None = Field(
        None,
        pattern=r"^arn:aws[a-z-]*:(codeconnections|codestar-connections):[a-z0-9-]+:\d{12}:connection/[0-9a-f-]{36}$",
        description="The connection of AWS CodeConnections to the repository's host; for the pipeline alone.",
    )
    gitlab_url: str | None = Field(
        None, pattern=r"^https://[a-z0-9.-]+$", description="Where GitLab is; none: https://gitlab.com."
    )
    configuration: str | None = Field(
        None, min_length=1, description="This file's path in the repository; none: its cdk.json names or holds it."
    )
    unattended: tuple[str, ...] = Field(
        (),
        strict=False,
        description="Environments that need nobody's approval, such as staging; they are deployed before the others.",
    )

    @model_validator(mode="after")
    def _source_fits(self) -> DeploymentConfig:
        if (self.by == "pipeline") != (self.connection_arn is not None):
            raise ValueError(
                f"organization.deployment.by is {self.by!r}, and connection_arn is "
                f"{'not given' if self.connection_arn is None else 'given'}; the pipeline needs it, and nothing "
                "else does"
            )
        if self.gitlab_url is not None and self.by != "gitlab":
            raise ValueError("organization.deployment.gitlab_url is given, and by is not 'gitlab'; leave it out")
        path = PurePosixPath(self.configuration or "")
        if path.is_absolute() or ".." in path.parts:
            raise ValueError(
                f"organization.deployment.configuration is {self.configuration!r}; name the file as it lies in the "
                "repository, such as organization.yaml, for the pipeline has nothing else"
            )
        if "production" in self.unattended:
            raise ValueError("organization.deployment.unattended names production, which somebody has to approve")
        return self
