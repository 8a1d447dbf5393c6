"""Log records as remarks."""

import logging

import pytest

from probe.cli.face import Face
from probe.cli.remarks import remarking

LOG = logging.getLogger("paypath.somewhere")


@pytest.mark.parametrize("quiet", [False, True])
def test_news_are_remarks_and_what_is_wrong_is_always_said(
    quiet: bool,  # noqa: FBT001 - a parameter
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One line each, no news of libraries, keys masked; afterwards logging is as it was."""
    before = list(logging.getLogger().handlers)
    with remarking(Face(environ={}, quiet=quiet)):
        LOG.debug("nobody needs this")
        logging.getLogger("library").info("nor this")
        LOG.info("a page was sent")
        LOG.warning("no %s", "state directory")
        LOG.error("key sk_test_0123456789abcdefghij")
    said = capsys.readouterr().err.splitlines()
    news = [] if quiet else ["paypath: a page was sent"]
    assert said[:-1] == [*news, "paypath: no state directory"]
    assert said[-1].startswith("paypath: key ")
    assert "0123456789abcdefghij" not in said[-1]
    assert logging.getLogger().handlers == before
    assert not LOG.isEnabledFor(logging.INFO)


@pytest.mark.parametrize("debug", [False, True])
def test_tracebacks_only_when_debugging(debug: bool, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: FBT001 - a parameter
    """A library's stack trace is not for the person at the terminal."""
    with remarking(Face(environ={}, debug=debug)):
        try:
            int("x")
        except ValueError:
            LOG.exception("it broke")
    assert ("Traceback" in capsys.readouterr().err) is debug


def test_a_want_of_descriptors_is_said_once_and_how_to_mend_it(capsys: pytest.CaptureFixture[str]) -> None:
    """Asyncio says it up to a hundred times a second for each listener."""
    with remarking(Face(environ={})):
        for _ in range(3):
            logging.getLogger("asyncio").error("socket.accept() out of system resource\nsocket: <socket fd=10>")
    (said,) = capsys.readouterr().err.splitlines()
    assert "no file descriptor left" in said
    assert "LimitNOFILE" in said
