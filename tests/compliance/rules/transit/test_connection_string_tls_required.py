from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, outcome, verdict


def _weight(resources: dict[str, Any]) -> str:
    found = verdict("connection_string_tls_required", resources)
    assert found
    return (found.severity or "error") if found.outcome == "failed" else found.outcome.value


def _function(**variables: Any) -> dict[str, Any]:
    return one("AWS::Lambda::Function", Environment={"Variables": variables})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("jdbc:postgresql://db.clinic/records?sslmode=disable", "error"),
        ("jdbc:postgresql://db.clinic/records?sslmode=allow", "error"),
        ("jdbc:postgresql://db.clinic/records?ssl=false", "error"),
        ("postgresql+psycopg2://app@db.clinic/records?sslmode=disable", "error"),
        ("host=db.clinic dbname=records sslmode=disable", "error"),
        ("jdbc:mysql://db.clinic/records?useSSL=false", "error"),
        ("jdbc:mysql://db.clinic/records?sslMode=DISABLED", "error"),
        ("jdbc:sqlserver://db.clinic;databaseName=records;encrypt=false", "error"),
        ("Server=db.clinic;Database=records;Encrypt=False;", "error"),
        ("jdbc:redshift://records.us-east-1.redshift.amazonaws.com:5439/dev?ssl=false", "error"),
        ("mongodb://docs.clinic:27017/records?tls=false", "error"),
        ("mongodb+srv://docs.clinic/records?ssl=false", "error"),
        ("redis://cache.clinic:6379", "error"),
        ({"Fn::Sub": "redis://${Cache.RedisEndpoint.Address}:6379"}, "error"),
        ({"Fn::Join": ["", ["redis://", GIVEN, ":6379"]]}, "error"),
        ("amqp://app@queue.clinic:5672", "error"),
        ("mqtt://devices.clinic", "error"),
        ("ftp://app@files.clinic/scans", "error"),
        ("bootstrap.servers=kafka.clinic:9092,security.protocol=SASL_PLAINTEXT", "error"),
        ("jdbc:postgresql://db.clinic/records?sslmode=prefer", "warning"),
        ("jdbc:mysql://db.clinic/records?sslMode=PREFERRED", "warning"),
        ("jdbc:mysql://db.clinic/records?useSSL=true&requireSSL=false", "warning"),
        ("jdbc:sqlserver://db.clinic;encrypt=true;trustServerCertificate=true", "warning"),
        ("mongodb://docs.clinic/records?tls=true&tlsAllowInvalidCertificates=true", "warning"),
        ("jdbc:postgresql://db.clinic/records?ssl=true&sslfactory=org.postgresql.ssl.NonValidatingFactory", "warning"),
        ("ldap://directory.clinic:389", "warning"),
        ("jdbc:postgresql://db.clinic/records", "warning"),
        # What somebody has yet to fill in.
        ("postgresql://<DB_USER>:<DB_PASSWORD>@<DB_HOST>/<DB_NAME>", "warning"),
        ("postgresql://app@{{db_host}}:5432/records", "warning"),
        ("postgresql://app@<DB_HOST>/records?sslmode=<SSL_MODE>", "passed"),
        ("postgresql://app@<DB_HOST>/records?<OPTIONS>", "passed"),
        ({"Fn::Sub": "postgres://${Given}:${Given}@${Given}:5432/records"}, "warning"),
        ("mysql://app@db.clinic/records", "warning"),
        ("mongodb://docs.clinic:27017/records?replicaSet=rs0", "warning"),
        ("jdbc:postgresql://db.clinic/records?sslmode=verify-full", "passed"),
        ("jdbc:mysql://db.clinic/records?sslMode=VERIFY_IDENTITY", "passed"),
        ("jdbc:sqlserver://db.clinic;databaseName=records", "passed"),
        ("jdbc:redshift://records.us-east-1.redshift.amazonaws.com:5439/dev", "passed"),
        ("mongodb+srv://docs.clinic/records", "passed"),
        ("mongodb://docs.clinic/records?tls=true", "passed"),
        ("rediss://cache.clinic:6379", "passed"),
        ("amqps://queue.clinic", "passed"),
        ("ldaps://directory.clinic", "passed"),
        ("ftp://ftp.ncbi.nlm.nih.gov/genomes", "passed"),
        ("redis://localhost:6379", "passed"),
        ("postgres://127.0.0.1/records?sslmode=disable", "passed"),
        # A container beside it.
        ("redis://redis:6379", "passed"),
        ("postgres://db/records", "passed"),
        ({"Fn::Sub": "postgres://db.clinic/records?${Given}"}, "passed"),
        ("https://api.clinic", "passed"),
        ("records", "passed"),
        (GIVEN, "passed"),
        ({"Fn::If": ["Live", "rediss://cache.clinic", "redis://cache.clinic"]}, "error"),
    ],
)
def test_values(value: Any, expected: str) -> None:
    assert _weight(_function(TARGET=value)) == expected


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"PGSSLMODE": "disable"}, "error"),
        ({"PGSSLMODE": "allow"}, "error"),
        ({"PGSSLMODE": "prefer"}, "warning"),
        ({"PGSSLMODE": "verify-full"}, "passed"),
        ({"DB_SSL": "false"}, "error"),
        ({"DB_SSL": False}, "error"),
        ({"REDIS_TLS": "0"}, "error"),
        ({"SPRING_RABBITMQ_SSL_ENABLED": "false"}, "error"),
        ({"MYSQL_SSL_MODE": "DISABLED"}, "error"),
        ({"KAFKA_SECURITY_PROTOCOL": "PLAINTEXT"}, "error"),
        ({"KAFKA_SECURITY_PROTOCOL": "SASL_SSL"}, "passed"),
        ({"NODE_TLS_REJECT_UNAUTHORIZED": "0"}, "error"),
        ({"NODE_TLS_REJECT_UNAUTHORIZED": "1"}, "passed"),
        ({"DB_SSL": "true", "DB_SSL_REJECT_UNAUTHORIZED": "false"}, "warning"),
        ({"DB_SSL": "true"}, "passed"),
        # Of TLS at once and TLS when asked for, a mail server takes one.
        ({"EMAIL_USE_SSL": "false", "EMAIL_USE_TLS": "true"}, "passed"),
        ({"EMAIL_USE_SSL": "false", "EMAIL_USE_TLS": "false"}, "error"),
        ({"DB_SSL": "false", "DB_HOST": "localhost"}, "passed"),
        ({"DB_SSL": "false", "REDIS_HOST": "localhost"}, "error"),
        ({"DB_SSL_CERT_PATH": "none", "DB_SSL_KEY": "no"}, "passed"),
        # Which the program answers at its own port.
        ({"ENABLE_TLS": "false", "SSL": "off"}, "passed"),
        ({"DATABASE_URL": "postgres://db.clinic/records", "DATABASE_SSL": "true"}, "passed"),
        ({"DATABASE_URL": "postgres://db.clinic/records", "PGSSLROOTCERT": "/opt/rds.pem"}, "passed"),
        ({"DB_SSL": GIVEN}, "passed"),
        ({"DB_SSL": {"Fn::If": ["Live", "true", "false"]}}, "error"),
        ({}, "not_applicable"),
    ],
)
def test_names(variables: dict[str, Any], expected: str) -> None:
    assert _weight(_function(**variables)) == expected


