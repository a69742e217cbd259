from __future__ import annotations

import base64
from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.engine import evaluate
from tests.compliance.rules.support import GIVEN, judged, one, outcome, rule, to_do, verdict


def _function(**variables: Any) -> dict[str, Any]:
    return one("AWS::Lambda::Function", Environment={"Variables": variables})


def _task(*variables: Any) -> dict[str, Any]:
    return one("AWS::ECS::TaskDefinition", ContainerDefinitions=[{"Environment": list(variables)}])


def _build(*variables: Any) -> dict[str, Any]:
    return one("AWS::CodeBuild::Project", Environment={"EnvironmentVariables": list(variables)})


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_function(DB_PASSWORD="hunter2"), "failed"),
        (_function(API_TOKEN="abcdef0123"), "failed"),
        (_function(AWS_ACCESS_KEY_ID="given"), "failed"),
        (_function(NOTE="AKIAIOSFODNN7EXAMPLE"), "failed"),
        (_function(DATABASE_URL="postgres://app:hunter2@db.internal/records"), "failed"),
        (_function(PEM="-----BEGIN RSA PRIVATE KEY-----"), "failed"),
        (_function(DB_PASSWORD_SECRET_ARN="arn:aws:secretsmanager:us-east-1:111122223333:secret:db"), "passed"),
        (_function(SECRET_NAME="clinic/db", TOKEN_TTL="3600", USE_PASSWORD="true"), "passed"),
        (_function(TABLE="records", LOG_LEVEL="INFO"), "passed"),
        (_function(DB_PASSWORD="{{resolve:secretsmanager:db}}"), "failed"),
        (_function(DB_PASSWORD="{{resolve:secretsmanager:db:SecretString:password}}"), "failed"),
        (_function(URL="postgres://app:{{resolve:secretsmanager:db:SecretString:password}}@db/records"), "failed"),
        (_function(DB_PASSWORD={"Fn::Sub": "{{resolve:secretsmanager:${Given}:SecretString:password::}}"}), "failed"),
        (_function(DB_USER="{{resolve:secretsmanager:db:SecretString:username}}"), "passed"),
        (_function(TABLE="{{resolve:ssm:/clinic/table:1}}"), "passed"),
        (_function(DB_PASSWORD=GIVEN), "passed"),
        (_function(DATABASE_URL={"Fn::Sub": "postgres://app:${Given}@db/records"}), "passed"),
        (one("AWS::Lambda::Function"), "not_applicable"),
        (one("AWS::Lambda::Function", Environment={"Variables": GIVEN}), "not_applicable"),
        (_task({"Name": "DB_PASSWORD", "Value": "hunter2"}), "failed"),
        (_task({"Name": "DB_HOST", "Value": "db.internal"}), "passed"),
        (_task(GIVEN), "not_applicable"),
        (_build({"Name": "TOKEN", "Value": "x1y2z3", "Type": "PLAINTEXT"}), "failed"),
        (_build({"Name": "TOKEN", "Value": "x1y2z3"}), "failed"),
        (_build({"Name": "TOKEN", "Value": "clinic/token", "Type": "SECRETS_MANAGER"}), "not_applicable"),
        (
            one("AWS::ElasticBeanstalk::Environment", OptionSettings=[{"OptionName": "DB_PASSWORD", "Value": "x1"}]),
            "failed",
        ),
        (one("AWS::EC2::Instance", UserData={"Fn::Base64": "#!/bin/sh\nexport PGPASSWORD=hunter2"}), "failed"),
        (
            one("AWS::EC2::Instance", UserData=base64.b64encode(b"aws configure set AKIAIOSFODNN7EXAMPLE x").decode()),
            "failed",
        ),
        (
            one("AWS::EC2::Instance", UserData={"Fn::Base64": "#!/bin/sh\nPGPASSWORD=$(aws secretsmanager get)"}),
            "passed",
        ),
        (one("AWS::EC2::Instance", UserData="A" * 33), "passed"),
        (one("AWS::EC2::Instance"), "not_applicable"),
        (one("AWS::S3::Bucket"), "not_inspected"),
        (_function(DB_PASSWORD={"Fn::If": ["Live", GIVEN, "hunter2"]}), "failed"),
        (
            one(
                "AWS::AppRunner::Service",
                SourceConfiguration={
                    "CodeRepository": {
                        "CodeConfiguration": {
                            "CodeConfigurationValues": {
                                "RuntimeEnvironmentVariables": [{"Name": "DB_PASSWORD", "Value": "hunter2"}]
                            }
                        }
                    }
                },
            ),
            "failed",
        ),
        (
            one(
                "AWS::Batch::JobDefinition",
                EcsProperties={
                    "TaskProperties": [{"Containers": [{"Environment": [{"Name": "TOKEN", "Value": "x1y2z3"}]}]}]
                },
            ),
            "failed",
        ),
        (_function(DB_PASSWORD={"Fn::If": ["Live", GIVEN, {"Ref": "AWS::NoValue"}]}), "passed"),
        (_function(DB_PASSWORD={"Fn::Sub": "${AWS::StackName}-db"}), "passed"),
        (_function(DATABASE_URL={"Fn::Sub": "postgres://app:hunter2@${AWS::Region}.db/records"}), "failed"),
        (
            one("AWS::Lambda::Function", Environment={"Fn::If": ["Live", {"Variables": {"TOKEN": "x1y2"}}, GIVEN]}),
            "failed",
        ),
        (_task({"Fn::If": ["Live", {"Name": "TOKEN", "Value": "x1y2"}, {"Ref": "AWS::NoValue"}]}), "failed"),
        (_task({"Name": {"Fn::Sub": "DB_PASSWORD"}, "Value": {"Fn::Join": ["", ["x1", "y2"]]}}), "failed"),
        (
            one(
                "AWS::EC2::Instance", UserData={"Fn::Base64": {"Fn::Sub": "export R=${AWS::Region} PGPASSWORD=hunter2"}}
            ),
            "failed",
        ),
        (
            one("AWS::EC2::Instance", UserData={"Fn::Base64": {"Fn::Sub": "export PGPASSWORD=${Given}"}}),
            "passed",
        ),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("no_secrets_in_environment", resources) == expected


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ('sed -i "s/password_here/green200#x/" /var/www/html/wp-config.php', "a password"),
        ("sed -i 's|database_password|hunter22x|g' wp-config.php", "a password"),
        ("sed -e 's/username_here/app/' \\\n  -e 's/password_here/hunter22/' in > out", "a password"),
        ("sed -i s/{{DB_PASSWORD}}/hunter22/g .env", "a password"),
        ("sed -i 's#API_KEY#abc123def#' app.ini", "a secret"),
        ('sed -i "s/^DB_PASSWORD=.*/DB_PASSWORD=hunter22/" .env', "a password"),
        ("define('DB_PASSWORD', 'hunter22');", "a password"),
        ('define( "DB_PASSWORD", "hunter22" );', "a password"),
        ("mysqladmin -u root password 'hunter22'", "a password"),
        ("mysqladmin -u root password hunter22", "a password"),
        ('sed -i "s/password_here/$DBPassword/" wp-config.php', None),
        ('sed -i "s/password_here/${DBPassword}/" wp-config.php', None),
        ('sed -i "s/password_here/$(aws ssm get-parameter --name db)/" wp-config.php', None),
        ("sed -i 's/password_here/{{ db_password }}/' wp-config.php", None),
        ("sed -i 's/DB_PASSWORD/WORDPRESS_DB_PASSWORD/' app.ini", None),
        ('sed -i "s/DB_PASSWORD=.*/DB_PASSWORD=$PW/" .env', None),
        ("sed -i 's/PasswordAuthentication no/PasswordAuthentication yes/' /etc/ssh/sshd_config", None),
        ("sed -i 's/prohibit-password/yes/' /etc/ssh/sshd_config", None),
        ("sed -i 's/password/scram-sha-256/' pg_hba.conf", None),
        ("sed -i 's|secret_path|/run/app|' app.ini", None),
        ("cp s/secret/application/ there", None),
        ("define('DB_PASSWORD', getenv('PW'));", None),
        ("define('DB_PASSWORD', 'password_here');", None),
        ("define('DB_PASSWORD', \"$PW\");", None),
        ("mysqladmin -u root password $PW", None),
        ("mysqladmin -u root password\nservice httpd start", None),
    ],
)
def test_what_a_script_writes_into_settings(line: str, kind: str | None) -> None:
    found = verdict(
        "no_secrets_in_environment", one("AWS::EC2::Instance", UserData={"Fn::Base64": f"#!/bin/sh\n{line}"})
    )
    assert found is not None
    assert found.message == (f"UserData holds {kind} in plain text." if kind else "")


