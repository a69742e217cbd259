from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments
from hipaa_constructs._regions import require_region
from hipaa_constructs._stacks import arn_in, settle
from hipaa_constructs.clinical.jobs import (
    define_job_role,
    grant_objects,
    grant_passing,
    grant_without_resources,
    require_bucket,
)
from hipaa_constructs.primitives.arns import key_arn
from hipaa_constructs.primitives.backup_protocol import ProtectsData
from hipaa_constructs.primitives.granting import to_principal
from hipaa_constructs.primitives.key_policy import grant_on_key
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.primitives.wildcards import acknowledge_wildcards
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket

_COMPREHEND, _TRANSCRIBE = "comprehendmedical.amazonaws.com", "transcribe.amazonaws.com"
_TRANSCRIBE_ACTIONS = "docs.aws.amazon.com/service-authorization/latest/reference/list_amazontranscribe.html"
_BATCHES = "docs.aws.amazon.com/comprehend-medical/latest/dev/ontologies-batchapi.html"
_SCRIBE = "docs.aws.amazon.com/transcribe/latest/dg/health-scribe-encryption-customer.html"
# docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncomprehendmedical.html
_DETECT = tuple(
    f"comprehendmedical:{action}"
    for action in ("DetectEntitiesV2", "DetectPHI", "InferICD10CM", "InferRxNorm", "InferSNOMEDCT")
)
_DETECTION_JOBS = tuple(
    f"comprehendmedical:{verb}{job}Job"
    for verb in ("Describe", "Start", "Stop")
    for job in ("EntitiesDetectionV2", "ICD10CMInference", "PHIDetection", "RxNormInference", "SNOMEDCTInference")
)
_STREAM = ("transcribe:StartMedicalStreamTranscription", "transcribe:StartMedicalStreamTranscriptionWebSocket")
# Whoever starts a transcription, and the role of HealthScribe, use the key themselves.
_ON_KEY = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey")


