"""Whether every certificate that a path needs lasts as long as a scenario asks for."""

from datetime import timedelta

from probe.catalogue.catalogue import Catalogue
from probe.classify import prober
from probe.classify.concern import Concern, concern_failure, ending, named
from probe.classify.judgement import Judgement
from probe.classify.wording import age
from probe.model.observation import CertificatesObservation
from probe.model.outcome import Failed, Passed, Unknown
from probe.model.reliance import needed


def judge_lasting(observation: CertificatesObservation, valid_for_s: float, catalogue: Catalogue) -> Judgement:
    """Failed by the one that ends first, where that is less than `valid_for_s` from the observation's moment.

    A service that still holds the certificate of before counts with that one's end. Where nothing at all is known of
    the path's certificates the outcome is unknown.
    """
    at = observation.started_at
    wanted = needed(observation.path, observation.entries)
    ends = [(one.ends, one, one.certificate) for one in wanted if one.ends is not None and one.certificate is not None]
    if not ends:
        text = f"nothing is known of the certificates of path {observation.path}"
        return Judgement(Unknown(prober.bug("NothingKnown", text, "judging certificates", catalogue)))
    end, entry, certificate = min(ends, key=lambda found: found[0])
    if end - at >= timedelta(seconds=valid_for_s):
        return Judgement(Passed())
    asked = age(timedelta(seconds=valid_for_s))
    concern = Concern(
        reason="certificate.expired" if at > end else "certificate.expiring",
        summary=f"{named(entry, certificate, at=at)} {ending(certificate, end, at)}: the scenario asks for {asked} at least.",
    )
    return Judgement(Failed(concern_failure(concern, entry, catalogue)))
