"""Whose certificate an HTTP answer refuses: ours, or the one that the connector itself shows to what stands behind it."""

from enum import StrEnum

from probe.classify.attempt import Attempt
from probe.classify.disclosures import How, Said, demands_one, is_nginxs_own_page, may_refuse, said_by, shows_a_good_one
from probe.classify.passed_on import ends, page_passed_on, passed_on
from probe.classify.subjects import another, named_in_text, tells_of_a_caller
from probe.classify.verdicts import Kind, in_headers, in_text
from probe.model.answer import HttpAnswer


class Whose(StrEnum):
    """What the answer shows of that."""

    OURS = "ours"
    """Its text names our certificate beside the verdict, and no other there."""
    ENDED = "ended"
    """It names none, and ends as nginx ends a refusal of its own: with `Connection: close`. So does a proxy that keeps no connections."""
    OPEN = "open"
    """It names none, and nothing shows that who wrote it has seen our certificate."""
    PASSED = "passed"
    """It shows that somebody has passed it on, or tells of a caller beside: who wrote it has seen no handshake of ours, and our name only as it was handed over."""
    UNCLEAR = "unclear"
    """It shows that a certificate was good, and refuses ours, or does not say whose: the good one may be either."""
    BEHIND = "behind"
    """It speaks of another's: the connector's own."""


def refusal_in(attempt: Attempt, answer: HttpAnswer) -> tuple[Said, Whose] | None:
    """What the answer says of a client certificate, and of whose; None where it refuses none."""
    return fault_in(attempt, answer) if may_refuse(answer) else None


def fault_in(attempt: Attempt, answer: HttpAnswer) -> tuple[Said, Whose] | None:
    """The same, whatever its status: who lets everybody in may find fault with one all the same."""
    sent, leaf = attempt.tls.client_certificate_sent, attempt.own.leaf
    named = named_in_text(leaf, answer, of_nobody(attempt)) if leaf is not None and sent else frozenset()
    good = sent and shows_a_good_one(in_headers(answer) + in_text(answer))
    said = said_by(answer, names_ours=named == {True} and not good)
    unasked = attempt.tls.client_certificate_requested is False
    shown_none = said is not None and said.means is None and said.how is How.DISCLOSED
    if said is not None and said.loose and not sent:
        return None
    if said is None or (shown_none and (unasked or (sent and not good)) and not demands_one(answer)):
        return None  # who asks for none says NONE to everybody, and who has got one says it of no request of ours
    return said, _whose(attempt, answer, said, named, good=good)


def _whose(attempt: Attempt, answer: HttpAnswer, said: Said, named: frozenset[bool | None], *, good: bool) -> Whose:
    """`named`: whether the certificates that the text names are ours; `good`: it shows a good verdict as well."""
    sent, leaf = attempt.tls.client_certificate_sent, attempt.own.leaf
    if good and not _of_another_all_the_same(answer, named):
        return Whose.UNCLEAR
    if named == {True} and not said.loose:  # words alone may be on another's, beside the name of who asks
        handed_over = ends(answer) == "keep-alive" or passed_on(answer)
        return _of_nobody(attempt, answer, said, unclear=True) if handed_over else Whose.OURS
    perhaps = bool(named & {True, None})
    if said.means is None and said.how is How.DISCLOSED and sent and not perhaps:
        return Whose.BEHIND  # it misses one on a connection that is not ours
    theirs = leaf is not None and sent and not perhaps and another(leaf, answer, of_nobody(attempt)) is not None
    if theirs and not named and _in_the_text_alone(answer, said):
        return Whose.PASSED  # a header names whom its writer has let in
    if theirs or _of_another(attempt, answer, said):
        return Whose.BEHIND
    return _of_nobody(attempt, answer, said, unclear=bool(named))


def _in_the_text_alone(answer: HttpAnswer, said: Said) -> bool:
    """Whether what a verification gave stands in the text, where it may be of a caller of whom its writer was told, and in no header."""
    return said.how is How.DISCLOSED and all(shown.kind is not Kind.BAD for shown in in_headers(answer))


def _of_another_all_the_same(answer: HttpAnswer, named: frozenset[bool | None]) -> bool:
    """Whether a refusal is another's beside a good verdict too: it names that alone, and as good nobody; or it is nginx's page, passed on."""
    if named:
        return named == {False} and not shows_a_good_one(in_text(answer))
    return page_passed_on(answer)


def of_nobody(attempt: Attempt) -> frozenset[str]:
    """Names that say nothing of whose certificate is refused: what the peer presents, and what stands above ours."""
    shown = (*attempt.presented, *attempt.built, *attempt.own.issuers)
    above = attempt.own.above - {attempt.own.leaf.subject if attempt.own.leaf is not None else ""}
    return frozenset({*(certificate.subject for certificate in shown), *above})


def _of_nobody(attempt: Attempt, answer: HttpAnswer, said: Said, *, unclear: bool) -> Whose:
    """How a refusal ends that does not say whose certificate it is about; `unclear`: it names ours and another, or one that may be ours.

    Words in no field that servers call so may be an application's, on anything that has a certificate: with them the end says nothing.
    """
    if passed_on(answer) or tells_of_a_caller(answer, of_nobody(attempt)):
        return Whose.PASSED
    unseen = said.means is None and attempt.tls.client_certificate_sent
    return Whose.ENDED if ends(answer) == "close" and not (unseen or said.loose or unclear) else Whose.OPEN


def _of_another(attempt: Attempt, answer: HttpAnswer, said: Said) -> bool:
    """Whether it speaks of a certificate that was not ours: nobody asked us for one, unless that was not the site of the request; or none was sent.

    That none was sent, nginx says of ours too, where one has told it to (`return 496`, measured 1.22): not in a page that was passed on.
    """
    sent_all_the_same = said.means is None and attempt.tls.client_certificate_sent and is_nginxs_own_page(answer)
    if page_passed_on(answer) or (sent_all_the_same and passed_on(answer)):
        return True
    if attempt.tls.client_certificate_requested is False:
        return said.how is not How.PAGE or attempt.names_a_site
    refused = said.means is not None and said.how is How.DISCLOSED
    return refused and attempt.own.known and not attempt.tls.client_certificate_sent
