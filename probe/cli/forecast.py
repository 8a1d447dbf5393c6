"""`paypath forecast`: until when money can flow on each path, and because of which certificate."""

import argparse

from probe.cli.certs import add_survey_arguments, survey_of, tell
from probe.cli.face import Face
from probe.cli.verb import Verb


def _execute(arguments: argparse.Namespace, face: Face) -> int:
    from probe.classify.expiry import judge_all
    from probe.documents.mistakes import Mistake, SetupError
    from probe.report.forecast import render_forecasts
    from probe.report.json import dump
    from probe.report.status import COULD_NOT_TELL, HEALTHY
    from probe.report.watched import forecast_to_dict
    from probe.verdict.forecast import forecasts

    found = survey_of(arguments, face)
    if not found.paths:
        hint = "write `paths: {billing: {connector: {url: https://host:8443}}}`, or try `paypath lab`"
        raise SetupError([Mistake("configuration", None, None, "paths", "no path is configured", hint)])
    tell(found, face)
    at = found.clock.now()
    told = forecasts(found.paths, found.entries, at=at)
    if face.format == "json":
        for each in told:
            face.out(dump(forecast_to_dict(each, at)))
    else:
        judged = judge_all(found.entries, found.catalogue, at=at)
        face.out(render_forecasts(told, judged, at=at, color=face.color, width=face.width))
    unknown = found.interrupted or any(each.valid_until is None for each in told)
    return COULD_NOT_TELL if unknown else HEALTHY


VERB = Verb(
    "forecast",
    "until when money can flow on each path, and because of which certificate",
    add_survey_arguments,
    _execute,
    ("text", "json"),
)