def test_a_parameter_that_sed_puts_in_is_judged_as_a_reference() -> None:
    script = {"Fn::Base64": {"Fn::Sub": "sed -i 's/password_here/${Password}/' wp-config.php"}}
    app = App()
    for number, hidden in enumerate((False, True)):
        body = {"Resources": one("AWS::EC2::Instance", UserData=script)}
        app.add(f"{number}.json", {**body, "Parameters": {"Password": {"Type": "String", "NoEcho": hidden}}})
    plain, given = (
        rule("no_secrets_in_environment").check(template.resources["Subject"]) for template in app.templates
    )
    assert plain.outcome == "passed"
    assert given.message == "UserData is given the secret itself, by parameter Password."


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("ORTHANC__REGISTERED_USERS", '{"gusi": "gusi"}', "failed"),
        ("REGISTERED_USERS", '{"admin": "hunter2secret"}', "failed"),
        ("AuthUsers", '["alice:hunter2"]', "failed"),
        ("BASIC_AUTH_USERS", "alice:hunter2,bob:letmein1", "failed"),
        ("BASIC_AUTH", "alice:hunter2", "failed"),
        ("SFTP_USERS", "lab:hunter2:1001 clinic:letmein1:1002", "failed"),
        ("USERS", '{"alice": "hunter2"}', "failed"),
        ("NEO4J_AUTH", "neo4j/hunter2", "failed"),
        ("REGISTRY_AUTH", base64.b64encode(b"puller:hunter2").decode(), "failed"),
        ("DOCKER_AUTH_CONFIG", '{"auths": {"r.example": {"auth": "cHVsbGVyOmh1bnRlcjI="}}}', "failed"),
        ("SERVICE_CREDENTIALS", '{"username": "app", "password": "hunter2"}', "failed"),
        ("APP_CONFIG", '{"db": {"host": "db.internal", "password": "hunter2"}}', "failed"),
        ("API_TOKENS", '{"clinic": "x1y2z3"}', "failed"),
        ("HTPASSWD", "alice:$apr1$x7f0q1z2$abcdefghijklmnopqrstu1", "failed"),
        ("PROXY_FILE", "alice:$2y$05$abcdefghijklmnopqrstuuabcdefghijklmnopqrstuvwxyz01234", "failed"),
        ("CACHE_URL", "redis://:hunter2@cache.internal:6379", "failed"),
        ("REGISTERED_USERS", {"Fn::ToJsonString": {"gusi": "gusi"}}, "failed"),
        ("REGISTERED_USERS", {"Fn::If": ["Live", GIVEN, '{"gusi": "gusi"}']}, "failed"),
        ("REGISTERED_USERS", "{}", "passed"),
        ("CREDENTIALS", "{}", "passed"),
        ("REGISTERED_USERS", '{"gusi": ""}', "passed"),
        ("REGISTERED_USERS", GIVEN, "passed"),
        ("REGISTERED_USERS", {"Fn::Sub": '{"gusi": "${Given}"}'}, "passed"),
        ("REGISTERED_USERS", "https://users.clinic.example/list", "passed"),
        ("AUTH_CONFIG", '{"provider": "cognito", "region": "us-east-1"}', "passed"),
        ("AUTH_USERS", '{"provider": "cognito", "tokenUrl": "https://auth.clinic.example"}', "passed"),
        ("CREDENTIALS", '{"type": "external_account", "audience": "clinic"}', "passed"),
        ("BASIC_AUTH", '{"enabled": true, "realm": "clinic"}', "passed"),
        ("BASIC_AUTH", "enabled", "passed"),
        ("ADMIN_USERS", '{"alice": "admin", "bob": "viewer"}', "passed"),
        ("ADMIN_USERS", "alice@clinic.example,bob@clinic.example", "passed"),
        ("USERS", '{"alice": "Alice Smith", "bob": "bob@clinic.example"}', "passed"),
        ("RUN_AS_USERS", "1000:1000", "passed"),
        ("USERS", '["alice", "bob"]', "passed"),
        ("USERS", "{not json", "passed"),
        ("MAX_USERS", "100", "passed"),
        ("SERVICE_AUTH", "required", "passed"),
        (
            "APP_CONFIG",
            '{"passwordPolicy": "strong", "secretArn": "arn:aws:secretsmanager:us-east-1:1:secret:x"}',
            "passed",
        ),
    ],
)
def test_users_and_their_passwords(name: str, value: Any, expected: str) -> None:
    assert judged("no_secrets_in_environment", _function(**{name: value})) == expected


