"""What our own files prove."""

from probe.classify.own import NOT_READ, Own, allows, examine, issuers_of
from probe.model.identity import FileFault, IdentityFacts
from tests.classify.seen import CLIENT_AUTH, EARLY, EXPIRED, NOW, SERVER_AUTH, certificate, identity, issuer, root


def _reasons(own: Own) -> list[str]:
    return [reason for reason, _ in own.dated]


def test_no_identity_is_knowledge_too() -> None:
    """Not configured is something else than not read."""
    assert examine(None, NOW) == Own(known=True)
    assert not NOT_READ.known


def test_an_empty_file_keeps_its_fault() -> None:
    """There is no leaf to speak of."""
    own = examine(identity(certificates=(), fault=FileFault.CERTIFICATE_MALFORMED), NOW)
    assert (own.leaf, own.fault, own.file) == (None, FileFault.CERTIFICATE_MALFORMED, "/etc/billing/tls/tls.crt")


def test_a_valid_chain_proves_nothing() -> None:
    """Leaf, intermediate and root in date."""
    own = examine(identity(certificate(), issuer(), root()), NOW)
    assert (_reasons(own), own.wrong_usage, own.alone, own.root_expired) == ([], None, False, None)


def test_each_certificate_is_judged_by_its_place() -> None:
    """Leaf, intermediate, root: one reason each."""
    assert _reasons(examine(identity(certificate(**EXPIRED)), NOW)) == ["tls.client_cert.expired"]
    assert _reasons(examine(identity(certificate(), issuer(**EXPIRED)), NOW)) == ["tls.client_cert.chain_expired"]
    assert _reasons(examine(identity(certificate(**EARLY)), NOW)) == ["tls.client_cert.not_yet_valid"]
    assert _reasons(examine(identity(certificate(), issuer(**EARLY)), NOW)) == ["tls.client_cert.not_yet_valid"]
    own = examine(identity(certificate(), issuer(), root(**EXPIRED)), NOW)
    assert (_reasons(own), own.root_expired) == ([], root(**EXPIRED))


def test_the_leaf_is_found_wherever_it_stands() -> None:
    """A file in the wrong order; a file of CAs alone."""
    assert examine(identity(issuer(), certificate()), NOW).leaf == certificate()
    assert examine(identity(issuer()), NOW).leaf == issuer()


def test_a_stray_certificate_and_a_renewed_issuer_prove_nothing() -> None:
    """A forgotten certificate stands above nothing; beside an expired issuer its valid twin suffices."""
    stray = issuer("CN=Other", **EXPIRED)
    assert _reasons(examine(identity(certificate(), issuer(), stray), NOW)) == []
    twin = issuer(**EXPIRED, sha256="old")
    assert _reasons(examine(identity(certificate(), twin, issuer()), NOW)) == []


def test_usage_and_loneliness() -> None:
    """A listed usage without clientAuth; a leaf without its issuer, unless it is its own."""
    assert examine(identity(certificate(extended_key_usage=(SERVER_AUTH,))), NOW).wrong_usage is not None
    assert examine(identity(certificate()), NOW).alone
    assert not examine(identity(certificate(issuer="CN=billing", self_issued=True)), NOW).alone
    assert examine(identity(key_path=None), NOW).watched


def test_an_absent_usage_and_any_usage_allow_all() -> None:
    """RFC 5280 4.2.1.12."""
    assert allows(certificate(), CLIENT_AUTH)
    assert allows(certificate(extended_key_usage=("2.5.29.37.0",)), CLIENT_AUTH)
    assert not allows(certificate(extended_key_usage=(SERVER_AUTH,)), CLIENT_AUTH)


def test_issuers_that_name_each_other_end() -> None:
    """Two CAs that have issued each other, as no sane file holds them."""
    one, two = issuer("CN=Issuing", issuer="CN=Two"), issuer("CN=Two", issuer="CN=Issuing")
    assert issuers_of(certificate(), (certificate(), one, two)) == (one, two)


def test_an_issuer_of_another_key_is_a_stray() -> None:
    """A CA that was given a new key keeps its name; what its old certificate says is not about ours."""
    leaf, old = certificate(issuer_key_id="b2"), issuer(**EXPIRED, key_id="a1")
    assert _reasons(examine(identity(leaf, old), NOW)) == []
    assert _reasons(examine(identity(leaf, issuer(**EXPIRED, key_id="b2")), NOW)) == ["tls.client_cert.chain_expired"]


def test_both_ways_up_from_an_issuer_that_two_roots_have_signed() -> None:
    """Cross-signed: the file shows two names above it."""
    own = examine(identity(certificate(), issuer(), issuer(issuer="CN=Older", sha256="other")), NOW)
    assert own.above == {"CN=Issuing", "CN=Root", "CN=Older"}


def test_what_is_known_of_files_that_hold_nothing() -> None:
    """Whose they are, where they are, what is wrong with them, and that no key belongs to them."""
    fault = FileFault.CERTIFICATE_MALFORMED
    empty = IdentityFacts(
        name="billing", certificate_path="/c", key_path=None, fault=fault, fault_path="/c", fault_detail="/c: no PEM"
    )
    own = examine(empty, NOW)
    assert (own.known, own.name, own.file, own.watched) == (True, "billing", "/c", True)
    assert (own.fault, own.fault_words) == (fault, "cannot be used: no PEM")


def test_what_is_known_of_files_with_a_fault() -> None:
    """A certificate can be read, and its key cannot."""
    own = examine(identity(fault=FileFault.KEY_MISSING), NOW)
    assert (own.name, own.file, own.watched) == ("billing", "/etc/billing/tls/tls.crt", False)
    assert (own.fault, own.fault_words) == (FileFault.KEY_MISSING, "does not exist")


def test_a_certificate_for_clients_may_be_used_by_one() -> None:
    """Alone and beside servers; and only as such."""
    for usages in ((CLIENT_AUTH,), (SERVER_AUTH, CLIENT_AUTH)):
        own = examine(identity(certificate(extended_key_usage=usages)), NOW)
        assert (own.wrong_usage, own.proves) == (None, ())
    own = examine(identity(certificate(extended_key_usage=(SERVER_AUTH,))), NOW)
    assert (own.wrong_usage, own.proves) == (own.leaf, ("tls.client_cert.wrong_eku",))


def test_which_issuers_a_peer_needs_from_us() -> None:
    """Those below the CA that it names, and not that one itself."""
    first, second = issuer(issuer="CN=Middle"), issuer("CN=Middle")
    own = examine(identity(certificate(), first, second, root()), NOW)
    needs = {name: [own.peer_needs(each, frozenset({name})) for each in (first, second)] for name in own.above}
    assert needs == {"CN=Issuing": [False, False], "CN=Middle": [True, False], "CN=Root": [True, True]}


def test_two_ways_up_are_followed_to_their_ends() -> None:
    """Cross-signed, and both roots in the file."""
    one, two = issuer(), issuer(issuer="CN=Older", sha256="other")
    found = issuers_of(certificate(), (certificate(), one, two, root(), root("CN=Older")))
    assert found == (one, two, root(), root("CN=Older"))
