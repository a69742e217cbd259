"""What texts say of connections: that they do without TLS, or trust whoever answers."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from hipaa_constructs.cloudformation.written import Written

_HERE = re.compile(r"localhost|127\.0\.0\.1|\[?::1\b|169\.254\.169\.254", re.IGNORECASE)


class Said(NamedTuple):
    """What a text says that a connection does; ``certain`` where nothing else can make up for it."""

    what: str
    certain: bool = True


_OFF: Final = Said("turns TLS off")
_TRUSTS: Final = "does not look at the certificate of the other side"
# Each has TLS only if the other side wants it: libpq's and MySQL's own words.
_PREFERS: Final = Said("does without TLS where the other side does", False)
# postgresql.org/docs/current/libpq-ssl.html, dev.mysql.com/doc/connector-j/en/connector-j-connp-props-security.html,
# learn.microsoft.com/sql/connect/jdbc/setting-the-connection-properties, mongodb.com/docs/manual/reference/
# connection-string-options, kafka.apache.org/documentation/#adminclientconfigs_security.protocol
_SAYINGS: Sequence[tuple[re.Pattern[str], Said]] = (
    (
        re.compile(
            r"\buseSSL=(false|no)\b|(\b|PG)ssl[-_]?mode[= ]['\"]?(disabled?|allow)\b|"
            r"jdbc:sqlserver:\S*encrypt=(false|no|optional)\b|"
            r"\b(Server|Data Source)=[^;]+;(.*;)?\s*Encrypt=(false|no|optional)\b|"
            r"\b(jdbc:)?(postgres(ql)?|redshift|mysql|mariadb)(\+\w+)?://\S*[?&;](ssl|tls)=(false|0)\b|"
            r"mongodb(\+srv)?://\S*[?&](ssl|tls)=false|\bsecurity\.protocol['\"]?\s*[=:]\s*['\"]?(SASL_)?PLAINTEXT\b",
            re.IGNORECASE,
        ),
        _OFF,
    ),
    (re.compile(r"\b(mysql|mysqldump|mariadb)\b.*\s--(skip-ssl|ssl=0|ssl=off)(\s|$)"), _OFF),
    (re.compile(r"\bssl[-_]?mode[= ]['\"]?prefer(red)?\b|\brequireSSL=(false|no)\b", re.IGNORECASE), _PREFERS),
    (
        re.compile(
            r"\btrustServerCertificate=(true|yes)\b|\bverifyServerCertificate=(false|no)\b|"
            r"\bsslfactory=[\w.]*NonValidat|\btls(Insecure|AllowInvalidCertificates|AllowInvalidHostnames)=true\b",
            re.IGNORECASE,
        ),
        Said(_TRUSTS, False),
    ),
)
# docs.python.org/3/library/ssl.html, requests.readthedocs.io/en/latest/user/advanced, nodejs.org/api/tls.html
_CODE_TRUSTS = re.compile(
    r"\brejectUnauthorized['\"]?\s*[:=]\s*false\b|NODE_TLS_REJECT_UNAUTHORIZED['\"\]]*\s*=\s*['\"]?0|"
    r"\bssl\._create_unverified_context\b|\bCERT_NONE\b|\bcheck_hostname\s*=\s*False\b|"
    r"\b(requests|session|httpx|boto3)\.[\w.]+\((?:[^()]|\([^()]*\))*\bverify\s*=\s*False\b"
)
# Each has a scheme of its own for TLS. A directory can be asked for TLS after the connection is made; files that
# nobody signs in for are public.
_SCHEMES: Sequence[tuple[re.Pattern[str], bool]] = (
    (re.compile(r"\b(redis|amqp|mqtt|stomp)://([^\s/?#'\"]+)", re.IGNORECASE), True),
    (re.compile(r"\b(ftp)://([^\s/?#'\"@]+@[^\s/?#'\"]+)", re.IGNORECASE), True),
    (re.compile(r"\b(ldap)://([^\s/?#'\"]+)", re.IGNORECASE), False),
)
# What asks for no TLS, or not for certain, unless it is told to.
_DATABASE = re.compile(
    r"\b(?:jdbc:)?(?:postgres(?:ql)?|mysql|mariadb|mongodb)(?!\+srv)(?:\+\w+)?://(?P<host>[^\s/?#'\"]+)(?P<rest>[^\s'\"]*)",
    re.IGNORECASE,
)
# What deployment or somebody else fills in.
_GAP = re.compile(r"\$\{|<\w[^<>]*>|\{\{")
_HTTP = re.compile(r"\bhttp://(?P<host>[^\s/?#'\",;]+)", re.IGNORECASE)
_OF_RESOURCE: Final = "\0"
# Load balancers, platforms and machines of AWS's, and names of Cloud Map and Kubernetes.
_INTERNAL = re.compile(
    r"\.(elb\.amazonaws\.com|elasticbeanstalk\.com|compute(-\d)?\.amazonaws\.com|internal|local)(:\d+)?$", re.IGNORECASE
)
# What a variable is about by its name, whether that is TLS, and whether it is the other side's certificate.
_ABOUT = re.compile(
    r"postgres|pg|maria|mysql|mssql|sqlserver|jdbc|redis|valkey|mongo|docdb|amqp|rabbit|kafka|smtp|mail|ldap|elastic|"
    r"opensearch|cassandra|neptune|mqtt|ftp|cache|database|db",
    re.IGNORECASE,
)
_TLS = re.compile(r"ssl|tls", re.IGNORECASE)
_NO_SWITCH = re.compile(
    r"cert|key|path|file|dir|version|cipher|port|arn|host|name|pass|secret|_ca$|disable|skip|insecure|allow|ignore",
    re.IGNORECASE,
)
_VERIFIES = re.compile(r"verif|reject|check|valid", re.IGNORECASE)
# Says the same the other way round.
_IGNORES = re.compile(
    r"(skip|disable|no)_?((ssl|tls)_?)?(cert(ificate)?_?)?verif|insecure_?(ssl|tls|skip)|(ssl|tls)_?(insecure|skip_?verif)",
    re.IGNORECASE,
)
_YES = frozenset({"1", "on", "true", "yes"})
_NO = frozenset({"0", "disable", "disabled", "false", "no", "none", "off", "plaintext"})
_CHECKS_NOTHING = (("NODE_TLS_REJECT_UNAUTHORIZED", "0"), ("PYTHONHTTPSVERIFY", "0"))


def is_here(text: str) -> bool:
    """Whether a text is about the machine itself, where nothing is transferred."""
    return _HERE.search(text) is not None


def said_in(text: str) -> Iterator[Said]:
    """Yield what a text, such as a line of a script or a connection string, says that is not over TLS."""
    text = _with_plain_gaps(text)
    if is_here(text):
        return
    yield from (said for pattern, said in _SAYINGS if pattern.search(text))
    for pattern, certain in _SCHEMES:
        for found in pattern.finditer(text):
            if _is_elsewhere(found[2]):
                yield Said(f"connects over {found[1].lower()}://, which is no TLS", certain)


def trusts_in_code(code: str) -> bool:
    """Whether source code, of Python or JavaScript, opens connections without looking at the certificate."""
    lines = [line for line in code.splitlines() if not line.lstrip().startswith(("#", "//", "*"))]
    return _CODE_TRUSTS.search("\n".join(line for line in lines if not is_here(line))) is not None


def asks_for_none(text: str) -> bool:
    """Whether a text has the address of a database whose drivers take TLS only if told to, and does not tell them."""
    text = _with_plain_gaps(text)
    return not is_here(text) and any(
        _is_elsewhere(found["host"])
        and not _TLS.search(found["rest"])
        and not _GAP.search(found["rest"].partition("?")[2])
        for found in _DATABASE.finditer(text)
    )


def is_over_http(value: Written) -> bool:
    """Whether a value has the http:// address of another resource or machine, or of a name that a network knows alone.

    Other such addresses are mostly no place to connect to, but names of code systems and of XML's namespaces.
    """
    # What another resource gives is certainly elsewhere; a parameter may be anything.
    text = "".join(
        part if isinstance(part, str) else str(part) if part.parameters or part.pseudo else _OF_RESOURCE
        for part in value
    )
    hosts = [found["host"] for found in _HTTP.finditer(text)]
    return any(_OF_RESOURCE in host or _INTERNAL.search(host) is not None or _is_machine(host) for host in hosts)


def _is_machine(host: str) -> bool:
    """Whether a host is somewhere else to connect to: another machine's number, or a name with a port of its own."""
    name, _, port = host.rpartition("@")[2].partition(":")
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return port.isdigit() and "." in name and "$" not in name and not name.lower().endswith("localhost")
    return not (address.is_loopback or address.is_link_local or address.is_unspecified)


