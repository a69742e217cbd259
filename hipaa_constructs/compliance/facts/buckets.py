"""What buckets are for, apart from logs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.naming import names
from hipaa_constructs.cloudformation.values import (
    Ternary,
    Text,
    any_of,
    dig,
    is_one_of,
    is_present,
    is_true,
    same,
    spread,
)
from hipaa_constructs.compliance.facts.built_files import is_filled_by_deployments
from hipaa_constructs.compliance.facts.cdk_functions import is_cdk_helper
from hipaa_constructs.compliance.facts.functions import FUNCTION, is_custom, serves_deployment_only
from hipaa_constructs.compliance.facts.mentions import users_of
from hipaa_constructs.compliance.facts.uploads import takes_uploads

_BUCKET = "AWS::S3::Bucket"
_DISTRIBUTION = "AWS::CloudFront::Distribution"
_PIPELINE = "AWS::CodePipeline::Pipeline"
_CONFIG = "DistributionConfig"
# Where code is taken from when it is deployed, by type.
_CODE: Mapping[str, str] = {
    "AWS::ElasticBeanstalk::ApplicationVersion": "SourceBundle.S3Bucket",
    "AWS::Lambda::Function": "Code.S3Bucket",
    "AWS::Lambda::LayerVersion": "Content.S3Bucket",
}
# The Serverless Framework makes it under this id for packages of code and its templates alone:
# serverless.com/framework/docs/providers/aws/guide/deploying.
_OF_SERVERLESS = "ServerlessDeploymentBucket"
_DEPLOYMENT = "Custom::CDKBucketDeployment"
# Who keeps what it can make anew, and where it names the bucket.
_MADE: Mapping[str, tuple[str, ...]] = {
    "AWS::Athena::WorkGroup": ("WorkGroupConfiguration.ResultConfiguration.OutputLocation",),
    "AWS::CodeBuild::Project": ("Artifacts.Location", "Cache.Location", "SecondaryArtifacts[].Location"),
    _DEPLOYMENT: ("DestinationBucketName",),
}
# What says of a bucket who may use it, and puts nothing into it.
_GOVERNING = (
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::S3::BucketPolicy",
    "Custom::S3AutoDeleteObjects",
)
_BESIDE = (*_GOVERNING, _DISTRIBUTION)
# Who uses a pipeline's bucket for nothing but software.
_OF_SOFTWARE = (*_GOVERNING, _PIPELINE, "AWS::CodeBuild::Project")
_STORES = ("ArtifactStore.Location", "ArtifactStores[].ArtifactStore.Location")


def is_web_site(bucket: Resource) -> bool:
    """Whether a bucket is a web site, which shows its files to visitors and has them from a build.

    It says so itself, or is where a distribution has its first page from. One that takes uploads is a store beside.
    """
    if takes_uploads(bucket):
        return False
    return is_present(bucket.get("WebsiteConfiguration")) is Ternary.YES or _has_first_page(bucket)


def is_read_at_website(bucket: Resource) -> bool:
    """Whether S3's website endpoint shows the objects, which takes them neither by TLS nor signed, as KMS asks for.

    docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html and UsingKMSEncryption.html there.
    """
    return is_present(bucket.get("WebsiteConfiguration.IndexDocument")) is Ternary.YES


def is_site_of_distribution(bucket: Resource) -> bool:
    """Whether a bucket is a web site that a distribution shows to every visitor, and S3 itself to none."""
    at_s3 = is_present(bucket.get("WebsiteConfiguration")) is not Ternary.NO
    return not at_s3 and not takes_uploads(bucket) and _has_first_page(bucket)


def _has_first_page(bucket: Resource) -> bool:
    return bool(bucket.template.app.told(bucket, "web sites", (_DISTRIBUTION,), _first_pages))


def _first_pages(distribution: Resource) -> Iterator[tuple[Resource, None]]:
    root, first = (distribution.get(f"{_CONFIG}.{path}") for path in ("DefaultRootObject", "DefaultCacheBehavior"))
    page = root.lower() if isinstance(root, str) else ""
    for origin in spread(distribution.properties, f"{_CONFIG}.Origins[]") if page.endswith((".htm", ".html")) else ():
        bucket = distribution.template.target(dig(origin, "DomainName"), _BUCKET)
        if bucket is not None and same(dig(origin, "Id"), dig(first, "TargetOriginId")):
            yield bucket, None


def holds_artifacts(bucket: Resource) -> bool:
    """Whether a bucket is for what a pipeline hands from stage to stage, or for code, which are made from a source.

    A bucket that tells anybody what is put into it is for more than code.
    """
    app = bucket.template.app
    if bucket.logical_id == _OF_SERVERLESS or any(app.referring(bucket, _PIPELINE, path) for path in _STORES):
        return True
    if is_present(bucket.get("NotificationConfiguration")) is not Ternary.NO:
        return False
    return any(app.referring(bucket, kind, path) for kind, path in _CODE.items())


def is_origin(bucket: Resource) -> bool:
    """Whether a distribution of CloudFront reads a bucket."""
    return bool(bucket.template.app.told(bucket, "origins", (_DISTRIBUTION,), _origins))


def _origins(distribution: Resource) -> Iterator[tuple[Resource, None]]:
    for domain in spread(distribution.properties, f"{_CONFIG}.Origins[].DomainName"):
        bucket = distribution.template.target(domain, _BUCKET)
        if bucket is not None:
            yield bucket, None


def holds_software_alone(bucket: Resource) -> bool:
    """Whether a bucket is a pipeline's, the Serverless Framework's or one of what deployments put there, and no more.

    What passes from stage to stage is source and what is built of it, and what functions and layers are deployed from
    was copied there by a deployment: no record of a patient. What another stack of the app may use it for is not known;
    an export alone, from the only one, tells of nobody who does.
    """
    return _is_of_software(bucket) or is_filled_by_deployments(bucket)


def _is_of_software(bucket: Resource) -> bool:
    app = bucket.template.app
    framework = bucket.logical_id == _OF_SERVERLESS
    of_code = _is_deployed_from(bucket)
    if not framework and not of_code and not any(app.referring(bucket, _PIPELINE, path) for path in _STORES):
        return False
    # The framework exports the name by itself, for its own command line.
    users = users_of(bucket, shown=framework or len(app.templates) == 1)
    return users is not None and all(
        user.type in _OF_SOFTWARE or _takes_code_alone(user, bucket) or (of_code and _copies(user)) for user in users
    )


def _is_deployed_from(bucket: Resource) -> bool:
    """Whether code is deployed from a bucket into which no program of the app puts anything, nor tells of it."""
    return (
        any(bucket.template.app.referring(bucket, kind, path) for kind, path in _CODE.items())
        and is_present(bucket.get("NotificationConfiguration")) is Ternary.NO
        and not takes_uploads(bucket, of_machines=True)
    )


def _copies(user: Resource) -> bool:
    """Whether it is there for deployments alone: a custom resource, or the function behind one."""
    return is_custom(user) or (user.type == FUNCTION and (serves_deployment_only(user) or is_cdk_helper(user)))


def _takes_code_alone(user: Resource, bucket: Resource) -> bool:
    """Whether what takes its code from a bucket names it for nothing else, such as to write there."""
    code = _CODE.get(user.type)
    properties = user.raw.get("Properties")
    if code is None or not isinstance(properties, Mapping):
        return False
    return not names({key: value for key, value in properties.items() if key != code.split(".")[0]}, bucket.logical_id)


def is_made_again(bucket: Resource) -> bool:
    """Whether what a bucket holds is built from a source that is kept elsewhere."""
    return is_web_site(bucket) or holds_artifacts(bucket) or is_filled_by_deployments(bucket)


def is_likely_made_again(bucket: Resource) -> bool:
    """Whether all that the app does with a bucket is to keep what it can make anew, as far as its templates show.

    Results of queries come from the tables that were asked, artifacts of builds from their source, and what a
    deployment of CDK's copies behind a distribution from files of the app. Another name than CloudFormation's own may
    be said elsewhere, unless it is a plain text that nothing of the template says.
    """
    app = bucket.template.app
    made = {id(user) for kind, paths in _MADE.items() for path in paths for user in app.referring(bucket, kind, path)}
    users = users_of(bucket) if made else None
    if users is None or is_present(bucket.get("NotificationConfiguration")) is not Ternary.NO:
        return False
    kinds = {user.type for user in users if id(user) in made}
    if kinds == {_DEPLOYMENT} and not any(user.type == _DISTRIBUTION for user in users):
        return False
    return bool(kinds) and all(id(user) in made or user.type in _BESIDE for user in users) and not _said(bucket)


def _said(bucket: Resource) -> bool:
    """Whether something besides may say the name of a bucket, which is its owner's choice."""
    name = bucket.get("BucketName")
    if name is None:
        return False
    others = (other for template in bucket.template.app.sources for other in template.resources.values())
    return (
        not isinstance(name, str)
        or isinstance(name, Text)
        or any(other is not bucket and name in json.dumps(other.raw, default=str) for other in others)
    )


def keeps_versions(bucket: Resource) -> Ternary:
    """Whether a bucket keeps the versions that are overwritten or deleted, as Object Lock has it do by itself."""
    locked = is_true(bucket.get("ObjectLockEnabled", False)) is Ternary.YES
    if locked and bucket.get("VersioningConfiguration") is None:
        return Ternary.YES
    return is_one_of(bucket.get("VersioningConfiguration.Status"), "Enabled")


def replicates(bucket: Resource) -> Ternary:
    """Whether a bucket's objects are copied to another one."""
    states = spread(bucket.properties, "ReplicationConfiguration.Rules[].Status")
    return any_of(is_one_of(state, "Enabled") for state in states)