def test_the_hash_of_a_password_is_a_warning() -> None:
    found = verdict("no_secrets_in_environment", _function(FILE="alice:$apr1$x7f0q1z2$abcdefghijklmnopqrstu1"))
    assert found is not None
    assert found.severity == "warning"


@pytest.mark.parametrize(
    ("variable", "name", "sections", "expected"),
    [
        ("S3_SECRET_KEY", "pSecretKey", {"AWSTemplateFormatVersion": "2010-09-09"}, "failed"),
        ("REGISTERED_USERS", "pPassword", {"AWSTemplateFormatVersion": "2010-09-09"}, "failed"),
        ("S3_SECRET_KEY", "pBucket", {"AWSTemplateFormatVersion": "2010-09-09"}, "passed"),
        ("S3_BUCKET", "pSecretKey", {"AWSTemplateFormatVersion": "2010-09-09"}, "passed"),
        # A part of a template, and what a macro may add to it.
        ("S3_SECRET_KEY", "pSecretKey", {}, "passed"),
        ("S3_SECRET_KEY", "pSecretKey", {"AWSTemplateFormatVersion": "2010-09-09", "Transform": "Own"}, "passed"),
    ],
)
def test_a_parameter_that_is_not_declared(variable: str, name: str, sections: dict[str, Any], expected: str) -> None:
    for value in ({"Ref": name}, {"Fn::Sub": "${" + name + "}"}):
        assert outcome("no_secrets_in_environment", _function(**{variable: value}), **sections) == expected


