"""Client contexts: what they verify, when they are made anew, and how they fail."""

import pathlib
import ssl
from collections.abc import Callable
from datetime import timedelta

import pytest

from probe.documents import lately
from probe.documents.lately import MOMENTS_S
from probe.lab.pki import Authority, Issued
from probe.model.path import TlsVersion, Verify
from probe.model.secret import Secret
from probe.tls.contexts import ContextCache, ContextError
from probe.tls.stream import TlsStream
from tests.tls.rig import Rig, dial


@pytest.fixture
def trust(rig: Rig) -> pathlib.Path:
    """The test root as a file."""
    return rig.file("ca.pem", rig.root.certificate_pem)


def test_the_same_content_gives_the_same_context(rig: Rig, trust: pathlib.Path) -> None:
    """The key is the content: a copy of the trust file changes nothing, another certificate does."""
    cache = ContextCache()
    one = cache.client(Verify(), trust, rig.good.certificate_pem, rig.good.key_pem)
    copy = rig.file("copy.pem", trust.read_bytes())
    assert cache.client(Verify(), copy, rig.good.certificate_pem, rig.good.key_pem) is one
    assert cache.client(Verify(), trust, rig.expired.certificate_pem, rig.expired.key_pem) is not one
    assert cache.client(Verify(strict=True), trust, rig.good.certificate_pem, rig.good.key_pem) is not one
    trust.write_bytes(rig.stranger.certificate_pem)
    assert cache.client(Verify(), trust, rig.good.certificate_pem, rig.good.key_pem) is not one


def test_the_cache_is_bounded(trust: pathlib.Path) -> None:
    """The least recently used context goes."""
    cache = ContextCache(capacity=2)
    first = cache.client(Verify(), trust)
    cache.client(Verify(strict=True), trust)
    assert cache.client(Verify(), trust) is first
    cache.client(Verify(partial_chain=True), trust)
    assert len(cache) == 2
    assert cache.client(Verify(), trust) is first


@pytest.mark.parametrize(
    ("verify", "flags"),
    [
        (Verify(), ssl.VerifyFlags.VERIFY_X509_TRUSTED_FIRST),
        (Verify(strict=True), ssl.VerifyFlags.VERIFY_X509_TRUSTED_FIRST | ssl.VerifyFlags.VERIFY_X509_STRICT),
        (
            Verify(partial_chain=True),
            ssl.VerifyFlags.VERIFY_X509_TRUSTED_FIRST | ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN,
        ),
    ],
)
def test_flags_are_set_and_not_inherited(trust: pathlib.Path, verify: Verify, flags: ssl.VerifyFlags) -> None:
    """The flags are the same on every Python, 3.13's own defaults included."""
    context = ContextCache().client(verify, trust)
    assert context.verify_flags == flags
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


def test_versions_ciphers_and_level(trust: pathlib.Path) -> None:
    """What a path says about the negotiation is set."""
    limited = Verify(tls_min=TlsVersion.TLS_1_2, tls_max=TlsVersion.TLS_1_2, ciphers="ECDHE-RSA-AES128-GCM-SHA256")
    context = ContextCache().client(limited, trust)
    assert context.maximum_version is ssl.TLSVersion.TLSv1_2
    assert [c["name"] for c in context.get_ciphers() if c["protocol"] == "TLSv1.2"] == ["ECDHE-RSA-AES128-GCM-SHA256"]
    plain = ContextCache().client(Verify(), trust).get_ciphers()
    level = ContextCache().client(Verify(security_level=1), trust)
    assert level.security_level == 1
    assert level.get_ciphers() == plain


def test_the_systems_store_is_used_without_trust() -> None:
    """No trust file: the system's certificates."""
    context = ContextCache().client(Verify(), None)
    paths = ssl.get_default_verify_paths()
    if paths.cafile:
        assert context.cert_store_stats()["x509_ca"] > 0


def test_a_directory_of_certificates(rig: Rig, tmp_path: pathlib.Path) -> None:
    """Every certificate of a directory is trusted, whatever the files are called."""
    directory = tmp_path / "trust"
    directory.mkdir()
    (directory / "one.pem").write_bytes(rig.root.certificate_pem)
    (directory / "two.crt").write_bytes(rig.stranger.certificate_pem)
    (directory / "abcd.0").symlink_to("one.pem")
    (directory / "README").write_text("not a certificate\n")
    assert ContextCache().client(Verify(), directory).cert_store_stats()["x509_ca"] == 2


