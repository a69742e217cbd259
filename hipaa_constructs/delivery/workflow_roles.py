from __future__ import annotations

import re
from collections.abc import Sequence

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, refuse
from hipaa_constructs._constants import days
from hipaa_constructs.compliance.classification import DataClassification
from hipaa_constructs.compliance.classify import classify
from hipaa_constructs.delivery.bootstrap_roles import QUALIFIER, is_qualifier
from hipaa_constructs.delivery.deployment_roles import (
    keep_evidence,
    let_deploy,
    let_read,
    note_deployment,
    read_deployment,
)
from hipaa_constructs.delivery.deployment_wave import DeploymentWave
from hipaa_constructs.delivery.names import GITHUB_URL, deploying_role, reading_role, synth_role
from hipaa_constructs.primitives.backup_protocol import ProtectsData
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket

_AUDIENCE = "sts.amazonaws.com"


class WorkflowRoles(Construct):
    """What a workflow of GitHub or GitLab takes, by OpenID Connect, to deploy wave by wave; it keeps no key of AWS.

    - An identity provider in IAM, and three kinds of roles: ``NAME-synth`` keeps evidence, ``NAME-read-WAVE`` reads the
      wave's accounts and ``NAME-deploy-WAVE`` deploys to them, each by the CDK's own roles there and nothing else.
    - On GitHub, a role trusts one environment of the one repository: ``WAVE-review`` for reading, ``WAVE`` for
      deploying, the branch for synth. The environments have to be limited to that branch, and those of production need
      reviewers: who may start a job in an environment may take its role.
    - On GitLab, whose tokens name no environment in their subject, all roles trust the one branch of the one project:
      protect the branch, and the environments of production by approvals.
    - Evidence goes to a bucket under Object Lock, as with ``DeploymentPipeline``.

    IAM trusts the certificates of both hosts by its own library of authorities; no thumbprint is written down:
    docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html.

    It holds no PHI, and is classified so.

    Meets 164.312(a)(1) access control and 164.312(d) person or entity authentication.

    Sources: docs.github.com/en/actions/reference/security/oidc and docs.gitlab.com/ci/cloud_services/aws.

    :param repo_string: the repository, as ``owner/name``, or a project of GitLab with its groups.
    :param branch: whose commits are deployed.
    :param waves: what is deployed.
    :param role_name_prefix: how the roles' names begin, by which the workflow knows them.
    :param evidence_bucket_name: the name of the bucket of evidence, by which the workflow knows it.
    :param backup_plan: the plan that covers evidence.
    :param gitlab_url: where GitLab is, as ``https://gitlab.com``. Default: the repository is on GitHub.
    :param open_id_connect_provider_arn: the provider that the account has for the host; it can have one, with the
        audience ``sts.amazonaws.com``. Default: it is made.
    :param qualifier: what ``cdk bootstrap --qualifier`` was given. Default: CDK's own, ``hnb659fds``.
    :param encryption_key: the key of evidence. Default: a ``KmsRotatedKey`` of its own.
    :raises ValueError: an argument that does not fit, a role's name that is too long, no wave or two of one name.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        repo_string: str,
        branch: str,
        waves: Sequence[DeploymentWave],
        role_name_prefix: str,
        evidence_bucket_name: str,
        backup_plan: ProtectsData,
        gitlab_url: str | None = None,
        open_id_connect_provider_arn: str | None = None,
        qualifier: str = QUALIFIER,
        encryption_key: kms.IKey | None = None,
    ) -> None:
        _require_fitting(repo_string, branch, waves, role_name_prefix, gitlab_url, qualifier)
        super().__init__(scope, construct_id)
        url = gitlab_url or GITHUB_URL
        host = url.removeprefix("https://")
        self._provider: iam.CfnOIDCProvider | None = None
        if open_id_connect_provider_arn is None:
            self._provider = iam.CfnOIDCProvider(self, "Provider", url=url, client_id_list=[_AUDIENCE])
        self._provider_arn = open_id_connect_provider_arn or (self._provider.attr_arn if self._provider else "")
        self._host, self._name = host, role_name_prefix
        key = encryption_key or KmsRotatedKey(self, "Key").key
        self._evidence = EncryptedBucket(
            self,
            "Evidence",
            bucket_name=evidence_bucket_name,
            encryption_key=key,
            backup_plan=backup_plan,
            object_lock_default_retention=s3.ObjectLockRetention.compliance(days(2557)),
        )
        of_branch = f"repo:{repo_string}:ref:refs/heads/{branch}"
        if gitlab_url is not None:
            of_branch = f"project_path:{repo_string}:ref_type:branch:ref:{branch}"

        def subject(environment: str) -> str:
            return of_branch if gitlab_url is not None else f"repo:{repo_string}:environment:{environment}"

        keep_evidence(self._role("Synth", synth_role(role_name_prefix), of_branch), self._evidence)
        self._roles: dict[str, LeastPrivilegeRole] = {}
        for wave in waves:
            reader = self._role(
                f"{wave.name}Reader", reading_role(role_name_prefix, wave.name), subject(f"{wave.name}-review")
            )
            let_read(reader, wave, qualifier)
            deployer = self._role(
                f"{wave.name}Deployer", deploying_role(role_name_prefix, wave.name), subject(wave.name)
            )
            let_deploy(deployer, wave, qualifier)
            # A deployment ends with drift detection, by the reading roles of the accounts.
            let_read(deployer, wave, qualifier)
            read_deployment(reader, self._evidence, wave)
            note_deployment(deployer, self._evidence, wave)
            for role in (reader, deployer):
                keep_evidence(role, self._evidence)
        classify(
            self,
            DataClassification.NO_PHI,
            reason="Roles of workflows, and evidence about templates and code; no data of patients.",
            approved_by="hipaa_constructs",
        )

    @property
    def evidence(self) -> EncryptedBucket:
        """Where each run's evidence lies."""
        return self._evidence

    def _role(self, construct_id: str, name: str, subject: str) -> LeastPrivilegeRole:
        return LeastPrivilegeRole(
            self,
            construct_id,
            role_name=name,
            assumed_by=iam.WebIdentityPrincipal(
                self._provider_arn,
                {"StringEquals": {f"{self._host}:aud": _AUDIENCE, f"{self._host}:sub": subject}},
            ),
            description=f"Taken by jobs of {subject}",
        )