class ClinicalLanguage(Construct):
    """What reads clinical text and hears clinical speech: Comprehend Medical, Transcribe Medical and HealthScribe.

    All three are on AWS's list of HIPAA eligible services, HealthScribe as part of Transcribe. They keep nothing that
    this construct could hold, so that it grants: each kind of use by itself, to nobody before.

    - ``grant_detect``: find entities and PHI in a text, and codes of ICD-10-CM, RxNorm and SNOMED CT. ``grant_stream``:
      transcribe while somebody speaks. Neither leaves anything behind.
    - ``grant_detect_jobs``: the same for many texts. Jobs read ``notes/`` and write ``entities/`` of the bucket, by
      ``detection_role``, which Comprehend Medical takes on behalf of this account alone. A job's ``KMSKey`` is left out
      or the bucket's: the bucket takes no other.
    - ``grant_transcribe``: jobs of Transcribe Medical, which read ``audio/`` and write ``transcripts/`` with the rights
      of whoever starts them: refused without ``OutputBucketName``, ``OutputEncryptionKMSKeyId``, the key's ARN, and an
      ``OutputKey`` that begins with ``transcripts/``.
    - ``grant_scribe``: jobs of HealthScribe, in us-east-1 alone, which read ``audio/`` by ``scribe_role``, and write
      under the job's own name, for they take no folder; refused without the bucket's name and its key.
    - Most of their actions know no resource, so that the grants name none, which the library acknowledges; where
      something is written, a condition names bucket and key.

    From a ``PrivateVpc`` they are reached over ``interface_endpoints`` of theirs: ``COMPREHEND_MEDICAL``,
    ``TRANSCRIBE`` and ``TRANSCRIBE_STREAMING`` of CDK's ``InterfaceVpcEndpointAwsService``. They take HTTPS alone.

    AWS may use what its AI services read to improve them, unless the organization opts out: ``Guardrails`` does, and
    ``hipaa-constructs preflight`` asks whether the account is opted out. Source:
    docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_ai-opt-out.html. Names of jobs show in
    CloudTrail: let them say nothing of a patient. What was found is probable, and no diagnosis.

    Meets 164.312(a)(1) access control, 164.312(a)(2)(iv) encryption and decryption and 164.308(a)(7)(ii)(A) data backup
    plan. Supports 164.308(a)(4)(ii)(B) access authorization.

    :param backup_plan: the plan that covers the bucket that is made for jobs; a ``BackupPlan``. Default: none; then
        ``bucket`` is needed.
    :param encryption_key: the key of the bucket that is made. Default: a ``KmsRotatedKey`` of its own.
    :param bucket: for jobs, in this Region, with a copy of its own. Default: one under ``encryption_key``, covered by
        ``backup_plan``.
    :raises ValueError: a Region without Comprehend Medical; neither plan nor bucket, or both; or a bucket in another
        Region.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        backup_plan: ProtectsData | None = None,
        encryption_key: kms.IKey | None = None,
        bucket: EncryptedBucket | None = None,
    ) -> None:
        require_region(
            scope,
            "comprehendmedical",
            kind="services",
            what="Amazon Comprehend Medical",
            fix="Put the construct into a stack of a Region that has it, such as us-east-1.",
        )
        require_bucket(scope, bucket, backup_plan)
        super().__init__(scope, construct_id)
        settle(self, scope, construct_id)

        self._bucket = bucket or EncryptedBucket(
            self,
            "Bucket",
            encryption_key=encryption_key or KmsRotatedKey(self, "Key").key,
            backup_plan=backup_plan,
        )
        self._detection_role = self._define_role("DetectionRole", _COMPREHEND, "comprehendmedical")
        grant_objects(self._detection_role, self._bucket, read="notes/*", put="entities/*", source=_BATCHES)
        self._scribe_role: LeastPrivilegeRole | None = None

    @property
    def bucket(self) -> EncryptedBucket:
        """What jobs read and write."""
        return self._bucket

    @property
    def detection_role(self) -> LeastPrivilegeRole:
        """What Comprehend Medical takes, the ``DataAccessRoleArn`` of a job."""
        return self._detection_role

    @property
    def scribe_role(self) -> LeastPrivilegeRole:
        """What HealthScribe takes, the ``DataAccessRoleArn`` of a job; it is made when it is first asked for.

        :raises ValueError: a Region without HealthScribe.
        """
        if self._scribe_role is None:
            require_region(
                self,
                "healthscribe",
                kind="services",
                what="AWS HealthScribe",
                fix="Put the construct into a stack of us-east-1, or transcribe with grant_transcribe.",
            )
            self._scribe_role = self._define_role("ScribeRole", _TRANSCRIBE, "transcribe")
            grant_objects(self._scribe_role, self._bucket, read="audio/*", put="*", source=_SCRIBE)
            grant_on_key(self._bucket.encryption_key, self._scribe_role, *_ON_KEY)
        return self._scribe_role

    @checked_arguments
    def grant_detect(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal find entities, PHI and codes in texts that it sends."""
        return grant_without_resources(self, grantee, _DETECT)

    @checked_arguments
    def grant_detect_jobs(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal run such jobs, by ``detection_role``; to put texts and read results, let ``bucket`` grant."""
        jobs = grant_without_resources(self, grantee, _DETECTION_JOBS)
        return jobs.combine(grant_passing(grantee, self._detection_role, _COMPREHEND))

    @checked_arguments
    def grant_stream(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal have speech transcribed as it comes."""
        return grant_without_resources(self, grantee, _STREAM)

    @checked_arguments
    def grant_transcribe(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal run transcriptions from ``audio/`` to ``transcripts/``, which it may read and write."""
        placed = {**self._placed(), "StringLike": {"transcribe:OutputKey": "transcripts/*"}}
        starting = self._grant_started(grantee, "MedicalTranscription", "medical-transcription-job", placed)
        objects = grant_objects(grantee, self._bucket, read="audio/*", put="transcripts/*", source=_TRANSCRIBE_ACTIONS)
        return functools.reduce(iam.Grant.combine, objects, starting).combine(
            grant_on_key(self._bucket.encryption_key, grantee, *_ON_KEY)
        )

    @checked_arguments
    def grant_scribe(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal run jobs of HealthScribe, by ``scribe_role``; to put audio, let ``bucket`` grant.

        :raises ValueError: a Region without HealthScribe.
        """
        role = self.scribe_role
        starting = self._grant_started(grantee, "MedicalScribe", "medical-scribe-job", self._placed())
        return starting.combine(grant_passing(grantee, role, _TRANSCRIBE))

    def _placed(self) -> dict[str, Mapping[str, Any]]:
        """Return the conditions that what a job writes goes to the bucket, under its key."""
        return {
            "StringEquals": {
                "transcribe:OutputBucketName": self._bucket.bucket.bucket_name,
                "transcribe:OutputEncryptionKMSKeyId": key_arn(self._bucket.encryption_key),
            }
        }

    def _grant_started(
        self, grantee: iam.IGrantable, kind: str, resource: str, conditions: Mapping[str, Mapping[str, Any]]
    ) -> iam.Grant:
        jobs = arn_in(self, "transcribe", f"{resource}/*")
        starting = grant_without_resources(self, grantee, [f"transcribe:Start{kind}Job"], conditions=conditions)
        following = to_principal(grantee, [f"transcribe:Get{kind}Job"], [jobs])
        acknowledge_wildcards(
            grantee,
            jobs,
            reason="Jobs are named when they are started; what they wrote is in the bucket, and not told by this.",
            source=_TRANSCRIBE_ACTIONS,
        )
        return starting.combine(following)

    def _define_role(self, construct_id: str, principal: str, service: str) -> LeastPrivilegeRole:
        sources = f"{arn_in(self, service, '')}*"
        return define_job_role(self, construct_id, service=principal, store_arn=sources)
