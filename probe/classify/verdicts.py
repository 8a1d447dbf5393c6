"""How servers, and those who run them, write the verdict on a client certificate: in a header, as a field of a text, or in words alone.

nginx and Apache give `SUCCESS`, `NONE`, or `FAILED:` and OpenSSL's text (`$ssl_client_verify`, `SSL_CLIENT_VERIFY`), haproxy OpenSSL's
number (`ssl_c_verify`, `ssl_c_err`, `ssl_c_ca_err`) or name for it (`x509_v_err_str`), and so does F5 (`SSL_VERIFY_RESULT`). Node gives the
name alone (`authorizationError`), Kong a sentence. Envoy, Traefik and Caddy have no such field. A field is written `NAME=VALUE`, `NAME: VALUE`, `"NAME":"VALUE"`, `"NAME":VALUE` or `<NAME>VALUE`.
"""

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice
from typing import Final

from probe.classify.refusal_rules import Complaint
from probe.model.answer import HttpAnswer


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One row: what a server writes about its verification of our certificate, and what that means."""

    written: str
    """OpenSSL's text, as nginx's `$ssl_client_verify` gives it after `FAILED:`."""
    code: int
    """OpenSSL's number, as haproxy's `ssl_c_verify` gives it."""
    name: str
    """OpenSSL's name of that, as haproxy's `x509_v_err_str` gives it after `X509_V_ERR_`, and Node's `authorizationError` alone."""
    means: Complaint


DISCLOSURES: Final = (
    Disclosure("certificate has expired", 10, "CERT_HAS_EXPIRED", Complaint.EXPIRED),
    Disclosure("certificate is not yet valid", 9, "CERT_NOT_YET_VALID", Complaint.NOT_YET_VALID),
    Disclosure("certificate revoked", 23, "CERT_REVOKED", Complaint.REVOKED),
    Disclosure("unsuitable certificate purpose", 26, "INVALID_PURPOSE", Complaint.USAGE),
    Disclosure("unsupported certificate purpose", 26, "INVALID_PURPOSE", Complaint.USAGE),
    Disclosure("unable to verify the first certificate", 21, "UNABLE_TO_VERIFY_LEAF_SIGNATURE", Complaint.UNKNOWN_CA),
    Disclosure("unable to get local issuer certificate", 20, "UNABLE_TO_GET_ISSUER_CERT_LOCALLY", Complaint.UNKNOWN_CA),
    Disclosure("unable to get issuer certificate", 2, "UNABLE_TO_GET_ISSUER_CERT", Complaint.UNKNOWN_CA),
    Disclosure("self-signed certificate in certificate chain", 19, "SELF_SIGNED_CERT_IN_CHAIN", Complaint.UNKNOWN_CA),
    Disclosure("self signed certificate in certificate chain", 19, "SELF_SIGNED_CERT_IN_CHAIN", Complaint.UNKNOWN_CA),
    Disclosure("self-signed certificate", 18, "DEPTH_ZERO_SELF_SIGNED_CERT", Complaint.UNKNOWN_CA),
    Disclosure("self signed certificate", 18, "DEPTH_ZERO_SELF_SIGNED_CERT", Complaint.UNKNOWN_CA),
    Disclosure("unable to get certificate crl", 3, "UNABLE_TO_GET_CRL", Complaint.ITS_OWN_LIST),
    Disclosure("crl is not yet valid", 11, "CRL_NOT_YET_VALID", Complaint.ITS_OWN_LIST),
    Disclosure("crl has expired", 12, "CRL_HAS_EXPIRED", Complaint.ITS_OWN_LIST),
    Disclosure("different crl scope", 44, "DIFFERENT_CRL_SCOPE", Complaint.ITS_OWN_LIST),
)
"""First match wins, in lower case; anything else after `FAILED:` is unspecified."""


