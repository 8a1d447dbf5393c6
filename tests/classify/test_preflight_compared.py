"""The candidate beside the current certificate."""

from probe.model.observation import FileFault
from tests.classify import seen, tried

OTHER = seen.certificate("CN=other", sha256="be" * 32, san=("b.internal", "a.internal"))


def test_another_name_is_an_objection_with_both_beside_each_other() -> None:
    """A connector may authorise by subject or by alternative names."""
    found = tried.judged(candidate=tried.candidate(OTHER, tried.ISSUER))
    assert tried.told(found, "same-subject") == ("failed", "certificate.name_changed")
    assert "CN=other, and the current one CN=billing" in tried.why(found, "same-subject")
    assert "a.internal, b.internal, and the current ones none" in tried.why(found, "same-names")


def test_another_name_can_be_meant() -> None:
    """`--allow-new-name`: both are still shown."""
    found = tried.judged(candidate=tried.candidate(OTHER, tried.ISSUER), allow_new_name=True)
    assert (found.objections, tried.told(found, "same-subject")) == ((), ("passed", None))
    assert "CN=other, and the current one CN=billing" in tried.why(found, "same-subject")


def test_the_order_of_alternative_names_means_nothing() -> None:
    """They are a set."""
    same = seen.identity(seen.certificate("CN=other", san=("a.internal", "b.internal")))
    found = tried.judged(candidate=tried.candidate(OTHER, tried.ISSUER), current=same)
    assert tried.told(found, "same-names") == ("passed", None)


def test_the_same_certificate_is_no_rotation() -> None:
    """Rolled out it would change nothing."""
    found = tried.judged(candidate=tried.candidate(seen.certificate(), tried.ISSUER))
    assert tried.told(found, "new-certificate") == ("failed", "certificate.unchanged")


def test_a_current_certificate_that_cannot_be_read_stands_in_nobodys_way() -> None:
    """In an outage the current file may be the trouble; a live request says more than a comparison."""
    torn = seen.identity(certificates=(), fault=FileFault.CERTIFICATE_MALFORMED, fault_detail="it is cut off")
    found = tried.judged(current=torn)
    assert tried.told(found, "same-subject") == ("skipped", None)
    assert "it is cut off" in tried.why(found, "same-names")
    assert found.objections == ()


def test_without_a_current_certificate_nothing_is_compared() -> None:
    """The first identity of a path."""
    assert tried.told(tried.judged(current=None), "new-certificate") == ("skipped", None)