URL = "redis://cache.clinic"


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("AWS::ECS::TaskDefinition", {"ContainerDefinitions": [{"Environment": [{"Name": "CACHE", "Value": URL}]}]}),
        ("AWS::ECS::TaskDefinition", {"ContainerDefinitions": [{"Command": ["serve", "--cache", URL]}]}),
        ("AWS::Batch::JobDefinition", {"ContainerProperties": {"Command": ["import", "--cache", URL]}}),
        ("AWS::EMR::Step", {"HadoopJarStep": {"Args": ["spark-submit", "--conf", f"spark.redis={URL}"]}}),
        ("AWS::KafkaConnect::Connector", {"ConnectorConfiguration": {"database.ssl.mode": "disabled"}}),
        ("AWS::MWAA::Environment", {"AirflowConfigurationOptions": {"smtp.smtp_ssl": "False"}}),
        ("AWS::ElasticBeanstalk::Environment", {"OptionSettings": [{"OptionName": "CACHE", "Value": URL}]}),
        ("AWS::Glue::Job", {"NonOverridableArguments": {"--cache": URL}}),
        ("AWS::SSM::Parameter", {"Value": URL}),
        ("AWS::SecretsManager::Secret", {"SecretString": '{"url": "jdbc:mysql://db.clinic/records?useSSL=false"}'}),
        ("AWS::SecretsManager::Secret", {"GenerateSecretString": {"SecretStringTemplate": f'{{"url": "{URL}"}}'}}),
    ],
)
def test_where_it_is_given(kind: str, properties: dict[str, Any]) -> None:
    assert _weight(one(kind, **properties)) == "error"


@pytest.mark.parametrize("kind", ["AWS::SSM::Parameter", "AWS::SecretsManager::Secret"])
def test_what_is_kept_elsewhere_asks_for_nothing_more(kind: str) -> None:
    name = "Value" if kind == "AWS::SSM::Parameter" else "SecretString"
    assert _weight(one(kind, **{name: "jdbc:postgresql://db.clinic/records"})) == "warning"
    assert _weight(one(kind, **{name: "jdbc:postgresql://db.clinic/records?sslmode=require"})) == "passed"
    assert judged("connection_string_tls_required", one(kind)) == "not_applicable"


def test_a_message_repeats_no_value() -> None:
    found = verdict("connection_string_tls_required", _function(CACHE="redis://:hunter2@cache.clinic"))
    assert found
    assert found.message == "CACHE connects over redis://, which is no TLS."