PARAMETERS = {
    "Hidden": {"Type": "String", "NoEcho": True},
    "DbPassword": {"Type": "String"},
    "DbSecretArn": {"Type": "String"},
    "Defaulted": {"Type": "String", "NoEcho": "true", "Default": "hunter2"},
}


def _init(config: Any, **more: Any) -> dict[str, Any]:
    metadata = {"AWS::CloudFormation::Init": {"config": config}, **more}
    return {"Subject": {"Type": "AWS::AutoScaling::AutoScalingGroup", "Metadata": metadata}}


def _user_data(text: str) -> dict[str, Any]:
    return one("AWS::EC2::Instance", UserData={"Fn::Base64": {"Fn::Sub": text}})


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_function(VALUE={"Ref": "Hidden"}), "failed"),
        (_function(DB_PASSWORD={"Ref": "DbPassword"}), "failed"),
        (_function(DB_PASSWORD={"Ref": "Defaulted"}), "failed"),
        (_function(DB_SECRET={"Ref": "DbSecretArn"}), "passed"),
        (_function(DB_NAME={"Ref": "DbPassword"}), "passed"),
        (_task({"Name": "DB_PASSWORD", "Value": {"Ref": "Hidden"}}), "failed"),
        (_build({"Name": "TOKEN", "Value": {"Ref": "Hidden"}}), "failed"),
        (
            one(
                "AWS::ElasticBeanstalk::Environment",
                OptionSettings=[{"OptionName": "RDS_PASSWORD", "Value": {"Ref": "Hidden"}}],
            ),
            "failed",
        ),
        (_user_data("export PGPASSWORD=${Hidden}"), "failed"),
        (_user_data("mysql -uroot -e \"CREATE USER 'app'@'%' IDENTIFIED BY 'hunter2';\""), "failed"),
        (_user_data("ALTER USER 'app' IDENTIFIED WITH mysql_native_password BY 'hunter2'"), "failed"),
        (_user_data("psql -c \"ALTER ROLE app WITH PASSWORD 'hunter2'\""), "failed"),
        (_user_data("mysqldump -u root -phunter2 records"), "failed"),
        (_user_data("mysql -u root -p$PASSWORD -e \"CREATE USER app IDENTIFIED BY '$SECRET'\""), "passed"),
        (_user_data("mysql -u root -p --port 3306; mkdir -p /var/lib/records"), "passed"),
        (_user_data("mysql --protocol=tcp records"), "passed"),
        (_user_data("echo {{resolve:secretsmanager:db:SecretString:password}} > /etc/app"), "failed"),
        (_user_data("aws secretsmanager get-secret-value --secret-id ${DbSecretArn}"), "passed"),
        (_init({"commands": {"01": {"command": {"Fn::Sub": "mysql -p${Hidden}"}}}}), "failed"),
        (_init({"commands": {"01": {"command": "make", "env": {"DB_PASSWORD": "hunter2"}}}}), "failed"),
        (_init({"files": {"/etc/app": {"content": {"Fn::Join": ["", ["key=", {"Ref": "Hidden"}]]}}}}), "failed"),
        (_init({"files": {"/etc/app": {"content": {"db": {"password": {"Ref": "Hidden"}}}}}}), "failed"),
        (_init({"packages": {"yum": {"httpd": []}}, "commands": {"01": {"command": "make"}}}), "passed"),
        (_init({"files": {"/etc/passwords": {"mode": "000400", "passwordFile": "/etc/shadow.d"}}}), "passed"),
        (
            _init(
                {}, **{"AWS::CloudFormation::Authentication": {"s3": {"type": "S3", "secretKey": {"Ref": "Hidden"}}}}
            ),
            "failed",
        ),
        (
            _init({}, **{"AWS::CloudFormation::Authentication": {"s3": {"type": "S3", "roleName": {"Ref": "Role"}}}}),
            "passed",
        ),
        (one("AWS::AutoScaling::AutoScalingGroup", MinSize="1"), "not_applicable"),
    ],
)
def test_what_deployment_fills_in_is_readable_too(resources: dict[str, Any], expected: str) -> None:
    assert outcome("no_secrets_in_environment", resources, Parameters=PARAMETERS) == expected


