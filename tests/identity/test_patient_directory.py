from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import botocore.session
import pytest
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Template
from botocore.validate import ParamValidator
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.cloudformation.load import assembly
from hipaa_constructs.compute.private_function import PrivateFunction
from hipaa_constructs.edge.private_api import PrivateApi
from hipaa_constructs.edge.web_firewall import WebFirewall
from hipaa_constructs.evidence.checks import Names
from hipaa_constructs.evidence.inventory import stores_of
from hipaa_constructs.evidence.reach import reach_of
from hipaa_constructs.identity.patient_directory import PatientDirectory
from hipaa_constructs.network.private_vpc import PrivateVpc
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.testing import assert_no_findings, template_of
from tests.dependencies import dependencies, in_circles
from tests.edge.support import CERTIFICATE, new_stack, only, resources
from tests.policy_evaluator import allowed
from tests.storage.policies import literal

POOL = "AWS::Cognito::UserPool"
CLIENT = "AWS::Cognito::UserPoolClient"
DOMAIN = "AWS::Cognito::UserPoolDomain"
CALLBACK = "https://portal.clinic.example/signed-in"
POOL_ARN = "arn:<AWS::Partition>:cognito-idp:us-east-1:111122223333:userpool/us-east-1_1"
CONTEXT = "kms:EncryptionContext:aws:cognito-idp:userpool-arn"


def directory_in(stack: cdk.Stack, **arguments: Any) -> PatientDirectory:
    address = {} if "domain_name" in arguments else {"domain_prefix": "clinic-patients"}
    return PatientDirectory(stack, "Patients", **{**address, **arguments})


def own_domain(stack: cdk.Stack, *, certificate: str = CERTIFICATE) -> dict[str, Any]:
    imported = acm.Certificate.from_certificate_arn(stack, "Certificate", certificate)
    return {"domain_name": "login.clinic.example", "certificate": imported}


def portal_of(directory: PatientDirectory, **arguments: Any) -> cognito.UserPoolClient:
    defaults: dict[str, Any] = {"callback_urls": [CALLBACK], "scopes": ["patient/*.rs"]}
    return directory.add_app("Portal", **{**defaults, **arguments})


def logical_id(template: dict[str, Any], kind: str) -> str:
    (name,) = (name for name, one in template["Resources"].items() if one["Type"] == kind)
    return name


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    stack = new_stack()
    portal_of(directory_in(stack))
    return template_of(stack)


@pytest.fixture(scope="module")
def with_passkeys() -> dict[str, Any]:
    stack = new_stack()
    portal_of(directory_in(stack, **own_domain(stack)))
    return template_of(stack)