@pytest.mark.parametrize(("default", "expected"), [("true", "passed"), ("false", "failed"), (None, "passed")])
def test_whoever_deploys_it_may_choose_among_what_is_allowed(default: str | None, expected: str) -> None:
    allowed: dict[str, Any] = {"Type": "String", "AllowedValues": ["true", "false"]}
    declared = {"Tls": {**allowed, **({"Default": default} if default else {})}}
    function = _function(DB_SSL={"Ref": "Tls"})
    assert outcome("connection_string_tls_required", function, Parameters=declared) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Fn::Sub": "http://${Balancer.DNSName}"}, "warning"),
        ({"Fn::Sub": "http://${Balancer.DNSName}:8080/api"}, "warning"),
        ({"Fn::Join": ["", ["http://", {"Fn::GetAtt": ["Balancer", "DNSName"]}]]}, "warning"),
        ({"Fn::Sub": "http://records.${Namespace.Name}/"}, "warning"),
        ({"Fn::Sub": "http://records.${AWS::StackName}.local:8080"}, "warning"),
        ("http://internal-records-1.us-east-1.elb.amazonaws.com", "warning"),
        ("http://records.clinic.internal/fhir", "warning"),
        ({"Fn::Sub": "https://${Balancer.DNSName}"}, "passed"),
        ("http://localhost:8080", "passed"),
        ("http://127.0.0.1:2375", "passed"),
        ("http://169.254.170.2/v2/credentials", "passed"),
        ("http://worker:8080", "passed"),
        # Names of code systems and of namespaces are nowhere to connect to.
        ("http://loinc.org", "passed"),
        ("http://terminology.hl7.org/CodeSystem/v3-ActCode", "passed"),
        ("http://www.w3.org/2000/09/xmldsig#", "passed"),
        ("http://203.0.113.7:8000/rag", "warning"),
        ("http://10.0.4.12/fhir", "warning"),
        ("http://fhir.example.org:8080/fhir", "warning"),
        ("http://127.0.0.1:9000", "passed"),
        ("http://app.localhost:3000", "passed"),
        ("http://sidecar:3000", "passed"),
        ({"Fn::Sub": "http://${Given}"}, "passed"),
    ],
)
def test_http_to_another_service_is_no_tls(value: Any, expected: str) -> None:
    beside = {
        "Balancer": {"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer"},
        "Namespace": {"Type": "AWS::ServiceDiscovery::PrivateDnsNamespace"},
    }
    assert _weight(_function(RECORDS_URL=value) | beside) == expected
    container = {"Name": "app", "Environment": [{"Name": "RECORDS_URL", "Value": value}]}
    assert _weight(one("AWS::ECS::TaskDefinition", ContainerDefinitions=[container]) | beside) == expected
    assert _weight(_function(ALLOWED_ORIGINS=value) | beside) == "passed"


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"VERIFY_SSL": "false"}, "warning"),
        ({"SSL_VERIFY": "0"}, "warning"),
        ({"TLS_VERIFICATION": "off"}, "warning"),
        ({"SKIP_TLS_VERIFY": "true"}, "warning"),
        ({"TLS_INSECURE": "1"}, "warning"),
        ({"INSECURE_SKIP_VERIFY": "true"}, "warning"),
        ({"VERIFY_SSL": "true"}, "passed"),
        ({"SKIP_TLS_VERIFY": "false"}, "passed"),
        ({"VERIFY_SSL": GIVEN}, "passed"),
        # No certificate is looked at here.
        ({"VERIFY_EMAIL": "false"}, "passed"),
        ({"SKIP_VERIFICATION_EMAIL": "false"}, "passed"),
        ({"NO_VERIFIED_USERS": "no"}, "passed"),
        ({"TLS_VERIFY_PATH": "no"}, "passed"),
    ],
)
def test_a_switch_without_a_subject(variables: dict[str, Any], expected: str) -> None:
    assert _weight(_function(**variables)) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("new Client({host, ssl: {rejectUnauthorized: false}})", "warning"),
        ("new Client({host, ssl: {rejectUnauthorized: true}})", "passed"),
        ("// rejectUnauthorized: false", "passed"),
        ("process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'", "warning"),
        ("context = ssl._create_unverified_context()", "warning"),
        ("http = urllib3.PoolManager(cert_reqs='CERT_NONE')", "warning"),
        ("requests.post(\n    address(),\n    json=record,\n    verify=False,\n)", "warning"),
        ("requests.get('https://localhost:8443', verify=False)", "passed"),
        ("claims = jwt.decode(token, verify=False)", "passed"),
        ("    # verify=False is for tests\nrequests.get(address)", "passed"),
    ],
)
def test_code_in_the_template(code: str, expected: str) -> None:
    assert _weight(one("AWS::Lambda::Function", Code={"ZipFile": code})) == expected
    assert _weight(one("AWS::Synthetics::Canary", Code={"Script": code})) == expected
