"""The workflow that deploys an organization from GitHub or GitLab, by its configuration; imports no aws_cdk."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from hipaa_constructs.cloudformation.partitions import partition_of
from hipaa_constructs.delivery import commands as lines
from hipaa_constructs.delivery.names import deploying_role, reading_role, synth_role
from hipaa_constructs.landing_zone import names
from hipaa_constructs.landing_zone.config import OrganizationZoneConfig
from hipaa_constructs.landing_zone.waves import Wave, waves

_CREDENTIALS = "credential_source=Environment"
_CLI = "npm install --global --silent aws-cdk@2"
_GITHUB_TOKEN = (
    'token=$(curl -sSf -H "Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" '
    '"$ACTIONS_ID_TOKEN_REQUEST_URL&audience=sts.amazonaws.com" | jq -r .value)'
)
_WRITTEN = (
    "Written by 'hipaa-constructs init --workflow'; delete it and call that again where the configuration changed."
)


def workflow(config: OrganizationZoneConfig) -> dict[str, str]:
    """Return the file, by its path in the repository.

    :raises ValueError: it is not deployed by a workflow.
    """
    deployment = config.organization.deployment
    if deployment is None or deployment.by == "pipeline":
        raise ValueError("organization.deployment.by is neither github nor gitlab, so that there is no workflow")
    if deployment.by == "github":
        return {".github/workflows/deploy.yml": _github(config, deployment.branch)}
    return {".gitlab/deploy.yml": _gitlab(config, deployment.branch)}


def _github(config: OrganizationZoneConfig, branch: str) -> str:
    run = "runs/${{ github.run_id }}-${{ github.run_attempt }}"
    jobs = [
        f"""\
synth:
  runs-on: ubuntu-latest
  steps:
{_steps(_checkout(), _script("Synthesize", _synth(config)))}
    - uses: actions/upload-artifact@v4
      with:
        name: assemblies
        path: {lines.ASSEMBLIES}
        include-hidden-files: true
        if-no-files-found: error
{_steps(_script("Keep the evidence", [*_take(config, synth_role(_prefix(config)), _GITHUB_TOKEN), *_keep(config)]))}"""
    ]
    before = "synth"
    for wave in _waves(config):
        env = f"DEPLOYED: {lines.DEPLOYED}/{wave.name}\nRUN: {run}/{wave.name}"
        folder = f"${{{{ github.workspace }}}}/{lines.ASSEMBLIES}/{wave.name}"
        env += f"\nASSEMBLY: {folder}/cdk.out\nREPORT: {folder}/report"
        review = [*_take(config, reading_role(_prefix(config), wave.name), _GITHUB_TOKEN), *_review(wave)]
        summary = 'cat changes.txt evidence/difference.txt >> "$GITHUB_STEP_SUMMARY" || true'
        deploy = [*_take(config, deploying_role(_prefix(config), wave.name), _GITHUB_TOKEN), *_deploy(wave)]
        jobs.append(
            f"""\
{wave.name}-review:
  needs: {before}
  runs-on: ubuntu-latest
  environment: {wave.name}-review
  env:
{textwrap.indent(env, "    ")}
  steps:
{_steps(_checkout(), _download(), _script("Review", [*review, summary]))}
"""
        )
        jobs.append(
            f"""\
# {"Somebody approves it: give the environment reviewers." if wave.approval else "Nobody has to approve it."}
{wave.name}:
  needs: {wave.name}-review
  runs-on: ubuntu-latest
  environment: {wave.name}
  env:
{textwrap.indent(env, "    ")}
  steps:
{_steps(_download(), _script("Deploy", [_CLI, *deploy]))}
"""
        )
        before = wave.name
    return f"""\
# Deploys the organization's accounts, wave by wave.
# {_WRITTEN}
# Limit every environment that is named here to the branch {branch}: who may start a job in one may take its role.
name: Deploy
on:
  push:
    branches: [{branch}]

permissions:
  contents: read
  id-token: write # by which a job takes its role

concurrency:
  group: deploy
  cancel-in-progress: false

defaults:
  run:
    shell: bash

env:
  AWS_REGION: {config.organization.home_region}
  EVIDENCE: {names.deployment_evidence_bucket(config)}
  RUN: {run}

