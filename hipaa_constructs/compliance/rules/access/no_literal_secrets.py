"""Passwords, tokens and keys are not written in templates.

Compliant: a dynamic reference to Secrets Manager or Parameter Store, a value of another resource, or a ``NoEcho``
parameter without default. Non-compliant: plain text, also in a branch that no default takes, in a mapping or as a
parameter's default; a parameter that CloudFormation shows to everyone who may describe the stack; a Systems Manager
parameter whose name or value says that it is a secret, or that is given one, as by a ``NoEcho`` parameter, since
CloudFormation can make no ``SecureString``, by which the stack fails, and the value is kept in clear text
(docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ssm-parameter.html); as a warning, one of
that type by itself, and a field of a secret's JSON that is empty by a parameter's default: whoever forgets the
parameter deploys a password or token that is none, and a secret or parameter of which all that stands in plain text is
evidently a placeholder, such as ``REPLACE_ME``, which is a secret once somebody puts it in; of a password that is set
as it stands, such as a database's, it is an error. Not applicable: a resource that sets none of these properties.
TemplateShowsNoSecrets judges what outputs show.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from hipaa_constructs._secret_texts import holds_secret, secret_in
from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, is_one_of
from hipaa_constructs.cloudformation.written import places, written_at
from hipaa_constructs.compliance.facts.json_secrets import PUT_IN_LATER, by_fields, has_fields
from hipaa_constructs.compliance.facts.literal_secrets import (
    is_literal,
    is_placeholder,
    judge_empty,
    judge_exposed,
    judge_placeholder,
    judge_secret,
    made_secret,
    shown,
)
from hipaa_constructs.compliance.facts.outside_secrets import is_of_others, with_change
from hipaa_constructs.compliance.facts.startup import read_in
from hipaa_constructs.compliance.fix import Choose, Fix
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, worst

_AD = "SelfManagedActiveDirectoryConfiguration.Password"
_MASTER = ("MasterUserPassword",)
_DOMAIN = ("AdvancedSecurityOptions.MasterUserOptions.MasterUserPassword",)
# Where each type takes a secret.
PATHS: Mapping[str, tuple[str, ...]] = {
    "AWS::AmazonMQ::Broker": ("Users[].Password", "LdapServerMetadata.ServiceAccountPassword"),
    "AWS::Amplify::App": ("AccessToken", "OauthToken", "BasicAuthConfig.Password"),
    "AWS::Amplify::Branch": ("BasicAuthConfig.Password",),
    "AWS::ApiGateway::ApiKey": ("Value",),
    "AWS::CodeBuild::Project": ("Source.Location", "SecondarySources[].Location", "Source.BuildSpec"),
    "AWS::CodeBuild::SourceCredential": ("Token",),
    "AWS::CodePipeline::Pipeline": ("Stages[].Actions[].Configuration.OAuthToken",),
    "AWS::CodePipeline::Webhook": ("AuthenticationConfiguration.SecretToken",),
    "AWS::Cognito::UserPoolIdentityProvider": ("ProviderDetails.client_secret",),
    "AWS::DMS::Endpoint": ("Password", "MongoDbSettings.Password"),
    "AWS::DataSync::LocationObjectStorage": ("SecretKey",),
    "AWS::DataSync::LocationSMB": ("Password",),
    "AWS::DirectoryService::MicrosoftAD": ("Password",),
    "AWS::DirectoryService::SimpleAD": ("Password",),
    "AWS::DocDB::DBCluster": _MASTER,
    "AWS::DocDBElastic::Cluster": ("AdminUserPassword",),
    "AWS::EMR::Cluster": (
        "KerberosAttributes.KdcAdminPassword",
        "KerberosAttributes.ADDomainJoinPassword",
        "KerberosAttributes.CrossRealmTrustPrincipalPassword",
    ),
    "AWS::EC2::VPNConnection": ("VpnTunnelOptionsSpecifications[].PreSharedKey",),
    "AWS::ElastiCache::ReplicationGroup": ("AuthToken",),
    "AWS::ElastiCache::User": ("Passwords[]", "AuthenticationMode.Passwords[]"),
    "AWS::ElasticLoadBalancingV2::Listener": ("DefaultActions[].AuthenticateOidcConfig.ClientSecret",),
    "AWS::ElasticLoadBalancingV2::ListenerRule": ("Actions[].AuthenticateOidcConfig.ClientSecret",),
    "AWS::Elasticsearch::Domain": _DOMAIN,
    "AWS::Events::Connection": (
        "AuthParameters.ApiKeyAuthParameters.ApiKeyValue",
        "AuthParameters.BasicAuthParameters.Password",
        "AuthParameters.OAuthParameters.ClientParameters.ClientSecret",
    ),
    "AWS::FSx::FileSystem": (
        f"WindowsConfiguration.{_AD}",
        "OntapConfiguration.FsxAdminPassword",
    ),
    "AWS::FSx::StorageVirtualMachine": (
        "SvmAdminPassword",
        f"ActiveDirectoryConfiguration.{_AD}",
    ),
    "AWS::Glue::Connection": ("ConnectionInput.ConnectionProperties.PASSWORD",),
    "AWS::IAM::User": ("LoginProfile.Password",),
    "AWS::ImageBuilder::Component": ("Data",),
    "AWS::KinesisFirehose::DeliveryStream": (
        "RedshiftDestinationConfiguration.Password",
        "SplunkDestinationConfiguration.HECToken",
        "HttpEndpointDestinationConfiguration.EndpointConfiguration.AccessKey",
    ),
    "AWS::Lightsail::Database": ("MasterUserPassword",),
    "AWS::MemoryDB::User": ("AuthenticationMode.Passwords[]",),
    "AWS::OpenSearchService::Domain": _DOMAIN,
    "AWS::QuickSight::DataSource": ("Credentials.CredentialPair.Password",),
    "AWS::RDS::DBCluster": _MASTER,
    "AWS::RDS::DBInstance": (*_MASTER, "TdeCredentialPassword"),
    "AWS::Redshift::Cluster": _MASTER,
    "AWS::RedshiftServerless::Namespace": ("AdminUserPassword",),
    "AWS::SSM::Document": ("Content",),
    "AWS::SecretsManager::Secret": ("SecretString",),
    "AWS::Timestream::InfluxDBInstance": ("Password",),
}
_SECRET, STORE = "AWS::SecretsManager::Secret", "AWS::SSM::Parameter"
# What is no secret itself, but may carry one.
CARRIERS = frozenset({"AWS::CodeBuild::Project", "AWS::ImageBuilder::Component", "AWS::SSM::Document"})
# Where a buildspec has names of secrets and parameters, as YAML and as JSON:
# docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html
_NAMED = re.compile(
    r"^(\s*)(secrets-manager|parameter-store):[^\n]*\n(\1[ \t]+[^\n]*(\n|$)|\s*\n)*|"
    r'"(secrets-manager|parameter-store)"\s*:\s*\{[^{}]*\}',
    re.MULTILINE,
)


def _judge(resource: Resource, path: str) -> Iterator[Verdict]:
    name = path.replace("[]", "")
    if resource.type in CARRIERS:
        for text in _texts(resource, path):
            kind = secret_in(_NAMED.sub("", text))
            yield PASSED if kind is None else failed(f"{name} holds {kind} in plain text.")
        return
    for written in written_at(resource, path):
        yield judge_secret(written, name, filled_later=resource.type == _SECRET)


def _texts(resource: Resource, path: str) -> Iterator[str]:
    """Yield each text at a path or within what stands there, as documents are written as objects too."""
    for template, value in places(resource.template, resource.raw.get("Properties"), path):
        yield from (shown(written) for _, written in read_in(template, path, value))


def _is_refused(parameter: Resource) -> bool:
    return is_one_of(parameter.get("Type"), "SecureString") is Ternary.YES


def _stored(parameter: Resource) -> Iterator[Verdict]:
    if _is_refused(parameter):
        yield failed("Type is SecureString, which CloudFormation refuses: the stack fails.", severity="warning")
    name = parameter.get("Name")
    last = str(name).rpartition("/")[2] if isinstance(name, str) else ""
    for written in written_at(parameter, "Value"):
        value = shown(written)
        kind = secret_in(value)
        if kind is not None:
            yield failed(f"Value holds {kind} in plain text.")
        elif is_literal(written) and holds_secret(last, value):
            placeholder = is_placeholder(written)
            yield (
                judge_placeholder(value, f"Value of the parameter {last}")
                if placeholder
                else failed(f"Value of the parameter {last} stands in the template in plain text.")
            )
        else:
            yield judge_exposed(written, last or "Value", " in Parameter Store")


def check(resource: Resource) -> Verdict:
    if resource.type == STORE:
        return worst([PASSED, *_stored(resource)])
    found = [verdict for path in PATHS[resource.type] for verdict in _judge(resource, path)]
    return worst([*found, *(judge_empty(resource, "SecretString") if resource.type == _SECRET else ())])


_REFERENCE = Choose("a dynamic reference such as {{resolve:secretsmanager:NAME:SecretString:KEY}}")
_VALUE = "cdk.SecretValue.secrets_manager(<a secret>)"
_LOGIN = "rds.Credentials.from_generated_secret(<a user name>, encryption_key=<a key>)"
# Where the L2 takes the secret.
_CDK: Mapping[str, tuple[str, ...]] = {
    "AWS::CodePipeline::Pipeline": (f"codepipeline_actions.GitHubSourceAction(oauth_token={_VALUE})",),
    "AWS::CodePipeline::Webhook": (f"codepipeline_actions.GitHubSourceAction(oauth_token={_VALUE})",),
    "AWS::Cognito::UserPoolIdentityProvider": (
        f"cognito.UserPoolIdentityProviderGoogle(client_secret_value={_VALUE})",
    ),
    "AWS::DocDB::DBCluster": (
        "docdb.DatabaseCluster(master_user=docdb.Login(username=<a user name>, kms_key=<a key>))",
    ),
    "AWS::ElasticLoadBalancingV2::Listener": (f"elbv2.ListenerAction.authenticate_oidc(client_secret={_VALUE})",),
    "AWS::ElasticLoadBalancingV2::ListenerRule": (f"elbv2.ListenerAction.authenticate_oidc(client_secret={_VALUE})",),
    "AWS::Elasticsearch::Domain": (
        "elasticsearch.Domain(fine_grained_access_control="
        f"elasticsearch.AdvancedSecurityOptions(master_user_password={_VALUE}))",
    ),
    "AWS::Events::Connection": (
        f"events.Connection(authorization=events.Authorization.basic(<a user name>, {_VALUE}))",
        f"events.Connection(authorization=events.Authorization.api_key(<a name>, {_VALUE}))",
    ),
    "AWS::OpenSearchService::Domain": (
        "opensearchservice.Domain(fine_grained_access_control="
        f"opensearchservice.AdvancedSecurityOptions(master_user_password={_VALUE}))",
    ),
    "AWS::RDS::DBCluster": (f"rds.DatabaseCluster(credentials={_LOGIN})",),
    "AWS::RDS::DBInstance": (f"rds.DatabaseInstance(credentials={_LOGIN})",),
}
_CONSTRUCTS = {"AWS::RDS::DBCluster": ("SslRds",), "AWS::RDS::DBInstance": ("SslRds",)}
_GENERATED = "secretsmanager.Secret(generate_secret_string=secretsmanager.SecretStringGenerator())"
_PUT_IN = (
    "No generated one stands in for it, since another side knows it: an AWS::SecretsManager::Secret holds it without "
    "SecretString, into which it is put by hand after deployment, or with that of a NoEcho parameter without default; "
    "what needs it has the secret's ARN. What stands here is changed at the other side, since others may have read it."
)
_KEPT = (
    "An AWS::SecretsManager::Secret with GenerateSecretString holds it, or one into which it is put by hand after "
    "deployment, where another side gave it; what needs it has the secret's ARN."
)
# docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ssm-parameter.html
_REFUSED = (
    "CloudFormation makes no SecureString: a parameter of that type is made by other means, such as aws ssm "
    "put-parameter, and one of Type: String holds no secret."
)
_MAKER = "of what makes it"


def _of_another(fix: Fix, parameter: Resource) -> Fix:
    """Name which attribute of another resource is the secret, so that the template makes and generates no other."""
    said = fix.beside.replace(_MAKER, made_secret(parameter, "Value"), 1)
    return replace(fix, beside=f"{said} {_REFUSED}" if _is_refused(parameter) else said)


# What takes no reference, or does without a secret.
_SPECIAL = (
    Fix(("AWS::ApiGateway::ApiKey",), beside="Leave Value out: API Gateway makes one."),
    Fix(
        ("AWS::CodeBuild::Project",),
        beside="The URLs in Source.Location and SecondarySources have no user and password; an "
        "AWS::CodeBuild::SourceCredential holds what signs in, by a dynamic reference in Token. BuildSpec names "
        "secrets under env, secrets-manager, and has none.",
    ),
    Fix(
        ("AWS::ImageBuilder::Component", "AWS::SSM::Document"),
        beside="Its commands call aws secretsmanager get-secret-value by the instance's role.",
    ),
    Fix(
        ("AWS::IAM::User",),
        beside="Leave LoginProfile out; people take a role by their identity provider.",
        constructs=("WorkforceRoles",),
    ),
    Fix(
        (STORE,),
        beside="In place of the parameter, an AWS::SecretsManager::Secret has it, with SecretString: !GetAtt "
        f"{_MAKER}; what needs it has the secret's ARN.",
        cdk=("secretsmanager.Secret(secret_string_value=<the secret>)",),
        when=lambda parameter: bool(made_secret(parameter, "Value")),
        tailor=_of_another,
    ),
    Fix(
        (STORE,),
        beside=f"{_PUT_IN} {_REFUSED}",
        when=lambda parameter: _is_refused(parameter) and is_of_others(parameter, "Value"),
    ),
    Fix((STORE,), beside=_PUT_IN, when=lambda parameter: is_of_others(parameter, "Value")),
    Fix((STORE,), beside=f"{_KEPT} {_REFUSED}", cdk=(_GENERATED,), when=_is_refused),
    Fix((STORE,), beside=_KEPT, cdk=(_GENERATED,)),
    Fix((_SECRET,), beside=_PUT_IN, when=has_fields, tailor=by_fields),
    Fix((_SECRET,), beside=_PUT_IN, when=lambda secret: is_of_others(secret, "SecretString")),
    Fix(
        (_SECRET,),
        template="GenerateSecretString stands in place of SecretString.",
        beside=PUT_IN_LATER,
        cdk=(_GENERATED,),
    ),
)


def _fix(kind: str, paths: tuple[str, ...]) -> Fix:
    cdk, constructs = _CDK.get(kind, ()), _CONSTRUCTS.get(kind, ())
    if len(paths) > 1:
        # Few resources have all of them.
        names = ", ".join(path.replace("[]", "") for path in paths)
        told = f"Whichever is set of {names} has {_REFERENCE}."
        return Fix((kind,), template=told, cdk=cdk, constructs=constructs)
    path = paths[0]
    value = [_REFERENCE] if path.endswith("[]") else _REFERENCE
    return Fix((kind,), {path.removesuffix("[]"): value}, cdk=cdk, constructs=constructs)


# What takes the secret away by itself.
_GONE = ("AWS::ApiGateway::ApiKey", "AWS::IAM::User")


def _fixes() -> Iterator[Fix]:
    yield from _SPECIAL
    for kind, paths in PATHS.items():
        if not any(kind in fix.resource_types for fix in _SPECIAL):
            yield _fix(kind, paths)


RULE = Rule(
    name="NoLiteralSecrets",
    severity="error",
    resource_types=(*PATHS, STORE),
    controls=("164.308(a)(5)(ii)(D)", "164.312(a)(1)"),
    fix="Let Secrets Manager make the secret, or keep the one that another side gave, and refer to it.",
    fixes=tuple(fix if fix.resource_types[0] in _GONE else with_change(fix) for fix in _fixes()),
    check=check,
)