def test_snapshot(template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert template == snapshot


@pytest.mark.parametrize("region", ["us-east-1", "us-gov-west-1", None])
def test_has_no_findings(region: str | None, app: cdk.App) -> None:
    env = cdk.Environment(account="111122223333", region=region) if region else None
    stack = cdk.Stack(app, "Clinic", env=env)
    directory = directory_in(stack)
    portal_of(directory)
    role = LeastPrivilegeRole(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    directory.grant_manage_users(role)
    assert_no_findings(app, all_packs=True)


def test_has_no_findings_under_a_domain_of_its_own(app: cdk.App, stack: cdk.Stack) -> None:
    portal_of(directory_in(stack, **own_domain(stack)), generate_secret=True)
    assert_no_findings(app, all_packs=True)


def test_authentication_asks_for_a_second_factor_that_is_no_message(template: dict[str, Any]) -> None:
    pool = only(template, POOL)
    assert (pool["MfaConfiguration"], pool["EnabledMfas"]) == ("ON", ["SOFTWARE_TOKEN_MFA"])
    assert "SmsConfiguration" not in pool
    assert pool["Policies"]["SignInPolicy"] == {"AllowedFirstAuthFactors": ["PASSWORD"]}
    assert not {name for name in pool if name.startswith("WebAuthn")}


def test_a_remembered_device_replaces_no_factor(template: dict[str, Any]) -> None:
    devices = only(template, POOL)["DeviceConfiguration"]
    assert devices == {"ChallengeRequiredOnNewDevice": False, "DeviceOnlyRememberedOnUserPrompt": True}


def test_authentication_by_a_passkey_is_both_factors(with_passkeys: dict[str, Any]) -> None:
    pool = only(with_passkeys, POOL)
    assert pool["Policies"]["SignInPolicy"]["AllowedFirstAuthFactors"] == ["PASSWORD", "WEB_AUTHN"]
    assert pool["WebAuthnRelyingPartyID"] == "login.clinic.example"
    assert pool["WebAuthnUserVerification"] == "required"
    assert pool["WebAuthnFactorConfiguration"] == "MULTI_FACTOR_WITH_USER_VERIFICATION"
    assert pool["MfaConfiguration"] == "ON"


def test_password_management_asks_for_15_characters(template: dict[str, Any]) -> None:
    policy = only(template, POOL)["Policies"]["PasswordPolicy"]
    assert (policy["MinimumLength"], policy["TemporaryPasswordValidityDays"]) == (15, 7)


def test_access_control_lets_administrators_alone_make_users(template: dict[str, Any]) -> None:
    pool = only(template, POOL)
    assert pool["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    assert "LambdaConfig" not in pool


def test_an_address_counts_once_it_is_verified(template: dict[str, Any]) -> None:
    pool = only(template, POOL)
    assert pool["UserAttributeUpdateSettings"] == {"AttributesRequireVerificationBeforeUpdate": ["email"]}
    assert pool["AccountRecoverySetting"]["RecoveryMechanisms"] == [{"Name": "verified_email", "Priority": 1}]
    assert pool["UsernameConfiguration"] == {"CaseSensitive": False}


def test_access_control_by_threat_protection(template: dict[str, Any]) -> None:
    pool = only(template, POOL)
    assert pool["UserPoolTier"] == "PLUS"
    assert pool["UserPoolAddOns"]["AdvancedSecurityMode"] == "ENFORCED"
    assert pool["UserPoolAddOns"]["AdvancedSecurityAdditionalFlows"] == {"CustomAuthMode": "ENFORCED"}
    risks = only(template, "AWS::Cognito::UserPoolRiskConfigurationAttachment")
    assert (risks["UserPoolId"], risks["ClientId"]) == ({"Ref": logical_id(template, POOL)}, "ALL")
    actions = risks["AccountTakeoverRiskConfiguration"]["Actions"]
    assert actions["HighAction"]["EventAction"] == "BLOCK"
    assert actions["MediumAction"]["EventAction"] == "MFA_REQUIRED"
    assert risks["CompromisedCredentialsRiskConfiguration"]["Actions"] == {"EventAction": "BLOCK"}


def test_audit_controls_by_a_bucket_of_sign_ins(template: dict[str, Any]) -> None:
    delivery = template["Resources"][logical_id(template, "AWS::Cognito::LogDeliveryConfiguration")]
    (log,) = delivery["Properties"]["LogConfigurations"]
    assert (log["EventSource"], log["LogLevel"]) == ("userAuthEvents", "INFO")
    bucket = template["Resources"][log["S3Configuration"]["BucketArn"]["Fn::GetAtt"][0]]
    (rule,) = bucket["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    # The delivery writes a test file, for which the policy has to be there.
    (policy,) = delivery["DependsOn"] if isinstance(delivery["DependsOn"], list) else [delivery["DependsOn"]]
    document = literal(template["Resources"][policy]["Properties"]["PolicyDocument"])
    file = f"<{log['S3Configuration']['BucketArn']['Fn::GetAtt'][0]}.Arn>/AWSLogs/111122223333/one"
    context = {
        "aws:SourceAccount": "111122223333",
        "aws:SourceArn": "arn:<AWS::Partition>:logs:us-east-1:111122223333:delivery:1",
        "s3:x-amz-acl": "bucket-owner-full-control",
        "aws:SecureTransport": "true",
        "s3:TlsVersion": "1.3",
        "aws:PrincipalServiceNamesList": "delivery.logs.amazonaws.com",
    }
    of_delivery = [one for one in document["Statement"] if one["Effect"] == "Allow"]
    by = "delivery.logs.amazonaws.com"
    assert allowed([{"Statement": of_delivery}], "s3:PutObject", file, context=context, principal=by)
    strange = {**context, "aws:SourceAccount": "999988887777"}
    assert not allowed([{"Statement": of_delivery}], "s3:PutObject", file, context=strange, principal=by)


def test_encryption_of_pool_and_logs_with_one_rotated_key(template: dict[str, Any]) -> None:
    configuration = only(template, POOL)["KeyConfiguration"]
    assert configuration["KeyType"] == "CUSTOMER_MANAGED_KEY"
    key = template["Resources"][configuration["KmsKeyArn"]["Fn::GetAtt"][0]]
    assert key["Properties"]["EnableKeyRotation"] is True
    assert len(resources(template, "AWS::KMS::Key")) == 1


COGNITO = "cognito-idp.amazonaws.com"
SERVED = {"aws:SourceAccount": "111122223333", "aws:SourceArn": POOL_ARN, CONTEXT: POOL_ARN}
CALLED = {
    "kms:CallerAccount": "111122223333",
    "kms:ViaService": "cognito-idp.us-east-1.amazonaws.com",
    CONTEXT: POOL_ARN,
}
SOMEBODY = "arn:aws:iam::111122223333:role/desk"
LOGGED = {"kms:EncryptionContext:SourceArn": "arn:<AWS::Partition>:logs:us-east-1:111122223333:delivery:1"}


@pytest.mark.parametrize(
    ("principal", "action", "context", "expected"),
    [
        (COGNITO, "kms:Decrypt", SERVED, True),
        ("identitystore.amazonaws.com", "kms:GenerateDataKeyWithoutPlaintext", SERVED, True),
        (COGNITO, "kms:DescribeKey", {key: SERVED[key] for key in SERVED if key != CONTEXT}, True),
        (COGNITO, "kms:Decrypt", {**SERVED, "aws:SourceAccount": "999988887777"}, False),
        (COGNITO, "kms:Decrypt", {**SERVED, CONTEXT: POOL_ARN.replace("111122223333", "999988887777")}, False),
        (COGNITO, "kms:ScheduleKeyDeletion", SERVED, False),
        ("sns.amazonaws.com", "kms:Decrypt", SERVED, False),
        (SOMEBODY, "kms:Decrypt", CALLED, True),
        (SOMEBODY, "kms:Decrypt", {**CALLED, "kms:CallerAccount": "999988887777"}, False),
        (SOMEBODY, "kms:Decrypt", {**CALLED, "kms:ViaService": "s3.us-east-1.amazonaws.com"}, False),
        (COGNITO, "kms:Encrypt", LOGGED, True),
        ("delivery.logs.amazonaws.com", "kms:Decrypt", LOGGED, True),
        ("delivery.logs.amazonaws.com", "kms:Decrypt", {}, False),
    ],
)
def test_the_key_is_for_user_pools_of_this_account_alone(
    principal: str, action: str, context: dict[str, str], expected: bool, template: dict[str, Any]
) -> None:
    policy = literal(only(template, "AWS::KMS::Key")["KeyPolicy"])
    assert allowed([policy], action, context=context, principal=principal) is expected


def test_access_control_by_a_firewall_in_front(template: dict[str, Any]) -> None:
    association = only(template, "AWS::WAFv2::WebACLAssociation")
    assert association["ResourceArn"] == {"Fn::GetAtt": [logical_id(template, POOL), "Arn"]}


def test_stays_and_is_not_deleted_by_mistake(template: dict[str, Any]) -> None:
    pool = template["Resources"][logical_id(template, POOL)]
    assert (pool["DeletionPolicy"], pool["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    assert pool["Properties"]["DeletionProtection"] == "ACTIVE"


def test_transmission_security_of_an_own_domain(with_passkeys: dict[str, Any]) -> None:
    domain = only(with_passkeys, DOMAIN)
    assert domain["Domain"] == "login.clinic.example"
    assert domain["CustomDomainConfig"] == {"CertificateArn": CERTIFICATE, "SecurityPolicy": "TLS_V1_2_2021"}
    assert domain["ManagedLoginVersion"] == 2


def test_signs_in_below_cognito_s_domain(template: dict[str, Any]) -> None:
    domain = only(template, DOMAIN)
    assert (domain["Domain"], domain["ManagedLoginVersion"]) == ("clinic-patients", 2)
    assert "CustomDomainConfig" not in domain


def test_scopes_are_those_of_smart(template: dict[str, Any]) -> None:
    servers = resources(template, "AWS::Cognito::UserPoolResourceServer")
    named = {
        f"{one['Properties']['Identifier']}/{scope['ScopeName']}"
        for one in servers
        for scope in one["Properties"]["Scopes"]
    }
    assert named == {"launch/patient", "patient/*.rs"}


def test_an_app_has_the_code_flow_alone(template: dict[str, Any]) -> None:
    client = only(template, CLIENT)
    assert client["AllowedOAuthFlows"] == ["code"]
    assert client["AllowedOAuthFlowsUserPoolClient"] is True
    assert client["ExplicitAuthFlows"] == ["ALLOW_USER_SRP_AUTH"]
    assert client["SupportedIdentityProviders"] == ["COGNITO"]
    assert client["CallbackURLs"] == [CALLBACK]
    assert client.get("GenerateSecret", False) is False
    asked = client["AllowedOAuthScopes"]
    server = template["Resources"][asked[1]["Fn::Join"][1][0]["Ref"]]
    assert (asked[0], server["Properties"]["Identifier"], asked[1]["Fn::Join"][1][1]) == ("openid", "patient", "/*.rs")


def test_an_app_s_tokens_are_short_and_can_be_revoked(template: dict[str, Any]) -> None:
    client = only(template, CLIENT)
    assert set(client["TokenValidityUnits"].values()) == {"minutes"}
    assert client["AccessTokenValidity"] == client["IdTokenValidity"] == 60
    assert client["RefreshTokenValidity"] == 24 * 60
    assert client["RefreshTokenRotation"] == {"Feature": "ENABLED", "RetryGracePeriodSeconds": 10}
    assert client["EnableTokenRevocation"] is True
    assert client["PreventUserExistenceErrors"] == "ENABLED"


def test_an_app_has_pages_to_sign_in_on(template: dict[str, Any]) -> None:
    style = only(template, "AWS::Cognito::ManagedLoginBranding")
    assert style["ClientId"] == {"Ref": logical_id(template, CLIENT)}
    assert style["UseCognitoProvidedValues"] is True


def test_a_passkey_needs_sign_in_by_choice(with_passkeys: dict[str, Any]) -> None:
    assert set(only(with_passkeys, CLIENT)["ExplicitAuthFlows"]) == {"ALLOW_USER_AUTH", "ALLOW_USER_SRP_AUTH"}


OPERATIONS = {
    POOL: "CreateUserPool",
    CLIENT: "CreateUserPoolClient",
    DOMAIN: "CreateUserPoolDomain",
    "AWS::Cognito::LogDeliveryConfiguration": "SetLogDeliveryConfiguration",
    "AWS::Cognito::ManagedLoginBranding": "CreateManagedLoginBranding",
    "AWS::Cognito::UserPoolResourceServer": "CreateResourceServer",
    "AWS::Cognito::UserPoolRiskConfigurationAttachment": "SetRiskConfiguration",
}


# What CloudFormation sets in a second call, SetUserPoolMfaConfig.
SECOND_FACTORS = {"EnabledMfas", *(f"WebAuthn{name}" for name in ("FactorConfiguration", "RelyingPartyID"))}
SECOND_FACTORS |= {"WebAuthnUserVerification"}


def test_is_what_cognito_s_api_takes(with_passkeys: dict[str, Any]) -> None:
    model = botocore.session.Session().get_service_model("cognito-idp")
    judged = []
    for one in with_passkeys["Resources"].values():
        if one["Type"] not in OPERATIONS:
            continue
        shape = model.operation_model(OPERATIONS[one["Type"]]).input_shape
        # CloudFormation makes up the names of pool and client.
        named = {name: "portal" for name in ("ClientName", "PoolName") if name in shape.members}
        given = {**named, **literal(one["Properties"])}
        known = {name: value for name, value in given.items() if name in shape.members}
        assert set(given) - set(known) <= SECOND_FACTORS
        # Of the texts that stand for references, it looks at the least length alone.
        report = ParamValidator().validate(known, shape)
        assert not report.has_errors(), report.generate_report()
        judged.append(one["Type"])
    assert set(judged) == set(OPERATIONS)


def test_the_inventory_lists_the_users_and_the_logs_of_their_sign_ins(app: cdk.App, stack: cdk.Stack) -> None:
    directory_in(stack)
    app.synth()
    read = assembly.load([Path(app.outdir)])
    found = {str(one.resource): one for one in stores_of(read, Names(read))}
    users, sign_ins = found["Clinic/Patients/Resource/Resource"], found["Clinic/Patients/Logs/Resource/Resource"]
    assert (users.role, users.encryption, users.backup) == ("data", "customer_key", "not_applicable")
    assert (sign_ins.role, sign_ins.encryption) == ("log", "customer_key")
    assert users.key == sign_ins.key == "Clinic/Patients/Key/Resource/Resource"
    assert "stays when its stack goes" in users.retention


def test_lets_a_principal_manage_users_and_delete_none(stack: cdk.Stack) -> None:
    role = LeastPrivilegeRole(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    directory_in(stack).grant_manage_users(role).assert_success()
    found = template_of(stack)
    pool = f"<{logical_id(found, POOL)}.Arn>"
    policies = [literal(one["Properties"]["PolicyDocument"]) for one in resources(found, "AWS::IAM::ManagedPolicy")]
    assert allowed(policies, "cognito-idp:AdminCreateUser", pool)
    assert not allowed(policies, "cognito-idp:AdminDeleteUser", pool)
    assert not allowed(policies, "cognito-idp:AdminSetUserPassword", pool)
    assert not allowed(policies, "cognito-idp:AdminCreateUser", "arn:aws:cognito-idp:us-east-1:111122223333:userpool/x")


def test_an_api_asks_patients_who_they_are(app: cdk.App, stack: cdk.Stack) -> None:
    directory = directory_in(stack)
    portal_of(directory)
    api = PrivateApi(
        stack,
        "Api",
        domain_name="api.clinic.example",
        certificate=acm.Certificate.from_certificate_arn(stack, "Certificate", CERTIFICATE),
        authorizer=apigateway.CognitoUserPoolsAuthorizer(stack, "Who", cognito_user_pools=[directory.user_pool]),
        web_firewall=directory.web_firewall,
    )
    function = PrivateFunction(
        stack,
        "Records",
        code=lambda_.Code.from_inline("def handle(event, context): pass"),
        handler="index.handle",
        runtime=lambda_.Runtime.PYTHON_3_14,
        vpc=PrivateVpc(stack, "Vpc").vpc,
    )
    api.add_method(
        "/Observation", "GET", apigateway.LambdaIntegration(function.function), authorization_scopes=["patient/*.rs"]
    )
    assert_no_findings(app, all_packs=True)
    method = only(json.loads((Path(app.outdir) / "Clinic.template.json").read_text()), "AWS::ApiGateway::Method")
    assert (method["AuthorizationType"], method["AuthorizationScopes"]) == ("COGNITO_USER_POOLS", ["patient/*.rs"])


def test_lets_strangers_sign_up_past_a_function_of_the_app(app: cdk.App, stack: cdk.Stack) -> None:
    key = KmsRotatedKey(stack, "Key").key
    function = PrivateFunction(
        stack,
        "Decide",
        code=lambda_.Code.from_inline("def handle(event, context): return event"),
        handler="index.handle",
        runtime=lambda_.Runtime.PYTHON_3_14,
        vpc=PrivateVpc(stack, "Vpc", encryption_key=key).vpc,
        encryption_key=key,
    )
    directory_in(stack, pre_sign_up=function.function, encryption_key=key)
    assert_no_findings(app, all_packs=True)
    written = json.loads((Path(app.outdir) / "Clinic.template.json").read_text())
    pool = only(written, POOL)
    assert pool["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": False}
    assert "PreSignUp" in pool["LambdaConfig"]
    (permission,) = resources(written, "AWS::Lambda::Permission")
    assert permission["Properties"]["SourceArn"] == {"Fn::GetAtt": [logical_id(written, POOL), "Arn"]}
    assert in_circles(dependencies(written)) == []


def test_the_evidence_tells_who_manages_users(app: cdk.App, stack: cdk.Stack) -> None:
    role = LeastPrivilegeRole(stack, "Desk", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    directory_in(stack).grant_manage_users(role)
    app.synth()
    read = assembly.load([Path(app.outdir)])
    (pool,) = (one for one in read.templates[0].resources.values() if one.type == POOL)
    parties = {party.name: {str(verb) for verb in verbs} for party, verbs in reach_of(read).of(pool).items()}
    assert parties == {"Clinic/Desk": {"read", "write"}}


def test_takes_a_key_for_two_directories(stack: cdk.Stack) -> None:
    key = KmsRotatedKey(stack, "Key").key
    assert directory_in(stack, encryption_key=key).encryption_key is key
    PatientDirectory(stack, "Relatives", domain_prefix="clinic-relatives", encryption_key=key)
    statements = only(template_of(stack), "AWS::KMS::Key")["KeyPolicy"]["Statement"]
    named = [one["Sid"] for one in statements if "Sid" in one]
    assert sorted(named) == sorted(set(named))


def test_what_an_imported_key_lacks_is_said(app: cdk.App, stack: cdk.Stack) -> None:
    arn = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    directory_in(stack, encryption_key=kms.Key.from_key_arn(stack, "Key", arn))
    written = Path(app.synth().directory, "Clinic.metadata.json").read_text()
    for name in ("cognito-idp", "delivery", "*"):
        assert f"imported-key-policy:{name}" in written


def test_takes_a_firewall(stack: cdk.Stack) -> None:
    firewall = WebFirewall(stack, "Firewall")
    assert directory_in(stack, web_firewall=firewall).web_firewall is firewall
    Template.from_stack(stack).resource_count_is("AWS::WAFv2::WebACL", 1)


def test_takes_an_identity_of_ses(app: cdk.App, stack: cdk.Stack) -> None:
    email = cognito.UserPoolEmail.with_ses(from_email="care@clinic.example", ses_verified_domain="clinic.example")
    directory_in(stack, email=email)
    sent = only(template_of(stack), POOL)["EmailConfiguration"]
    assert (sent["EmailSendingAccount"], sent["From"]) == ("DEVELOPER", "care@clinic.example")
    assert literal(sent["SourceArn"]).endswith(":ses:us-east-1:111122223333:identity/clinic.example")
    assert_no_findings(app, all_packs=True)


def test_takes_attributes_which_no_app_can_write(stack: cdk.Stack) -> None:
    record = cognito.StringAttribute(mutable=False, min_len=1, max_len=64)
    portal_of(directory_in(stack, custom_attributes={"record": record}))
    found = template_of(stack)
    assert {one["Name"] for one in only(found, POOL)["Schema"]} == {"email", "record"}
    # Without them, an app can write the standard attributes and no other.
    assert "WriteAttributes" not in only(found, CLIENT)


def test_takes_other_scopes(stack: cdk.Stack) -> None:
    wanted = ["patient/Observation.rs", "patient/Appointment.cruds", "user/Patient.r", "launch/patient"]
    portal_of(directory_in(stack, smart_scopes=wanted), scopes=wanted)
    asked = literal(only(template_of(stack), CLIENT)["AllowedOAuthScopes"])
    assert [one.partition("/")[2] for one in asked] == ["", *(one.partition("/")[2] for one in wanted)]


def test_an_app_takes_options(stack: cdk.Stack) -> None:
    portal_of(
        directory_in(stack),
        generate_secret=True,
        logout_urls=["https://portal.clinic.example/"],
        access_token_validity=cdk.Duration.minutes(5),
        refresh_token_validity=cdk.Duration.days(92),
    )
    client = only(template_of(stack), CLIENT)
    assert client["GenerateSecret"] is True
    assert client["LogoutURLs"] == ["https://portal.clinic.example/"]
    assert (client["AccessTokenValidity"], client["IdTokenValidity"]) == (5, 5)
    assert client["RefreshTokenValidity"] == 92 * 24 * 60


def test_an_app_takes_what_deployment_knows(stack: cdk.Stack) -> None:
    url = cdk.CfnParameter(stack, "Url").value_as_string
    portal_of(directory_in(stack), callback_urls=[url])
    assert only(template_of(stack), CLIENT)["CallbackURLs"] == [{"Ref": "Url"}]


def test_what_it_is_made_of_can_be_reached(stack: cdk.Stack) -> None:
    directory = directory_in(stack)
    assert isinstance(portal_of(directory), cognito.UserPoolClient)
    assert directory.user_pool.node.path == "Clinic/Patients/Resource"
    assert directory.domain.node.path == "Clinic/Patients/Resource/Domain"
    assert directory.log_bucket.node.path == "Clinic/Patients/Logs/Resource"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"domain_prefix": None}, "domain_prefix: got None; people sign in below a prefix"),
        ({"domain_prefix": "My-Aws"}, "domain_prefix: got 'My-Aws'; allowed are 1 to 63 lower-case"),
        ({"domain_prefix": "aws-clinic"}, "domain_prefix: got 'aws-clinic'.*without the words"),
        ({"domain_prefix": "clinic", "domain_name": "login.clinic.example"}, "domain_prefix: got 'clinic'; people"),
        ({"domain_name": "login.clinic.example"}, "certificate: got None; domain_name and certificate go together"),
        ({"smart_scopes": []}, "smart_scopes: got .*; a directory has one at least"),
        ({"smart_scopes": ["patient/*.read"]}, "smart_scopes: got 'patient/\\*.read'.*'.read' as '.rs'"),
        ({"smart_scopes": ["system/*.rs"]}, "smart_scopes: got 'system/"),
        ({"smart_scopes": ["patient/*."]}, "smart_scopes: got 'patient/"),
        ({"smart_scopes": ["patient/*.sr"]}, "smart_scopes: got 'patient/"),
        ({"smart_scopes": ["patient/Observation.rs?category=http://x|y"]}, "no further slash, which Cognito refuses"),
        ({"smart_scopes": ["openid"]}, "smart_scopes: got 'openid'"),
        ({"smart_scopes": ["patient/*.rs", "patient/*.rs"]}, "each scope is there once"),
        ({"smart_scopes": [f"patient/R{'x' * n}.r" for n in range(101)]}, "101 of patient/'; Cognito takes 100"),
        ({"pre_sign_up": True}, r"PatientDirectory\(pre_sign_up=…\): got True"),
        ({"mfa": "OFF"}, "mfa"),
    ],
)
def test_refuses(arguments: dict[str, Any], message: str, stack: cdk.Stack) -> None:
    before = len(stack.node.children)
    with pytest.raises((ValueError, TypeError), match=message):
        directory_in(stack, **arguments)
    assert len(stack.node.children) == before


def test_refuses_a_certificate_of_another_region(stack: cdk.Stack) -> None:
    elsewhere = own_domain(stack, certificate=CERTIFICATE.replace("us-east-1", "eu-west-1"))
    with pytest.raises(ValueError, match=r"certificate: got 'arn:aws:acm:eu-west-1.*takes one in us-east-1 alone"):
        directory_in(stack, **elsewhere)


@pytest.mark.parametrize("name", ["clinic.example", "Login.clinic.example", f"login.{'x' * 60}.example", "login"])
def test_refuses_names_that_are_no_place_for_passkeys(name: str, stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match=r"domain_name: got .* it takes a name of up to 63"):
        directory_in(stack, **{**own_domain(stack), "domain_name": name})


def test_refuses_a_firewall_for_cloudfront(stack: cdk.Stack) -> None:
    firewall = WebFirewall(stack, "Firewall", web_acl_scope="CLOUDFRONT")
    with pytest.raises(ValueError, match="web_firewall: got 'a WebFirewall for CLOUDFRONT'; a user pool takes one"):
        directory_in(stack, web_firewall=firewall)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"callback_urls": []}, "callback_urls: got '0'; it takes 1 to 100"),
        *(
            ({"callback_urls": [url]}, "callback_urls: got .*; it takes https alone")
            for url in (
                "http://portal.clinic.example/",
                "http://localhost/",
                "https://localhost/",
                "https://localhost:8443/in",
                "https://app.localhost/",
                "https://127.0.0.1/",
                "https://[::1]/",
                "https://10.0.0.7/",
                "https://portal",
                "https://",
                "https://[::1",
                "https://portal.clinic.example/#in",
                "https://clinic.example@evil.example/",
                "clinic://signed-in",
            )
        ),
        ({"logout_urls": ["http://portal.clinic.example/"]}, "logout_urls: got 'http://portal"),
        ({"callback_urls": CALLBACK}, "callback_urls=…"),
        ({"scopes": ["patient/*.cruds"]}, "scopes: got 'patient/.*the directory has launch/patient, patient/"),
        (
            {"access_token_validity": cdk.Duration.minutes(61)},
            "access_token_validity: got .*allowed are 5 minutes to 1",
        ),
        ({"access_token_validity": cdk.Duration.minutes(4)}, "access_token_validity: got '4 minutes'"),
        (
            {"refresh_token_validity": cdk.Duration.days(93)},
            "refresh_token_validity: got '93 days'; allowed are 1 hour",
        ),
        ({"refresh_token_validity": cdk.Duration.minutes(59)}, "refresh_token_validity: got '59 minutes'"),
    ],
)
def test_an_app_is_refused(arguments: dict[str, Any], message: str, stack: cdk.Stack) -> None:
    directory = directory_in(stack)
    with pytest.raises(ValueError, match=message):
        portal_of(directory, **arguments)
    assert directory.user_pool.node.try_find_child("Portal") is None


def test_govcloud_has_no_domain_of_one_s_own() -> None:
    stack = new_stack("us-gov-west-1")
    with pytest.raises(ValueError, match=r"a domain of one's own for a user pool does not exist there .*domain_prefix"):
        directory_in(stack, **own_domain(stack))


def test_china_has_no_user_pools() -> None:
    with pytest.raises(ValueError, match="scope: got 'a stack in cn-north-1'; A user pool does not exist there"):
        directory_in(new_stack("cn-north-1"))
