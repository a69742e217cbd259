"""What the arguments of ``DeploymentPipeline`` have to meet before anything is defined."""

from __future__ import annotations

import re
from collections.abc import Sequence

import aws_cdk as cdk

from hipaa_constructs._arguments import is_token, refuse
from hipaa_constructs._stacks import account_of, region_of
from hipaa_constructs.delivery.bootstrap_roles import is_qualifier
from hipaa_constructs.delivery.deployment_wave import DeploymentWave


def require_source(connection_arn: str, repo_string: str, branch: str) -> None:
    """Refuse a source that CodePipeline could not read."""
    if not re.fullmatch(
        r"arn:[a-z-]+:(codeconnections|codestar-connections):[a-z0-9-]+:\d{12}:connection/[0-9a-f-]{36}", connection_arn
    ):
        refuse(
            "connection_arn",
            connection_arn,
            allowed="it takes the ARN of a connection, known at synth",
            fix="Make one in the console of Developer Tools, complete its handshake, and copy its ARN.",
        )
    if not re.fullmatch(r"[\w.-]+(/[\w.-]+)+", repo_string, re.A):
        refuse("repo_string", repo_string, allowed="it takes owner/name", fix="Write it as 'clinic/platform'.")
    if not re.fullmatch(r"[\w./-]{1,255}", branch, re.A):
        refuse("branch", branch, allowed="it takes one branch's name", fix="Write it as 'main'.")


def require_fitting(
    waves: Sequence[DeploymentWave], qualifier: str, cli_version: str, retention: cdk.Duration | None
) -> None:
    """Refuse waves that could not be told apart, and what is outside the limits of the CDK or of the regulation."""
    names = [wave.name.lower() for wave in waves]
    if not names or len(set(names)) < len(names):
        refuse(
            "waves",
            [wave.name for wave in waves],
            allowed="a pipeline has one wave or more, each with a name of its own",
            fix="Name each environment, or environment and Region, once.",
        )
    if not is_qualifier(qualifier):
        refuse(
            "qualifier",
            qualifier,
            allowed="allowed are 1 to 10 letters, digits, '-' and '_'",
            fix="Give what 'cdk bootstrap --qualifier' was given.",
        )
    if not re.fullmatch(r"2(\.\d+){0,2}", cli_version):
        refuse("cli_version", cli_version, allowed="it takes a version of 2.x", fix="Write '2' or '2.1148.0'.")
    if retention is not None and retention.to_days() < 2192:
        refuse(
            "evidence_retention",
            f"{retention.to_days():g} days",
            allowed="45 CFR 164.316(b)(2)(i) asks for six years (2192 days) or more",
            fix="Leave it out for seven years.",
        )


def require_environment(stack: cdk.Stack) -> None:
    """Refuse a stack that does not say where it is."""
    if is_token(account_of(stack)) or is_token(region_of(stack)):
        refuse(
            "scope",
            stack.node.path,
            allowed="the pipeline's stack has to state account and Region, by which its own roles are named",
            fix="Give that stack env=cdk.Environment(account=…, region=…).",
        )
