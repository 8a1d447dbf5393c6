"""Whether an attempt got over the first hop, and if not, why: the order in which the tables are asked."""

from typing import Final

from probe.catalogue.catalogue import Catalogue
from probe.classify.alerts import judge_alert
from probe.classify.answers import refusal
from probe.classify.attempt import ABOUT_CERTIFICATES, Attempt
from probe.classify.exchange import judge_exchange, judge_unfinished
from probe.classify.finding import Finding
from probe.classify.inside import inside_the_tunnel
from probe.classify.network import judge_network
from probe.classify.server_certificate import judge_server_certificate
from probe.classify.tunnel import judge_tunnel
from probe.model.network import Ended

_ERROR: Final = 400
"""From here on a status is an error (RFC 9110 15.5)."""


def judge_way(attempt: Attempt, catalogue: Catalogue) -> Finding | None:
    """Why no whole answer came; None where the attempt was completed.

    What is proven here comes first (our own set-up, our own verification), then what the peer said, then how it ended.
    """
    if attempt.tunnel_to is not None:
        return judge_tunnel(attempt, attempt.tunnel_to) or _judged(attempt, catalogue)
    found = _judged(attempt, catalogue)
    return found if found is None or attempt.through is None else inside_the_tunnel(found, attempt, attempt.through)


def _judged(attempt: Attempt, catalogue: Catalogue) -> Finding | None:
    if attempt.local_error is not None or attempt.ended is Ended.NOT_STARTED:
        why = attempt.local_error or "no TLS context could be built"
        return Finding(reason="tls.local_config", summary=f"Nothing was sent to {attempt.endpoint}: {why}.")
    if attempt.verify_code:
        return judge_server_certificate(attempt, attempt.verify_code)
    if attempt.ended is Ended.COMPLETED and not _refused_beside(attempt):
        return None
    return judge_network(attempt) or _broken_off(attempt, catalogue)


def _refused_beside(attempt: Attempt) -> bool:
    """A whole pass that an alert contradicts: there is no answer, or it is an error and the alert is about our certificate."""
    if attempt.alert is None or attempt.http is None:
        return attempt.alert is not None
    return attempt.http.status >= _ERROR and attempt.alert in ABOUT_CERTIFICATES


def _broken_off(attempt: Attempt, catalogue: Catalogue) -> Finding:
    """There was a connection, and it ended before a whole answer."""
    if attempt.alert is not None:
        return judge_alert(attempt, attempt.alert, catalogue)
    if attempt.http is not None:
        return refusal(attempt, attempt.http) or judge_exchange(attempt)  # what came of the answer may say it already
    return judge_exchange(attempt) if attempt.over_tls else judge_unfinished(attempt)
