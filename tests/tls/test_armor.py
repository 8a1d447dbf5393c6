"""PEM as OpenSSL reads it: whatever is done to the lines of a file, we say what OpenSSL says, and where the trouble is."""

import functools
import ssl
import subprocess
from collections.abc import Callable, Sequence
from typing import Final

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from probe.certificates.keys import KeyFileError, check_lines, load_key
from probe.certificates.parse import MalformedPemError, certificates_from_pem
from probe.lab.pki import Authority, Issued
from probe.model.certificate import Source, SourceKind
from probe.model.clock import SystemClock
from probe.tls.armor import CERTIFICATE, overlooked
from probe.tls.memory import as_file

_MISMATCH: Final = frozenset({"KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH"})
"""OpenSSL has read both files."""

Edit = Callable[[list[bytes]], list[bytes]]


@functools.cache
def issued() -> Issued:
    """A leaf and its issuer in one file, and its key."""
    root = Authority.root("Root", now=SystemClock().now())
    return root.intermediate("Issuing").issue("billing")


def openssl_reads(certificate: bytes, key: bytes) -> bool:
    """Whether it loads both files, or has nothing against them but that they do not fit."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        with as_file(certificate) as one, as_file(key) as other:
            context.load_cert_chain(one, other)
    except ssl.SSLError as error:
        return error.reason in _MISMATCH
    return True


def refusal_of_certificate(data: bytes) -> str | None:
    """What we have against it."""
    try:
        certificates_from_pem(data, source=Source(SourceKind.FILE, "tls.crt"))
    except MalformedPemError as error:
        return str(error)
    return None


def refusal_of_key(data: bytes) -> str | None:
    """What we have against it."""
    try:
        load_key(data, None)
        check_lines(data)
    except KeyFileError as error:
        return str(error)
    return None


def each(change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """A change of every line."""
    return lambda data: b"".join(change(line) for line in data.splitlines(keepends=True))


INDENTED: Final = "line 1: blanks stand before -----BEGIN, and OpenSSL does not read that: remove the indentation"
ONE_LINE: Final = "line 1: something stands behind -----BEGIN and its dashes"
MANGLED: Final[dict[str, tuple[Callable[[bytes], bytes], str | None]]] = {
    "indented, as out of YAML": (each(lambda line: b"  " + line), INDENTED),
    "indented by a tab": (each(lambda line: b"\t" + line), INDENTED),
    "behind its key in YAML": (lambda data: b"tls: |\n" + each(lambda line: b"  " + line)(data), "line 2: blanks stand"),
    "quoted, as in a mail": (each(lambda line: b"> " + line), "line 1: something stands before -----BEGIN"),
    "the end alone indented": (each(lambda line: b" " + line if b"END" in line else line), "blanks stand before -----END"),
    "carriage returns alone": (lambda data: data.replace(b"\n", b"\r"), "its lines end in carriage returns alone"),
    "UTF-16": (lambda data: data.decode().encode("utf-16"), "it is UTF-16"),
    "backslash and n": (lambda data: data.replace(b"\n", rb"\n"), r"its line breaks are written as \n"),
    "all in one line": (lambda data: data.replace(b"\n", b" "), ONE_LINE),
    "an empty line behind each": (each(lambda line: line + b"\n" if b"--" not in line else line), "line 5 is empty"),
    "the end behind the base64": (lambda data: data.replace(b"\n-----END", b"-----END"), "something stands before -----END"),
    "cut off": (lambda data: data[:100], "is cut off: its END "),
    "Windows": (lambda data: data.replace(b"\n", b"\r\n"), None),
    "a byte order mark": (lambda data: b"\xef\xbb\xbf" + data, None),
    "blanks behind each line": (each(lambda line: line.rstrip() + b" \t\n"), None),
    "base64 indented alone": (each(lambda line: b"  " + line if b"--" not in line else line), None),
    "an empty line before and after": (lambda data: b"\n\n" + data + b"\n", None),
    "words before": (lambda data: b"Bag Attributes\n    friendlyName: billing\n" + data, None),
    "talk of a block": (lambda data: b"see -----BEGIN CERTIFICATE----- and -----BEGIN PRIVATE KEY-----\n" + data, None),
}  # fmt: skip


@pytest.mark.parametrize("read", ["certificate", "key"])
@pytest.mark.parametrize("name", MANGLED)
def test_what_openssl_refuses_is_refused_with_its_line(name: str, read: str) -> None:
    """We refuse what OpenSSL refuses, and nothing else; the words say where, and never show a part of the key."""
    change, words = MANGLED[name]
    one, key = issued().certificate_pem, issued().key_pem
    if read == "certificate":
        said, reads = refusal_of_certificate(change(one)), openssl_reads(change(one), key)
    else:
        said, reads = refusal_of_key(change(key)), openssl_reads(one, change(key))
    assert reads is (words is None)
    assert (said is None) is reads
    if words is not None and said is not None:
        assert words in said
        assert not any(line.decode() in said for line in key.splitlines()[1:-1])


def test_a_certificate_that_is_passed_over_is_named() -> None:
    """Where OpenSSL takes the issuer for the leaf, since the leaf's first line is not alone."""
    data = b'"' + issued().certificate_pem
    assert [one.subject for one in certificates_from_pem(data, source=Source(SourceKind.FILE, "tls.crt"))] == [
        "CN=Issuing"
    ]
    assert overlooked(data, CERTIFICATE) == (
        "line 1: something stands before -----BEGIN, and OpenSSL does not read that: begin a new line there"
    )
    assert overlooked(issued().certificate_pem, CERTIFICATE) is None


