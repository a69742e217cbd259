from __future__ import annotations

from aws_cdk import aws_healthimaging as healthimaging
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments
from hipaa_constructs._names import KEPT
from hipaa_constructs._regions import require_region
from hipaa_constructs._stacks import settle
from hipaa_constructs.clinical.jobs import (
    define_job_role,
    grant_jobs,
    grant_objects,
    require_bucket,
)
from hipaa_constructs.clinical.pinned import pin, warn_of_stack_tags
from hipaa_constructs.primitives.arns import key_arn
from hipaa_constructs.primitives.backup_protocol import ProtectsData
from hipaa_constructs.primitives.granting import to_principal
from hipaa_constructs.primitives.key_policy import grant_on_key
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.primitives.service_grants import grant_healthimaging
from hipaa_constructs.primitives.wildcards import acknowledge_wildcards
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket

_HEALTHIMAGING = "medical-imaging.amazonaws.com"
# docs.aws.amazon.com/service-authorization/latest/reference/list_awshealthimaging.html
_READ = (
    "medical-imaging:GetDICOMInstance",
    "medical-imaging:GetDICOMInstanceFrames",
    "medical-imaging:GetDICOMInstanceMetadata",
    "medical-imaging:GetDICOMSeriesMetadata",
    "medical-imaging:GetDatastore",
    "medical-imaging:GetImageFrame",
    "medical-imaging:GetImageSet",
    "medical-imaging:GetImageSetMetadata",
    "medical-imaging:ListImageSetVersions",
    "medical-imaging:SearchDICOMInstances",
    "medical-imaging:SearchDICOMSeries",
    "medical-imaging:SearchDICOMStudies",
    "medical-imaging:SearchImageSets",
)
_WRITE = (
    "medical-imaging:CopyImageSet",
    "medical-imaging:DeleteImageSet",
    "medical-imaging:UpdateImageSetMetadata",
)
_IMPORT = (
    "medical-imaging:GetDICOMImportJob",
    "medical-imaging:ListDICOMImportJobs",
    "medical-imaging:StartDICOMImportJob",
)
# docs.aws.amazon.com/healthimaging/latest/devguide/data-encryption.html
_DECRYPT = ("kms:Decrypt", "kms:DescribeKey")
_ENCRYPT = (*_DECRYPT, "kms:GenerateDataKey")


class ImagingStore(Construct):
    """A DICOM store of AWS HealthImaging under a customer key, that no tag and no name makes anew.

    - Name, key and tags are set when a store is made, and CloudFormation answers a change of one, or of the logical id,
      with a new, empty store. So it has no name, and no tag of the app or the stack goes into its properties. Store and
      key stay when another is made and when the stack goes. What the app's context says under
      ``hipaa-constructs:stores`` of the store's key and logical id, synthesis holds it to, and shows what to write
      there until it does.
    - The tags of the stack itself CloudFormation gives to what is in it, past the template: synthesis warns of them.
      Have ``@aws-cdk/core:explicitStackTags`` set in the context of cdk.json, so that ``Tags.of(app)`` tags resources
      alone; tags of a deployment (``cdk deploy --tags``) no app sees.
    - Imports read from the bucket, by ``import_role`` and on behalf of this store alone, and write what came of them to
      ``import-results/``. AWS Backup does not know HealthImaging, and HealthImaging exports nothing: what the bucket
      keeps of the files that were imported is the copy that a new store can be filled from. What was changed in the
      store is in no copy, and what is not imported from the bucket neither.
    - Nobody may ask before ``grant_read``, ``grant_read_write`` and ``grant_import``, which bring what they need of the
      key. HealthImaging takes HTTPS alone.

    Meets 164.312(a)(1) access control, 164.312(a)(2)(iv) encryption and decryption and 164.312(c)(1) integrity.
    Supports 164.308(a)(4)(ii)(B) access authorization and 164.308(a)(7)(i) contingency plan.

    :param backup_plan: the plan that covers the bucket that is made for imports; a ``BackupPlan``. Default: none; then
        ``bucket`` is needed.
    :param encryption_key: the key of the store and of the bucket that is made; it cannot be changed later.
        Default: a ``KmsRotatedKey`` of its own.
    :param bucket: for imports, in this Region, with a copy of its own. Default: one under ``encryption_key``, covered
        by ``backup_plan``.
    :raises ValueError: a Region without HealthImaging, as in GovCloud; neither plan nor bucket, or both; or a bucket in
        another Region.
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
            "AWS::HealthImaging::Datastore",
            what="AWS HealthImaging",
            fix="Put the store into a stack of a Region that has it, such as us-east-1.",
        )
        require_bucket(scope, bucket, backup_plan)
        super().__init__(scope, construct_id)
        settle(self, scope, construct_id)

        self._key = encryption_key or KmsRotatedKey(self, "Key").key
        grant_healthimaging(self._key)
        self._bucket = bucket or EncryptedBucket(self, "Bucket", encryption_key=self._key, backup_plan=backup_plan)
        self._data_store = healthimaging.CfnDatastore(self, "Resource", kms_key_arn=key_arn(self._key))
        self._data_store.add_property_deletion_override("Tags")
        self._data_store.apply_removal_policy(KEPT)
        pin(self, self._data_store, self._key)
        warn_of_stack_tags(self, what="HealthImaging")
        self._import_role = define_job_role(
            self, "ImportRole", service=_HEALTHIMAGING, store_arn=self._data_store.attr_datastore_arn
        )
        grant_objects(
            self._import_role,
            self._bucket,
            read="*",
            put="import-results/*",
            source="docs.aws.amazon.com/healthimaging/latest/devguide/getting-started-setting-up.html",
        )

    @property
    def data_store(self) -> healthimaging.CfnDatastore:
        """The store itself."""
        return self._data_store

    @property
    def bucket(self) -> EncryptedBucket:
        """Where imports come from."""
        return self._bucket

    @property
    def import_role(self) -> LeastPrivilegeRole:
        """What HealthImaging takes for imports, the ``dataAccessRoleArn`` of a job."""
        return self._import_role

    @property
    def encryption_key(self) -> kms.IKey:
        """The key of the store."""
        return self._key

    @checked_arguments
    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal search, read and decrypt images and what is said of them."""
        return self._grant(grantee, _READ, _DECRYPT)

    @checked_arguments
    def grant_read_write(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal search, read, copy, change and delete images; to add some, let it import them."""
        return self._grant(grantee, (*_READ, *_WRITE), _ENCRYPT)

    @checked_arguments
    def grant_import(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal import what is in the bucket, by ``import_role``; to put it there, let the bucket grant."""
        arn = self._data_store.attr_datastore_arn
        starting = grant_jobs(grantee, *_IMPORT, store_arn=arn, role=self._import_role, service=_HEALTHIMAGING)
        return starting.combine(grant_on_key(self._key, grantee, *_ENCRYPT))

    def _grant(self, grantee: iam.IGrantable, actions: tuple[str, ...], on_key: tuple[str, ...]) -> iam.Grant:
        arn = self._data_store.attr_datastore_arn
        images = to_principal(grantee, actions, [arn, f"{arn}/imageset/*"])
        acknowledge_wildcards(
            grantee,
            f"{arn}/imageset/*",
            reason="HealthImaging names each image set by an id of its own when it is imported; the wildcard stays "
            "within one store.",
            source="docs.aws.amazon.com/service-authorization/latest/reference/list_awshealthimaging.html",
        )
        return images.combine(grant_on_key(self._key, grantee, *on_key))