@pytest.mark.parametrize(
    ("variable", "parameter", "expected"),
    [
        ("DB_USERNAME", "DBUserName", "passed"),
        ("DB_LOGIN", "MasterUser", "passed"),
        ("DB_LOGIN", "MasterPassword", "failed"),
        ("DB_PASSWORD", "MasterUser", "failed"),
    ],
)
def test_a_hidden_user_name_is_no_secret(variable: str, parameter: str, expected: str) -> None:
    function = one("AWS::Lambda::Function", Environment={"Variables": {variable: {"Ref": parameter}}})
    declared = {parameter: {"Type": "String", "NoEcho": True}}
    assert outcome("no_secrets_in_environment", function, Parameters=declared) == expected


ACCESS_KEY, CLIENT = "AWS::IAM::AccessKey", "AWS::Cognito::UserPoolClient"
KEY_SECRET = {"Fn::GetAtt": ["Subject", "SecretAccessKey"]}


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (ACCESS_KEY, KEY_SECRET, "failed"),
        (ACCESS_KEY, {"Fn::GetAtt": "Subject.SecretAccessKey"}, "failed"),
        (ACCESS_KEY, {"Fn::Sub": "key=${Subject.SecretAccessKey}"}, "failed"),
        (ACCESS_KEY, {"Fn::If": ["Shown", KEY_SECRET, {"Ref": "AWS::NoValue"}]}, "failed"),
        (ACCESS_KEY, {"Ref": "Subject"}, "passed"),
        (ACCESS_KEY, {"Fn::GetAtt": ["Other", "SecretAccessKey"]}, "passed"),
        (CLIENT, {"Fn::GetAtt": ["Subject", "ClientSecret"]}, "failed"),
        (CLIENT, {"Fn::GetAtt": ["Subject", "ClientId"]}, "passed"),
    ],
)
def test_outputs_show_no_secret(kind: str, value: Any, expected: str) -> None:
    assert outcome("no_secrets_in_environment", one(kind), Outputs={"Shown": {"Value": value}}) == expected
    assert outcome("no_secrets_in_environment", one(kind)) == "passed"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Fn::GetAtt": ["Key", "SecretAccessKey"]}, "failed"),
        ({"Fn::Join": ["", ["aws_secret_access_key=", {"Fn::GetAtt": ["Key", "SecretAccessKey"]}]]}, "failed"),
        ({"Fn::GetAtt": ["Client", "ClientSecret"]}, "failed"),
        ({"Fn::GetAtt": ["Secret", "Arn"]}, "passed"),
    ],
)
def test_what_resources_give_away(value: Any, expected: str) -> None:
    assert outcome("no_secrets_in_environment", _function(VALUE=value)) == expected
    files = {"files": {"/etc/app/credentials": {"content": value}}}
    assert outcome("no_secrets_in_environment", _init(files)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [({"Fn::GetAtt": ["Key", "SecretAccessKey"]}, "failed"), ({"Fn::GetAtt": ["Secret", "Arn"]}, "passed")],
)
def test_sections_that_a_condition_chooses(value: Any, expected: str) -> None:
    chosen = {"Fn::If": ["Licensed", {"s3": {"type": "S3", "secretKey": value}}, {"Ref": "AWS::NoValue"}]}
    init = _init({}, **{"AWS::CloudFormation::Authentication": chosen})
    assert outcome("no_secrets_in_environment", init) == expected


_LOGIN = "postgresql://${User}:${Word}@${Host}:5432/records?sslmode=verify-full"