def _at(place: int, lines: Sequence[bytes]) -> int:
    return place % max(1, len(lines))


# None of them is base64, nor begins a block inside of another: what other content is, is no matter of lines.
PIECES: Final = (
    b"", b" ", b"  ", b"\t", b"\r", b"\n", b"\r\n", b":", b"=", b"!", b"x: y\n\n", b"\xef\xbb\xbf", b"#" * 254, b" \x0b\n", b'"',
    b"-----END CERTIFICATE-----", b"-----END PRIVATE KEY-----\n", b"  -----END CERTIFICATE-----\n", b"-----END CERTIFICATE----- \t\n",
)  # fmt: skip

edits: Final = st.lists(
    st.tuples(st.sampled_from(["before", "behind", "instead", "end"]), st.integers(0, 40), st.sampled_from(PIECES)),
    min_size=1,
    max_size=4,
)


def mangled(data: bytes, changes: Sequence[tuple[str, int, bytes]]) -> bytes:
    """Each change is of one line, whatever of them is left."""
    lines = data.splitlines(keepends=True)
    for kind, place, piece in changes:
        at = _at(place, lines)
        line = lines[at] if lines else b""
        lines[at : at + 1] = {
            "before": [piece + line],
            "behind": [line.rstrip(b"\n") + piece + b"\n"],
            "instead": [piece],
            "end": [line.rstrip(b"\n") + piece],
        }[kind]
    return b"".join(lines)


def openssl(*words: str, text: bytes = b"") -> bytes:
    """What its command writes."""
    return subprocess.run(["openssl", *words], input=text, capture_output=True, check=True).stdout


@functools.cache
def others() -> dict[str, bytes]:
    """What may stand in a file beside that for which it is read."""
    one = issued().certificate_pem
    return {
        "certificate": openssl("x509", text=one),
        "trusted": openssl("x509", "-trustout", "-addtrust", "serverAuth", text=one),
        "key": issued().key_pem,
        "old key": openssl("ec", text=issued().key_pem),
        "curve": openssl("ecparam", "-name", "prime256v1"),
        "list": b"-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n",
    }


OTHERS: Final = ("certificate", "trusted", "key", "old key", "curve", "list")
ODD: Final = {
    "an empty line": b"\n",
    "no base64": b"\\\n",
    "half a group": b"abc\n",
    "a header": b"x: y\n\n",
    "no END of its own": b"-----END X-----\n",
}


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("name", OTHERS)
def test_a_block_of_another_kind_spoils_a_file_where_it_does_for_openssl(name: str, odd: str) -> None:
    """Whichever stands first, and wherever in it the line is. Of a key's file a broken key is left out: we take the first for the one that is meant."""
    one, key, lines = issued().certificate_pem, issued().key_pem, others()[name].splitlines(keepends=True)
    for place in (1, 2, len(lines) - 1):
        other = b"".join([*lines[:place], ODD[odd], *lines[place:]])
        for data in (one + other, other + one):
            assert (refusal_of_certificate(data) is None) is openssl_reads(data, key)
        for data in (other + key, key + other) if "key" not in name else ():
            assert (refusal_of_key(data) is None) is openssl_reads(one, data)


@settings(max_examples=200)
@given(edits)
@example([("end", 0, b"\n\n"), ("before", 3, b" ")])
def test_a_mangled_certificate_is_read_as_by_openssl(changes: list[tuple[str, int, bytes]]) -> None:
    """We read it where OpenSSL does."""
    data = mangled(issued().certificate_pem, changes)
    assert (refusal_of_certificate(data) is None) is openssl_reads(data, issued().key_pem)


@settings(max_examples=200)
@given(edits)
def test_a_mangled_key_is_read_as_by_openssl(changes: list[tuple[str, int, bytes]]) -> None:
    """No key that OpenSSL refuses is sound to us."""
    data = mangled(issued().key_pem, changes)
    if not openssl_reads(issued().certificate_pem, data):
        assert refusal_of_key(data) is not None


@settings(max_examples=200)
@given(edits, st.sampled_from(OTHERS), st.sampled_from([1, -1]))
def test_a_certificate_beside_a_mangled_block_is_read_as_by_openssl(
    changes: list[tuple[str, int, bytes]], name: str, order: int
) -> None:
    """Whatever is wrong with a block that it does not use."""
    other = mangled(others()[name], changes)
    data = b"".join([other, issued().certificate_pem][::order])
    assert (refusal_of_certificate(data) is None) is openssl_reads(data, issued().key_pem)


NO_KEYS: Final = [name for name in OTHERS if "key" not in name]


@settings(max_examples=200)
@given(edits, edits, st.sampled_from(NO_KEYS), st.sampled_from([1, -1]))
@example([("before", 1, b":")], [("before", 2, b"\n")], "certificate", 1)
@example([("before", 2, b"\n")], [("before", 1, b":")], "certificate", 1)
def test_a_key_beside_mangled_blocks_is_read_as_by_openssl(
    changes: list[tuple[str, int, bytes]], further: list[tuple[str, int, bytes]], name: str, order: int
) -> None:
    """It passes over a broken block of another kind, unless it does not like the header of one."""
    others_of_it = [mangled(others()[name], changes), mangled(others()["certificate"], further)]
    data = b"".join([*others_of_it, issued().key_pem][::order])
    assert (refusal_of_key(data) is None) is openssl_reads(issued().certificate_pem, data)
