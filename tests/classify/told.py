"""HTTP answers that tell of a client certificate, and the failure that each is judged to be."""

from probe.classify.handshake import judge_handshake
from probe.model.answer import HttpAnswer
from probe.model.failure import Failure
from probe.model.outcome import Failed
from tests.classify.seen import CATALOGUE, EXPIRED, NOW, certificate, handshake, identity, issuer, tls

IN_DATE = identity(certificate(), issuer())
GONE = identity(certificate(**EXPIRED))
UNASKED = tls(client_certificate_requested=False, client_certificate_sent=False)
NONE_SENT = tls(session_ticket=True, client_certificate_sent=False)
FOREIGN = tls(session_ticket=True, acceptable_cas=("CN=Another",))
OURS = '"s_dn":"CN=billing"'
"""How operators name the certificate that was looked at, beside their `verify`."""
OURS_TOO = '"ssl_client_s_dn":"CN=billing"'
"""How nginx does, beside its `ssl_client_verify`."""
GATEWAY = "FAILED:certificate has expired"
EITHER = "Either the connector itself has written that, of ours, or somebody behind it has, of the connector's own certificate."
WANTS = (
    "Either the connector itself wants ours, or somebody behind it has written that, and misses the connector's own."
)
SHOWS_NONE = (
    "Either the connector itself wants ours, or it refuses for another cause and says that beside it, or somebody behind it "
    "misses the connector's own."
)


def judged(answer: HttpAnswer, **changes: object) -> Failure:
    """What a handshake with a faultless certificate of ours fails with, that this was the answer to."""
    seen = handshake(**({"http": answer, "identity": IN_DATE} | changes))
    outcome = judge_handshake(seen, CATALOGUE, at=NOW).outcome
    assert isinstance(outcome, Failed)
    return outcome.failure


def answered(status: int = 400, body: str = "", **headers: str) -> HttpAnswer:
    """An answer; headers by their names with `_` for `-`."""
    return HttpAnswer(status=status, body=body, headers={name.replace("_", "-"): v for name, v in headers.items()})


NGINX_NONE = answered(body="<center>No required SSL certificate was sent</center>", connection="close")
NGINX_BAD = answered(body="<center>The SSL certificate error</center>", connection="close")