def _imported(name: Any) -> dict[str, Any]:
    return {"Fn::ImportValue": name}


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("DB_PASSWORD", _imported("db-password"), "error"),
        ("DB_PASSWORD", _imported({"Fn::Sub": "${Given}-DbPassword"}), "error"),
        ("VALUE", {"Fn::Join": ["", ["app:", _imported("clinic:db-pwd")]]}, "error"),
        (
            "DATABASE_URL",
            {"Fn::Sub": [_LOGIN, {"User": _imported("u"), "Word": _imported("db-password"), "Host": _imported("h")}]},
            "error",
        ),
        ("DB_PASSWORD", {"Fn::GetStackOutput": {"StackName": "data", "OutputName": "DbPassword"}}, "error"),
        ("DB_PASSWORD", {"Fn::GetStackOutput": {"StackName": "data", "OutputName": "DbSecretArn"}}, None),
        # Where it stands says what it is, whatever its name.
        ("DATABASE_URL", {"Fn::Sub": [_LOGIN, {"User": "app", "Word": _imported("out3"), "Host": "h"}]}, "error"),
        ("DATABASE_URL", {"Fn::Sub": ["https://${Host}:${Port}/x", {"Host": "h", "Port": _imported("port")}]}, None),
        ("DB_PASSWORD", "{{resolve:ssm:/clinic/db/password}}", "error"),
        ("DB_PASSWORD", {"Fn::Sub": "{{resolve:ssm:/${Given}/db/password:3}}"}, "error"),
        ("API_TOKEN", _imported("api-token"), "warning"),
        ("STAGE", _imported("api-token"), None),
        ("DB_SECRET", _imported("DbSecret"), None),
        ("DB_PASSWORD", _imported("DbPasswordSecretArn"), None),
        ("DB_PASSWORD", _imported("clinic-db-secret-arn"), None),
        ("DB_PASSWORD_ARN", _imported("db-password"), None),
        ("HOST", _imported("db-endpoint"), None),
        ("GROUP", _imported("token-service-group"), None),
        ("PROXY", _imported("bypass"), None),
    ],
)
def test_what_other_stacks_give(name: str, value: Any, expected: str | None) -> None:
    found = verdict("no_secrets_in_environment", _task({"Name": name, "Value": value}))
    assert found is not None
    assert (found.severity or "error" if found.outcome.value == "failed" else None) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "Hidden"}, "failed"),
        ({"Ref": "Kept"}, "passed"),
        ({"Fn::GetAtt": ["Kept", "Arn"]}, "passed"),
        ("{{resolve:secretsmanager:db:SecretString:password}}", "failed"),
    ],
)
def test_a_stack_of_the_app_says_what_it_exports(value: Any, expected: str) -> None:
    app = App()
    app.add(
        "Data.template.json",
        {
            "Parameters": PARAMETERS,
            "Resources": {"Kept": {"Type": "AWS::SecretsManager::Secret"}},
            "Outputs": {"Out": {"Value": value, "Export": {"Name": "db-password"}}},
        },
    )
    app.add("App.template.json", {"Resources": _function(DB_PASSWORD=_imported("db-password"))})
    (result,) = (
        one for one in evaluate(app, [rule("no_secrets_in_environment")]) if one.resource.logical_id == "Subject"
    )
    assert result.verdict.outcome.value == expected


@pytest.mark.parametrize(
    ("declared", "shows"),
    [
        ({"NoEcho": True, "Default": "661b91f4-60e3-457e-820a-1dc7987b2b1c"}, True),
        ({"Default": "hunter2-hunter2"}, True),
        ({"NoEcho": True}, False),
        ({"NoEcho": True, "Default": ""}, False),
        ({"NoEcho": True, "Default": "REPLACE_ME"}, False),
        ({"NoEcho": True, "Default": "your-vendor-api-key"}, False),
        ({"Type": "AWS::SSM::Parameter::Value<String>", "Default": "vendor-api-key"}, False),
    ],
)
@pytest.mark.parametrize("kind", ["function", "instance"])
def test_a_secret_in_the_default_of_a_parameter_is_told_and_changed(
    kind: str, declared: dict[str, Any], *, shows: bool
) -> None:
    value = {"Ref": "VendorApiKey"}
    resources = {
        "function": one("AWS::Lambda::Function", Environment={"Variables": {"VENDOR_API_KEY": value}}),
        "instance": one("AWS::EC2::Instance", UserData={"Fn::Base64": {"Fn::Sub": "export API_KEY=${VendorApiKey}"}}),
    }[kind]
    app = App()
    # Beside text a parameter is no secret by the name of a variable, so it is one that is hidden.
    hidden = {"NoEcho": True} if kind == "instance" else {}
    parameters = {"VendorApiKey": {"Type": "String", **declared, **hidden}}
    app.add("App.template.json", {"Resources": resources, "Parameters": parameters})
    (result,) = evaluate(app, [rule("no_secrets_in_environment")])
    finding = result.finding()
    assert finding is not None
    default = ", and the Default of VendorApiKey shows it to all who read the template"
    assert finding.message.endswith(f"by parameter VendorApiKey{default if shows else ''}.")
    assert ("change the secret at its vendor" in finding.fix) is shows


def test_each_parameter_that_gives_a_secret_is_named() -> None:
    app = App()
    text = "mysql -p${Hidden}; setup --pass ${Other} --again ${Hidden}"
    parameters = {**PARAMETERS, "Other": {"Type": "String", "NoEcho": True}}
    app.add("App.template.json", {"Resources": _user_data(text), "Parameters": parameters})
    (result,) = evaluate(app, [rule("no_secrets_in_environment")])
    assert result.verdict.message == "UserData is given the secret itself, by parameters Hidden, Other."


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("hunter2hunter2", "failed"),
        ("${secretManager:records:password}", "passed"),
        ({"Fn::Sub": "${!secretManager:records:password}"}, "passed"),
    ],
)
def test_what_a_connector_looks_up_is_no_secret(value: Any, expected: str) -> None:
    connector = one("AWS::KafkaConnect::Connector", ConnectorConfiguration={"database.password": value})
    assert judged("no_secrets_in_environment", connector) == expected