def broken(rig: Rig, what: str) -> tuple[Verify, pathlib.Path | None]:
    """Settings with one thing wrong."""
    good = rig.file("ca.pem", rig.root.certificate_pem)
    match what:
        case "trust":
            return Verify(), rig.file("empty.pem", b"")
        case "crl":
            return Verify(crl=rig.directory / "gone.pem"), good
        case "ciphers":
            return Verify(ciphers="NOPE"), good
        case "versions":
            return Verify(tls_min=TlsVersion.TLS_1_3, tls_max=TlsVersion.TLS_1_2), good
        case _:
            return Verify(alpn=("",)), good


@pytest.mark.parametrize("what", ["trust", "crl", "ciphers", "versions", "alpn"])
def test_what_cannot_be_built_says_why(rig: Rig, what: str) -> None:
    """The error names the part at fault, and for files their path."""
    verify, trust = broken(rig, what)
    with pytest.raises(ContextError) as caught:
        ContextCache().client(verify, trust)
    assert caught.value.what == what
    if what in {"trust", "crl"}:
        assert ".pem" in str(caught.value)


class Writer:
    """Writes the rest of a file while somebody waits for the third time."""

    def __init__(self, file: pathlib.Path, whole: bytes) -> None:
        """Nobody has waited."""
        self._file, self._whole = file, whole
        self.waits = 0

    async def sleep(self, _seconds: float) -> None:
        """Count."""
        self.waits += 1
        if self.waits == 3:
            self._file.write_bytes(self._whole)


