"""The candidate beside the current certificate."""

from probe.model.identity import FileFault
from tests.classify import seen, tried

OTHER = seen.certificate("CN=other", sha256="be" * 32, san=("b.internal", "a.internal"))


def test_another_name_is_an_objection_with_both_beside_each_other() -> None:
    """A connector may authorise by subject or by alternative names."""
    found = tried.judged(candidate=tried.candidate(OTHER, tried.ISSUER))
    assert tried.told(found, "same-subject") == ("failed", "certificate.name_changed")
    why = "a connector may authorise by name (--allow-new-name, if that is meant)."
    assert tried.why(found, "same-subject") == f"The new subject is CN=other, and the current one CN=billing: {why}"
    names = "The new alternative names (SANs) are a.internal, b.internal, and the current ones none"
    assert tried.why(found, "same-names") == f"{names}: {why}"
    assert [f.certificate for f in found.objections] == [OTHER, OTHER]


def test_a_subject_may_be_empty() -> None:
    """Where only the alternative names count; that too is a change."""
    bare = seen.certificate("", sha256="ba" * 32)
    lost = tried.judged(candidate=tried.candidate(bare, tried.ISSUER))
    assert "The new subject is empty, and the current one CN=billing:" in tried.why(lost, "same-subject")
    won = tried.judged(candidate=tried.candidate(tried.LEAF, tried.ISSUER), current=seen.identity(bare, tried.ISSUER))
    assert "The new subject is CN=billing, and the current one empty:" in tried.why(won, "same-subject")


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
    assert tried.why(found, "new-certificate") == (
        f"CN=billing (serial 4f1c) in {seen.FILE} is the current certificate itself: rolling it out would change nothing."
    )
    assert [f.certificate for f in found.objections] == [seen.certificate()]


def test_a_current_certificate_that_cannot_be_read_stands_in_nobodys_way() -> None:
    """In an outage the current file may be the trouble; a live request says more than a comparison."""
    torn = seen.identity(certificates=(), fault=FileFault.CERTIFICATE_MALFORMED, fault_detail="it is cut off")
    found = tried.judged(current=torn)
    assert tried.told(found, "same-subject") == ("skipped", None)
    assert "it is cut off" in tried.why(found, "same-names")
    assert found.objections == ()


def test_without_a_current_certificate_nothing_is_compared() -> None:
    """The first identity of a path."""
    first = tried.judged(current=None)
    assert tried.told(first, "new-certificate") == ("skipped", None)
    assert tried.why(first, "same-subject") == "there is no current certificate to compare it with"


def test_of_many_names_those_that_are_new_or_lost_are_told() -> None:
    """The others are counted; a change among hundreds is one all the same."""
    many = tuple(f"n{number:03}.internal" for number in range(400))
    old = seen.identity(seen.certificate(san=many))
    new = seen.certificate(sha256="be" * 32, san=(*many[:-1], "z.internal"))
    found = tried.judged(candidate=tried.candidate(new, tried.ISSUER), current=old)
    first = ", ".join(many[:5])
    assert tried.why(found, "same-names").startswith(
        f"The new alternative names (SANs) are z.internal, {first} and 394 more, "
        f"and the current ones n399.internal, {first} and 394 more: "
    )
    kept = tried.judged(
        candidate=tried.candidate(seen.certificate(sha256="be" * 32, san=many), tried.ISSUER), current=old
    )
    assert tried.told(kept, "same-names") == ("passed", None)


def test_names_that_are_told_alike_are_not_the_same() -> None:
    """Longer than anybody reads, they differ where they were cut."""
    one, other = (seen.certificate(sha256=word * 32, san=(f"{'x' * 100}{word}{'x' * 100}",)) for word in ("be", "bf"))
    found = tried.judged(candidate=tried.candidate(one, tried.ISSUER), current=seen.identity(other, tried.ISSUER))
    assert tried.told(found, "same-names") == ("failed", "certificate.name_changed")