class Kind(StrEnum):
    """What the verification gave."""

    GOOD = "good"
    BAD = "bad"
    NONE = "none"
    """That no certificate was sent."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One, as somebody has written it. On whose certificate, it does not say."""

    kind: Kind
    written: str = ""
    """The part that says it, for a quotation: `FAILED:certificate revoked`, `ssl_c_verify=23`. Only of a bad one."""
    means: Complaint = Complaint.UNSPECIFIED
    """Only of a bad one."""
    loose: bool = False
    """It stands in no field that servers call so, or in other words than OpenSSL's: an application may say the like of anything of its own.

    A good one is loose by its name alone: a signature is verified, too.
    """
    stem: str | None = None
    """Of one in a field of a text, what its name begins with, in lower case: `ssl_client_` of `SSL_CLIENT_VERIFY`."""
    at: int = 0
    """Where that field begins."""


class _About(StrEnum):
    """Whether a field is about a certificate."""

    ONE = "one"
    PERHAPS = "perhaps"
    """It stands on a page that speaks of TLS, and may be an application's own."""


LOOKED_AT: Final = 4096
"""Characters of a body in which a disclosure is looked for."""
_LONGEST_VALUE: Final = 512
"""Characters of a header in which one is looked for: a verdict is short."""
_LOOKED_AT_CLOSELY: Final = 16
"""Of what may be one, the first so many: what stands around each is read, and a stranger may send thousands."""
_OBJECTIONS: Final = range(2, 100)
"""Numbers of OpenSSL's that say what is wrong; 0 is none, 1 is never a verdict of its verification, and a yes elsewhere."""

_OF_SERVERS: Final = r"(?:ssl|tls)[_-]c(?:lient)?[_-](?:cert[_-])?verify(?:[_-]result)?|ssl[_-]verify[_-]result|ssl[_-]c[_-](?:ca[_-])?err"
"""Names by which servers call the verdict on a client certificate, and nobody anything else."""
_OF_OPERATORS: Final = r"client[_-](?:cert[_-])?verify|(?:(?:ssl|tls)[_-])?verify"
"""Names that operators give it, and applications to other things: a number behind one says little by itself."""
_HEADER: Final = re.compile(
    rf"(?:x[_-])?(?:(?P<server>{_OF_SERVERS}|client[_-](?:cert[_-])?verify)|(?:ssl|tls)[_-]verify)"
)
"""Whole names: `x-ssl-client-verify-depth`, `x-client-3ds-verify` and `x-tls-verify-level` are none."""
_WHY: Final = r"FAILED:\s?(?P<why>[A-Za-z](?:[A-Za-z-]| (?![\w-]+\s*[=:])){2,80})"
"""Up to the next field, if one follows on the line."""
_OF_NOBODY: Final = "UNABLE_TO_GET_ISSUER_CERT"
"""What Node says where no certificate was sent (measured, 18)."""
_UNEXPLAINED: Final = (
    "CERT_SIGNATURE_FAILURE",
    "CERT_CHAIN_TOO_LONG",
    "CERT_REJECTED",
    "CERT_UNTRUSTED",
    "PATH_LENGTH_EXCEEDED",
)
"""Further names of OpenSSL's that are about a certificate: they give no complaint of their own."""
_BARE: Final = "|".join(sorted({row.name for row in DISCLOSURES} | set(_UNEXPLAINED), key=len, reverse=True))
_NAMED: Final = rf"(?:X509_V_ERR_(?P<named>[A-Z0-9_]{{3,60}})|\b(?P<bare>{_BARE}))(?!\w)"
_KONG: Final = r"(?P<kong>TLS certificate failed verification)"
"""All that Kong's plugin `mtls-auth` says."""
_RESULT: Final = rf"(?:{_WHY}|{_NAMED}|(?P<number>\d{{1,3}})(?![\w.])|(?P<word>SUCCESS|NONE|FAILED|X509_V_OK)\b(?!:))"
_IN_HEADER: Final = re.compile(_RESULT)
_LAST_PART: Final = re.compile(r"(?:cert_)?verify(?:_result)?$|(?:ca_)?err$")
_SET_APART: Final = r"(?:</t[dh]>\s*+<t[dh][^<>]{0,40}>|\s*+=>\s*+|\s*+\|\s*+|[ \t]++)"
"""What may stand behind a name that servers alone use: cells of a table, an arrow, a bar, or nothing but room."""
_FIELD: Final = re.compile(
    rf"(?<![\w?&/.-])(?P<name>(?i:(?:x[_-])?(?:(?P<server>{_OF_SERVERS})|{_OF_OPERATORS})))"
    rf"(?P<is>\\?[\"']?\s*+[=:>]\s*+\\?[\"']?|(?(server){_SET_APART}|(?!))){_RESULT}"
)
"""`cvc_verify`, `address_verify` and `signature_verify` are of other things."""
_WORDS: Final = re.compile(rf"\b(?:{_WHY}|{_NAMED}|{_KONG})")
_NO_WORD: Final = re.compile(r"(?:<[^<>]*>|\d|[^\w<])*")
"""Tags and punctuation. Each character has one way to match: the line is a stranger's, and must not take time that grows with its length."""
_TELLS_WHY: Final = re.compile(
    r"\"(?:error|error_description|message|msg|detail|reason|cause|code|authorization_?error)\"\s*+:\s*+\"$",
    re.IGNORECASE,
)
"""Where an answer in JSON tells why it refuses: what stands there alone is said of the request."""
_BEGINS_LINE: Final = re.compile(r"\s*+verify\s*+(?:=\s*+|:\s*+(?=\d{1,3}[ \t\r]*+$))", re.IGNORECASE | re.MULTILINE)
"""`verify: 10 digits` is an advice."""
_SPEAKS_OF_TLS: Final = re.compile(r"certificate|\bcert\b|\bssl|\btls\b|\b[si]_dn\b", re.IGNORECASE)
_SPEAKS_OF_ONE: Final = re.compile(r"certificate|\bcert\b|\b[si]_dn\b", re.IGNORECASE)
_SUBJECT_AHEAD: Final = re.compile(r"\bsubject[\"']?[ \t]?[:=][ \t]?[\"']?/?[A-Za-z]{1,20}=", re.IGNORECASE)
_NAMES_ONE: Final = re.compile(r"\b[si]_dn\b", re.IGNORECASE)