def said_by(variables: Sequence[tuple[str, str]]) -> Iterator[tuple[str, Said]]:
    """Yield the names of the variables of one program that say that a connection is not over TLS, each with what.

    A variable that can come to several texts stands there with each of them.
    """
    for name, text in variables:
        yield from ((name, said) for said in said_in(text))
        plain = text.strip().lower()
        about = _ABOUT.search(name)
        if (name, plain) in _CHECKS_NOTHING:
            yield name, Said(_TRUSTS)
        elif _IGNORES.search(name):
            if plain in _YES:
                yield name, Said(_TRUSTS, False)
        elif not about and _TLS.search(name) and _VERIFIES.search(name) and not _NO_SWITCH.search(name):
            if plain in _NO:
                yield name, Said(_TRUSTS, False)
        elif re.search(r"security[._]?protocol$", name, re.IGNORECASE):
            if plain in ("plaintext", "sasl_plaintext"):
                yield name, _OFF
        elif about and _TLS.search(name) and not _NO_SWITCH.search(name):
            others = [(key, value) for key, value in variables if key != name and about[0].lower() in key.lower()]
            if any(is_here(value) for _, value in others):
                continue
            if _VERIFIES.search(name):
                if plain in _NO:
                    yield name, Said(_TRUSTS, False)
            elif plain in _NO:
                # Of two ways to TLS, such as at once or when asked to, one is enough.
                if not any(_is_switched_on(key, value) for key, value in others):
                    yield name, _OFF
            elif plain == "allow":
                yield name, _OFF
            elif plain in ("prefer", "preferred"):
                yield name, _PREFERS
    if not any(_is_switched_on(name, text) for name, text in variables):
        yield from ((name, Said("does not ask for TLS", False)) for name, text in variables if asks_for_none(text))


def _is_switched_on(name: str, text: str) -> bool:
    return _TLS.search(name) is not None and not _VERIFIES.search(name) and text.strip().lower() not in _NO


def _is_elsewhere(authority: str) -> bool:
    """Whether a host is certainly another machine: a name of one word is mostly that of a container beside."""
    host = authority.rpartition("@")[2]
    return "." in host or _GAP.search(host) is not None


def _with_plain_gaps(text: str) -> str:
    return text.replace("${?", "${")