jobs:
{textwrap.indent(chr(10).join(job.rstrip() + chr(10) for job in jobs), "  ").rstrip()}
"""


def _gitlab(config: OrganizationZoneConfig, branch: str) -> str:
    token = "token=$AWS_TOKEN"
    run = "runs/$CI_PIPELINE_ID"
    install = ["python3 -m venv /tmp/venv && . /tmp/venv/bin/activate", "pip install --quiet -r requirements.txt"]
    synth = [*install, *_synth(config, install=False)]
    jobs = [
        _gitlab_job(
            "synth",
            [*synth, *_take(config, synth_role(_prefix(config)), token), *_keep(config)],
            variables={"RUN": run},
            more=f"artifacts:\n  paths: [{lines.ASSEMBLIES}]\n  expire_in: 1 week",
        )
    ]
    before = "synth"
    for wave in _waves(config):
        folder = f"$CI_PROJECT_DIR/{lines.ASSEMBLIES}/{wave.name}"
        variables = {
            "RUN": f"{run}/{wave.name}",
            "DEPLOYED": f"{lines.DEPLOYED}/{wave.name}",
            "ASSEMBLY": f"{folder}/cdk.out",
            "REPORT": f"{folder}/report",
        }
        review = [*install, *_take(config, reading_role(_prefix(config), wave.name), token), *_review(wave)]
        jobs.append(
            _gitlab_job(
                f"{wave.name}-review",
                review,
                variables=variables,
                more=f"needs: [{', '.join(dict.fromkeys(('synth', before)))}]",
            )
        )
        manual = "\n# Somebody approves it: protect the environment.\nwhen: manual\nallow_failure: false"
        jobs.append(
            _gitlab_job(
                wave.name,
                [*_take(config, deploying_role(_prefix(config), wave.name), token), *_deploy(wave)],
                variables=variables,
                more=f"needs: [synth, {wave.name}-review]\nenvironment: {wave.name}"
                + (manual if wave.approval else ""),
            )
        )
        before = wave.name
    return f"""\
# Deploys the organization's accounts, wave by wave; include it in .gitlab-ci.yml.
# {_WRITTEN}
# Protect the branch {branch}: every job of it may take the roles.
.deploy:
  image: node:22
  resource_group: deploy
  rules:
    - if: $CI_COMMIT_BRANCH == "{branch}"
  id_tokens:
    AWS_TOKEN:
      aud: sts.amazonaws.com
  variables:
    AWS_REGION: {config.organization.home_region}
    EVIDENCE: {names.deployment_evidence_bucket(config)}
  before_script:
    - apt-get update -qq && apt-get install -qq -y awscli jq python3-venv
    - {_CLI}

{chr(10).join(jobs).rstrip()}
"""


def _gitlab_job(name: str, script: Sequence[str], *, variables: dict[str, str], more: str) -> str:
    written = "\n".join(f"    {key}: {value}" for key, value in variables.items())
    return f"""\
{name}:
  extends: .deploy
  variables:
{written}
{textwrap.indent(more, "  ")}
  script:
    - |
{textwrap.indent(chr(10).join(["set -eu", *script]), "      ")}
"""


def _waves(config: OrganizationZoneConfig) -> tuple[Wave, ...]:
    return waves(config.organization)


def _prefix(config: OrganizationZoneConfig) -> str:
    return names.workflow_roles(config)


def _synth(config: OrganizationZoneConfig, *, install: bool = True) -> list[str]:
    given = config.organization.deployment
    context = {"landing-zone": given.configuration} if given is not None and given.configuration else {}
    each = [line for one in _waves(config) for line in lines.synth(one.name, {**context, "only": one.only})]
    return [*(["pip install --quiet -r requirements.txt", _CLI] if install else []), *each]


def _keep(config: OrganizationZoneConfig) -> list[str]:
    return [
        f'aws s3 cp --quiet --recursive {lines.ASSEMBLIES}/{one.name}/report "s3://$EVIDENCE/$RUN/{one.name}"'
        for one in _waves(config)
    ]


def _review(wave: Wave) -> list[str]:
    # Without change sets: who may make one may deploy, and nobody has approved yet.
    return [
        *lines.profiles(wave.targets, credential_source=_CREDENTIALS),
        *lines.changes(method="template"),
        *lines.review(wave.targets),
    ]


def _deploy(wave: Wave) -> list[str]:
    return [
        *lines.elsewhere(),
        *lines.deploy(),
        *lines.profiles(wave.targets, credential_source=_CREDENTIALS),
        *lines.drift(),
    ]


def _take(config: OrganizationZoneConfig, role: str, token: str) -> list[str]:
    organization = config.organization
    arn = f"arn:{partition_of(organization.home_region)}:iam::{organization.accounts.deployment}:role/{role}"
    return [
        token,
        f"taken=$(aws sts assume-role-with-web-identity --role-arn {arn} --role-session-name deploy "
        '--web-identity-token "$token" '
        "--query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]' --output text)",
        "set -- $taken",
        "export AWS_ACCESS_KEY_ID=$1 AWS_SECRET_ACCESS_KEY=$2 AWS_SESSION_TOKEN=$3",
    ]


def _checkout() -> str:
    return """\
- uses: actions/checkout@v4
- uses: actions/setup-python@v5
  with:
    python-version: "3.12"
- uses: actions/setup-node@v4
  with:
    node-version: "24"
"""


def _download() -> str:
    return f"""\
- uses: actions/download-artifact@v4
  with:
    name: assemblies
    path: {lines.ASSEMBLIES}
"""


def _script(name: str, script: Sequence[str]) -> str:
    needed = [] if name != "Review" else ["pip install --quiet -r requirements.txt", _CLI]
    return f"- name: {name}\n  run: |\n" + textwrap.indent("\n".join([*needed, *script]), "    ") + "\n"


def _steps(*steps: str) -> str:
    return textwrap.indent("".join(steps), "    ").rstrip("\n")