def in_headers(answer: HttpAnswer) -> tuple[Verdict, ...]:
    """Those that headers show: all values of one that came more than once, as the connector and a gateway behind it may each have added theirs."""
    found = ((header, value) for name, value in answer.headers.items() if (header := _HEADER.fullmatch(name)))
    each = ((header, one) for header, value in found for one in value[:_LONGEST_VALUE].split(","))
    verdicts = (_in_header(header, one.strip(" \"'")) for header, one in islice(each, _LOOKED_AT_CLOSELY))
    return tuple(verdict for verdict in verdicts if verdict is not None)


def in_text(answer: HttpAnswer) -> tuple[Verdict, ...]:
    """Those that the body shows, in its order."""
    text = answer.body[:LOOKED_AT]
    fields = [(found, _with_its_name(found, text)) for found in islice(_FIELD.finditer(text), _LOOKED_AT_CLOSELY)]
    words = [(found, _in_words(found, text)) for found in islice(_WORDS.finditer(text), _LOOKED_AT_CLOSELY)]
    in_order = sorted(fields + words, key=lambda each: each[0].start())
    return tuple(verdict for _, verdict in in_order if verdict is not None)


def _in_header(header: re.Match[str], value: str) -> Verdict | None:
    result = _IN_HEADER.match(value)
    if result is None:
        return None
    name, of_server = header.group(), header["server"] is not None
    return _verdict(result, name) if of_server or result["number"] is None else None


def _with_its_name(found: re.Match[str], text: str) -> Verdict | None:
    verdict, name = _in_field(found, text), found["name"].lower().replace("-", "_")
    return verdict and replace(verdict, stem=_LAST_PART.sub("", name), at=found.start())


def _in_field(found: re.Match[str], text: str) -> Verdict | None:
    """What a field of a text says, where it is about a certificate: by its name, by OpenSSL's words, or by what stands around it."""
    if found["server"] is not None:
        return _verdict(found, found["name"])
    if found["number"] is not None:
        about = _number_of_a_certificate(found, text)
    elif found["why"] is not None:
        about = _about(_SPEAKS_OF_TLS, _NAMES_ONE, text) if _known(found["why"]) is None else _About.ONE
    else:
        about = _About.ONE if found["word"] != "FAILED" else None
    verdict = _verdict(found, found["name"], loose=about is _About.PERHAPS) if about is not None else None
    return replace(verdict, loose=True) if verdict is not None and verdict.kind is Kind.GOOD else verdict