def _require_fitting(
    repo_string: str,
    branch: str,
    waves: Sequence[DeploymentWave],
    prefix: str,
    gitlab_url: str | None,
    qualifier: str,
) -> None:
    if not re.fullmatch(r"[\w.-]+(/[\w.-]+)+", repo_string, re.A):
        refuse("repo_string", repo_string, allowed="it takes owner/name", fix="Write it as 'clinic/platform'.")
    if not re.fullmatch(r"[\w./-]{1,255}", branch, re.A):
        refuse("branch", branch, allowed="it takes one branch's name, without a pattern", fix="Write it as 'main'.")
    names = [wave.name.lower() for wave in waves]
    if not names or len(set(names)) < len(names):
        refuse(
            "waves",
            [wave.name for wave in waves],
            allowed="a workflow has one wave or more, each with a name of its own",
            fix="Name each environment, or environment and Region, once.",
        )
    for wave in waves:
        # docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
        if len(deploying_role(prefix, wave.name)) > 64:
            refuse(
                "role_name_prefix",
                prefix,
                allowed=f"a role's name has 64 characters, and {deploying_role(prefix, wave.name)!r} has more",
                fix="Shorten the prefix or the wave's name.",
            )
    if gitlab_url is not None and not re.fullmatch(r"https://[a-z0-9.-]+", gitlab_url):
        refuse(
            "gitlab_url",
            gitlab_url,
            allowed="it takes https:// and the host, as IAM compares it with the token's issuer",
            fix="Write it as 'https://gitlab.com', without a slash at its end.",
        )
    if not is_qualifier(qualifier):
        refuse(
            "qualifier",
            qualifier,
            allowed="allowed are 1 to 10 letters, digits, '-' and '_'",
            fix="Give what 'cdk bootstrap --qualifier' was given.",
        )