KEY_ID, SECRET_KEY = "ASIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
SESSION_TOKEN = "IQoJb3JpZ2luX2VjE" + "Ab1/" * 60


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"VITE_AKID": KEY_ID}, "VITE_AKID holds an AWS access key id in plain text."),
        (
            {"VITE_AKID": KEY_ID, "VITE_B": SECRET_KEY, "VITE_C": SESSION_TOKEN, "TABLE": "records"},
            "VITE_AKID, VITE_B, VITE_C hold credentials of AWS in plain text.",
        ),
        ({"B": SECRET_KEY, "C": SESSION_TOKEN}, "B, C hold credentials of AWS in plain text."),
        ({"C": SESSION_TOKEN}, "C holds a session token of AWS in plain text."),
        ({"VITE_SAK": SECRET_KEY}, "VITE_SAK holds credentials of AWS in plain text."),
        ({"AWS_SECRET_ACCESS_KEY": SECRET_KEY}, "AWS_SECRET_ACCESS_KEY holds a secret in plain text."),
        ({"COMMIT": "0123456789abcdef0123456789abcdef01234567", "A": KEY_ID}, "A holds an AWS access key id"),
        ({"B": SECRET_KEY}, ""),
        ({"SAK": "blue"}, ""),
    ],
)
def test_all_parts_of_credentials_of_aws_are_named(given: dict[str, str], said: str) -> None:
    found = verdict("no_secrets_in_environment", _function(**given))
    assert found is not None
    assert found.outcome == ("failed" if said else "passed")
    assert found.message.startswith(said)


def test_credentials_of_aws_become_a_role() -> None:
    role = "the role in TaskRoleArn has its rights"
    alone = to_do("no_secrets_in_environment", _task({"Name": "KEY", "Value": KEY_ID}))
    assert role in alone
    assert "Deactivate the key" in alone
    assert "Secrets" not in alone
    both = to_do(
        "no_secrets_in_environment",
        _task({"Name": "KEY", "Value": KEY_ID}, {"Name": "DB_PASSWORD", "Value": "hunter2"}),
    )
    assert role in both
    assert "Secrets of the container" in both
    other = to_do("no_secrets_in_environment", _task({"Name": "DB_PASSWORD", "Value": "hunter2"}))
    assert "access key" not in other


@pytest.mark.parametrize(
    ("resources", "key", "role"),
    [
        (_task({"Name": "DB_PASSWORD", "Value": "hunter2"}), ":<the key>::", "ExecutionRoleArn"),
        (
            one(
                "AWS::Batch::JobDefinition",
                ContainerProperties={"Environment": [{"Name": "DB_PASSWORD", "Value": "x1"}]},
            ),
            ":<the key>::",
            "ContainerProperties.ExecutionRoleArn",
        ),
        (
            one(
                "AWS::CodeBuild::Project",
                Environment={"EnvironmentVariables": [{"Name": "DB_PASSWORD", "Value": "hunter2"}]},
            ),
            ":<the key>",
            "ServiceRole",
        ),
    ],
)
def test_who_fills_a_secret_in_has_to_be_let_read_it(resources: dict[str, Any], key: str, role: str) -> None:
    said = to_do("no_secrets_in_environment", resources)
    assert key in said
    assert f"The role in {role} may secretsmanager:GetSecretValue" in said
    assert "kms:Decrypt" in said