def _number_of_a_certificate(found: re.Match[str], text: str) -> _About | None:
    """A number of `verify` is OpenSSL's where it begins a line, or stands behind words on certificates or beside a subject."""
    at = found.start("number")
    before = text[:at].rpartition("\n")[2]
    begins = _BEGINS_LINE.match(text, at - len(before))
    if (begins is not None and begins.end() == at) or _NAMES_ONE.search(text) is not None:
        return _About.ONE
    return _about(_SPEAKS_OF_TLS, _SPEAKS_OF_ONE, before)


def _about(words: re.Pattern[str], surely: re.Pattern[str], text: str) -> _About | None:
    """How sure `text` makes it that a field is about a certificate."""
    if surely.search(text) is not None:
        return _About.ONE
    return _About.PERHAPS if words.search(text) is not None else None


def _in_words(found: re.Match[str], text: str) -> Verdict | None:
    """OpenSSL's words behind `FAILED:`, or its name of an error, where they stand alone on their line, tell why in JSON, or stand behind words on TLS."""
    before = text[: found.start()].rpartition("\n")[2]
    alone = (
        _NO_WORD.fullmatch(before) is not None
        or _SUBJECT_AHEAD.search(before) is not None
        or _TELLS_WHY.search(before) is not None
    )
    known = found["why"] is None or _known(found["why"]) is not None
    if not known or not (alone or _SPEAKS_OF_TLS.search(before)):
        return None
    if found["kong"] is not None:
        return Verdict(Kind.BAD, found["kong"], loose=True)
    return _failed(found["why"], loose=True) if found["why"] is not None else _named(found, loose=True)


def _verdict(result: re.Match[str], name: str, *, loose: bool = False) -> Verdict | None:
    """What stands in a field of that name; None for what is no verdict of OpenSSL's."""
    if result["why"] is not None:
        return _failed(result["why"], loose=loose)
    if result["named"] is not None or result["bare"] is not None:
        return _named(result, loose=loose)
    if result["number"] is not None:
        return _numbered(int(result["number"]), name, loose=loose)
    good = Verdict(Kind.GOOD)
    words = {"SUCCESS": good, "X509_V_OK": good, "NONE": Verdict(Kind.NONE), "FAILED": Verdict(Kind.BAD, "FAILED")}
    return words[result["word"]]


def _failed(why: str, *, loose: bool) -> Verdict:
    """`why` up to the end of OpenSSL's text, where it is one that we know."""
    said, known = why.strip(), _known(why)
    if known is None:
        return Verdict(Kind.BAD, f"FAILED:{said}", loose=loose)
    return Verdict(Kind.BAD, f"FAILED:{said[: len(known.written)]}", known.means, loose=loose)


def _known(why: str) -> Disclosure | None:
    said = why.strip().lower()
    return next((row for row in DISCLOSURES if said.startswith(row.written)), None)


def _named(found: re.Match[str], *, loose: bool) -> Verdict:
    if found["bare"] == _OF_NOBODY:
        return Verdict(Kind.NONE)
    error = found["named"] or found["bare"]
    means = next((row.means for row in DISCLOSURES if row.name == error), Complaint.UNSPECIFIED)
    return Verdict(Kind.BAD, found["bare"] or f"X509_V_ERR_{error}", means, loose=loose)


def _numbered(code: int, name: str, *, loose: bool) -> Verdict | None:
    """Haproxy's errors of 0 say nothing: one of them may be, and the other not."""
    if code in _OBJECTIONS:
        means = next((row.means for row in DISCLOSURES if row.code == code), Complaint.UNSPECIFIED)
        return Verdict(Kind.BAD, f"{name}={code}", means, loose=loose)
    return Verdict(Kind.GOOD) if code == 0 and name.lower().endswith("verify") else None