@pytest.mark.parametrize("what", ["trust", "crl"])
@pytest.mark.parametrize("shown", ["nothing", "half", "cut in the second", "no file"])
async def test_what_is_being_written_in_place_is_read_again(rig: Rig, what: str, shown: str) -> None:
    """Empty, cut off anywhere, or gone for a moment."""
    parts = {"trust": rig.root.certificate_pem, "crl": rig.root.crl(next_update=rig.now + timedelta(days=1))}
    files = {name: rig.file(f"{name}.pem", pem) for name, pem in parts.items()}
    file, pem = files[what], parts[what]
    whole = pem + pem
    writer = Writer(file, whole)
    if shown == "no file":
        file.unlink()
    else:
        file.write_bytes(whole[: {"nothing": 0, "half": len(pem) // 2, "cut in the second": len(pem) + 99}[shown]])
    cache, verify = ContextCache(), Verify(crl=files["crl"])
    context = await cache.settled(verify, files["trust"], sleep=writer.sleep)
    assert (writer.waits, len(cache)) == (3, 1)
    assert context is cache.client(verify, files["trust"])


async def test_each_file_that_is_being_written_has_its_own_moments(rig: Rig) -> None:
    """The list, as slowly as may be, after the trust file, likewise."""
    pem, lists = rig.root.certificate_pem, rig.root.crl(next_update=rig.now + timedelta(days=1))
    trust, crl = rig.file("trust.pem", b""), rig.file("crl.pem", lists)
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == len(MOMENTS_S):
            trust.write_bytes(pem)
            crl.write_bytes(b"")
        elif len(waits) == 2 * len(MOMENTS_S):
            crl.write_bytes(lists)

    await ContextCache().settled(Verify(crl=crl), trust, sleep=sleep)
    assert waits == [*MOMENTS_S, *MOMENTS_S]


async def test_what_nobody_has_written_lately_is_what_it_is(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault that lasts holds nobody up."""
    monkeypatch.setattr(lately, "LATELY_S", 0.0)
    pem = rig.root.certificate_pem
    file = rig.file("ca.pem", b"")
    writer = Writer(file, pem)
    with pytest.raises(ContextError):
        await ContextCache().settled(Verify(), file, sleep=writer.sleep)
    assert writer.waits == 0


async def test_what_is_not_in_those_files_is_not_waited_for(trust: pathlib.Path) -> None:
    """Ciphers do not come with time."""
    writer = Writer(trust, b"")
    with pytest.raises(ContextError):
        await ContextCache().settled(Verify(ciphers="NOPE"), trust, sleep=writer.sleep)
    assert writer.waits == 0


async def test_what_is_never_whole_is_given_up(rig: Rig) -> None:
    """What somebody has just broken for good."""
    file = rig.file("ca.pem", b"no certificate")
    writer = Writer(file, b"none either")
    with pytest.raises(ContextError):
        await ContextCache().settled(Verify(), file, sleep=writer.sleep)
    assert writer.waits == len(MOMENTS_S)


def test_a_missing_or_empty_trust_directory(tmp_path: pathlib.Path) -> None:
    """A directory without certificates, and a path that is not there, are named."""
    for path in (tmp_path, tmp_path / "gone"):
        with pytest.raises(ContextError, match=str(path)):
            ContextCache().client(Verify(), path)


def test_an_encrypted_key_never_asks_the_terminal(rig: Rig, trust: pathlib.Path) -> None:
    """With the password it loads; without one it fails at once instead of prompting."""
    key = rig.good.encrypted_key_pem(b"open sesame")
    cache = ContextCache()
    with pytest.raises(ContextError) as caught:
        cache.client(Verify(), trust, rig.good.certificate_pem, key)
    assert caught.value.what == "identity"
    cache.client(Verify(), trust, rig.good.certificate_pem, key, Secret("open sesame"))


def weak_server(rig: Rig) -> Issued:
    """A server certificate with a short RSA key."""
    return rig.root.issue("localhost", san=["localhost"], usages=(), rsa_bits=1024)


async def verdict(rig: Rig, verify: Verify, trust: pathlib.Path, issued: Issued | None = None) -> int | None:
    """The verify code of a handshake with a server that has `issued`; None where it succeeded."""
    context = rig.server_context(issued, verify=False)
    async with rig.serve(context) as served:
        stream = TlsStream(await dial(served.port), ContextCache().client(verify, trust), server_hostname="localhost")
        try:
            await stream.handshake()
        except ssl.SSLCertVerificationError as error:
            return error.verify_code
        finally:
            await stream.close()
    return None


async def test_the_security_level_decides_about_weak_keys(rig: Rig, trust: pathlib.Path) -> None:
    """A 1024-bit key is refused at OpenSSL's level 2 (code 66), and accepted where the path says level 1."""
    assert await verdict(rig, Verify(security_level=2), trust, weak_server(rig)) == 66
    assert await verdict(rig, Verify(security_level=1), trust, weak_server(rig)) is None


async def test_the_crl_counts_where_given(rig: Rig, trust: pathlib.Path) -> None:
    """Revoked is 23, a stale list is 12, a list of somebody else is 3, and without one nothing is checked."""
    other = Authority.root("Other", now=rig.now)
    lists = {
        23: rig.root.crl([rig.server.certificate]),
        12: rig.root.crl(next_update=rig.now - timedelta(hours=2)),
        3: other.crl(),
        None: rig.root.crl(),
    }
    for code, crl in lists.items():
        assert await verdict(rig, Verify(crl=rig.file("crl.pem", crl)), trust) == code
    assert await verdict(rig, Verify(), trust) is None


async def test_a_trusted_intermediate_needs_partial_chain(rig: Rig) -> None:
    """With only the intermediate trusted, the chain ends there only where the path says that it may."""
    below = rig.root.intermediate("Below")
    issued = below.issue("localhost", san=["localhost"], usages=())
    trust = rig.file("below.pem", below.certificate_pem)
    assert await verdict(rig, Verify(), trust, issued) in {2, 20}
    assert await verdict(rig, Verify(partial_chain=True), trust, issued) is None


def indented(pem: bytes) -> bytes:
    """As pasted out of YAML."""
    return b"".join(b"  " + line for line in pem.splitlines(keepends=True))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (indented, "line 1: blanks stand before -----BEGIN, and OpenSSL does not read that: remove the indentation"),
        (lambda pem: pem + pem[:200], "a block of it is cut off: its END CERTIFICATE line is missing"),
        (
            lambda pem: pem + b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "one of its certificates or lists is damaged",
        ),
        (lambda _: b"none", "NO_CERTIFICATE_OR_CRL_FOUND"),
    ],
    ids=["indented", "cut off", "damaged", "none"],
)
def test_trust_that_cannot_be_read_says_why(rig: Rig, content: Callable[[bytes], bytes], words: str) -> None:
    """With the line where it is one, in words where OpenSSL has none."""
    file = rig.file("broken.pem", content(rig.root.certificate_pem))
    with pytest.raises(ContextError) as caught:
        ContextCache().client(Verify(), file)
    assert str(caught.value) == f"{file} holds no readable PEM certificate: {words}"