@pytest.mark.parametrize(
    "resources",
    [
        one("AWS::Lambda::Function", Environment={"Variables": {"DB_PASSWORD": "hunter2hunter2"}}),
        one("AWS::EC2::Instance", UserData={"Fn::Base64": "export DB_PASSWORD=hunter2hunter2"}),
    ],
)
@pytest.mark.parametrize("in_cdk", [False, True])
def test_the_fix_says_once_that_what_was_shown_is_changed(resources: dict[str, Any], in_cdk: bool) -> None:
    told = to_do("no_secrets_in_environment", resources, in_cdk=in_cdk)
    assert told.count("others may have read it") == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LOGIN_PASSWORD_FIELD", "passwd"),
        ("USER_PASSWORD_COLUMN", "digest"),
        ("PATIENT_TOKEN_COOKIE", "visit"),
        ("ACCESS_TOKEN_SOURCE", "AUTHORIZER"),
        ("PASSWORD_RESET_TEMPLATES", "reset-mail-v3"),
        ("PASSWORD_FIELD_2", "confirmation"),
        ("PASSWORD_RESET_SUBJECT", "Choose another one"),
        ("PASSWORD_HASHER", "bcrypt"),
        ("tokenAttribute", "idToken"),
        # The word for a secret is a part of another word, or of a name for something else.
        ("TOKENIZER", "bert-base-uncased"),
        ("TOKENIZERS_CACHE", "local"),
        ("PASSWORDLESS_LOGIN", "magic-link"),
        ("SECRETARY", "front-desk"),
        ("TOKEN_MODEL", "amazon.titan-embed-text-v2:0"),
        ("PARAMETERS_SECRETS_EXTENSION_LOG_LEVEL", "debug"),
        ("SECRET_ENV", "prod"),
        ("TOKEN_SIGNING_ALG", "RS256"),
        ("PASSWORD_COMPLEXITY", "v2"),
        ("ENABLE_TOKEN_AUTH", "yes"),
        ("CREDENTIALS", "include"),
        ("FETCH_CREDENTIALS", "same-origin"),
        # Which key of a secret or a request is meant.
        ("MYSQL_PASSWORD_KEY", "db_password"),
        ("OAUTH_CLIENT_SECRET_KEY", "clientSecret"),
        ("ACCESS_TOKEN_KEY", "access-token"),
    ],
)
def test_names_of_fields_and_keys_are_no_secrets(name: str, value: str) -> None:
    assert outcome("no_secrets_in_environment", _function(**{name: value})) == "passed"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "a8f03bd91c"),
        # The word for a secret ends the name, or what stands behind it says which of several.
        ("DBPASSWORD", "winter"),
        ("authToken", "winter"),
        ("TOKENS", "winter"),
        ("DB_PASSWORD_PROD", "winter"),
        ("tokenValue", "winter"),
        ("PASSWORD_OLD_2", "winter"),
        ("API_KEY_STRIPE", "Kx93jdk2kd9"),
        ("CREDENTIALS", "ops:winter"),
        ("OAUTH_CLIENT_SECRET_KEY", "Xy9kLm2Qp"),
        ("MYSQL_PASSWORD_KEY", "Winter"),
        # By what a program signs itself, a plain word is a weak one.
        ("JWT_SECRET_KEY", "jwt_secret"),
        ("SECRET_KEY", "secret"),
        ("API_KEY", "api_key"),
        ("BREVO_SMTP_KEY", "Kx93jdk2kd9sLq4z"),
        ("MYSQL_PASSWORD", "password"),
        ("SESSION_COOKIE_SECRET", "visit"),
        ("aws-secret-access-key", "winter of the clinic"),
        # What a value tells by itself, no name hides.
        ("TOKEN_COOKIE", "ghp_abcdefghijklmnop0123456789"),
    ],
)
def test_secrets_beside_names_of_fields_are_found(name: str, value: str) -> None:
    assert outcome("no_secrets_in_environment", _function(**{name: value})) == "failed"


@pytest.mark.parametrize(
    ("name", "value", "severity"),
    [
        ("DB_PASSWORD", "REPLACE_ME", "warning"),
        ("API_TOKEN", "<the token>", "warning"),
        ("DB_PASSWORD", "REPLACE_ME7", None),
        ("DB_HOST", "REPLACE_ME", "passed"),
    ],
)
def test_a_placeholder_waits_for_the_secret(name: str, value: str, severity: str | None) -> None:
    found = verdict("no_secrets_in_environment", _function(**{name: value}))
    assert found is not None
    assert (found.severity if found.outcome.value == "failed" else found.outcome.value) == severity


ARN = "arn:aws:secretsmanager:us-east-1:111122223333:secret:"


@pytest.mark.parametrize(
    ("elsewhere", "expected"),
    [
        ({"Fn::Sub": ARN + "${AdminSecret}-*"}, "passed"),
        ({"Fn::Join": ["", [ARN + "clinic/", {"Ref": "AdminSecret"}, "-*"]]}, "passed"),
        ({"Fn::Sub": "{{resolve:secretsmanager:${AdminSecret}:SecretString:user}}"}, "passed"),
        ({"Fn::Sub": "arn:aws:ssm:us-east-1:111122223333:parameter/clinic/${AdminSecret}"}, "passed"),
        # It is the name of something else, or another parameter is that of a secret.
        ({"Fn::Sub": "arn:aws:s3:::${AdminSecret}"}, "failed"),
        ({"Fn::Sub": ARN + "${AdminSecretName}-*"}, "failed"),
        ({"Fn::Join": ["", [ARN + "clinic-*", " ", {"Ref": "AdminSecret"}]]}, "failed"),
        ("nothing", "failed"),
    ],
)
@pytest.mark.parametrize(("hidden", "value"), [(False, ""), (True, "failed")])
def test_a_parameter_that_names_a_secret_is_none(elsewhere: Any, hidden: bool, value: str, expected: str) -> None:
    resources = {
        **_function(ADMIN_SECRET={"Ref": "AdminSecret"}),
        "Told": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": elsewhere}},
    }
    declared = {"Type": "String", **({"NoEcho": True} if hidden else {})}
    found = outcome("no_secrets_in_environment", resources, Parameters={"AdminSecret": declared})
    assert found == (value or expected)
