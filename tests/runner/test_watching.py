"""What a run tells of certificates beside what broke in it."""

from dataclasses import dataclass, field, replace

from probe.model.failure import Failure
from probe.model.observation import Observation
from probe.model.outcome import Failed, Passed
from probe.runner.watching import watched
from tests.support.runs import make_attempt, make_certificate, make_failure, make_handshake, make_step


@dataclass
class Watch:
    """Warns of the same whatever it learns."""

    found: tuple[Failure, ...]
    learnt: list[tuple[str, Observation]] = field(default_factory=list)

    def learn(self, path: str, observation: Observation) -> None:
        """Keep it."""
        self.learnt.append((path, observation))

    def warnings(self, path: str) -> tuple[Failure, ...]:
        """After all that was learnt."""
        assert self.learnt
        return self.found if path == "billing" else ()


def test_what_was_seen_is_learnt_before_anybody_warns() -> None:
    """Every try counts, and the handshake that explained a call."""
    seen, explained = make_handshake(), make_handshake()
    steps = (make_step(attempts=(make_attempt(observation=seen), replace(make_attempt(), reconciled=explained))),)
    watch = Watch((make_failure("certificate.expiring"),))
    told = watched(watch, "billing", steps, Passed(), ())
    assert [failure.reason for failure in told] == ["certificate.expiring"]
    assert (("billing", seen) in watch.learnt, ("billing", explained) in watch.learnt) == (True, True)


def test_nothing_is_told_twice() -> None:
    """Neither the certificate that the run failed by, nor what another warning or `also` names."""
    leaf, other = make_certificate(), replace(make_certificate(), sha256="f" * 64)
    expired = replace(make_failure("certificate.expired"), certificate=leaf)
    half = replace(make_failure("certificate.half_rotated"), certificate=other)
    soon = replace(make_failure("certificate.expiring"), certificate=other)
    failed = Failed(
        replace(make_failure("tls.client_cert.expired"), certificate=leaf, also=("certificate.half_rotated",))
    )
    told = watched(Watch((expired, half, soon)), "billing", (make_step(),), failed, ())
    assert told == (soon,)
    warned = replace(make_failure("certificate.expired_but_accepted"), certificate=leaf)
    assert watched(Watch((expired,)), "billing", (make_step(),), Passed(), (warned,)) == (warned,)
