"""HTTP answers, whole, cut, odd and hostile; every one also byte by byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.transport.answer import BODY_LIMIT, HEAD_LIMIT, AnswerParser, IncompleteAnswerError, NotHttpError

OK = b"HTTP/1.1 200 OK\r\n"

WHOLE = [
    (OK + b"Content-Length: 2\r\n\r\nok", 200, "ok"),
    (OK + b"content-length: 0\r\n\r\n", 200, ""),
    (OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n3;x=y\r\n!!!\r\n0\r\nT: 1\r\n\r\n", 200, "ok!!!"),
    (b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"content-length: 2\r\n\r\nok", 200, "ok"),
    (b"HTTP/1.1 204 No Content\r\n\r\n", 204, ""),
    (b"HTTP/1.1 304\r\n\r\n", 304, ""),
    (b"HTTP/1.0 400 Bad\ncontent-length: 3\n\nno!", 400, "no!"),
]


def parse(words: bytes, size: int) -> AnswerParser:
    """Feed `words` in pieces of `size`."""
    parser = AnswerParser()
    for start in range(0, len(words), size):
        parser.feed(words[start : start + size])
    return parser


@pytest.mark.parametrize("size", [1, 7, 1 << 20])
@pytest.mark.parametrize(("words", "status", "body"), WHOLE)
def test_whole_answers(words: bytes, status: int, body: str, size: int) -> None:
    """An answer is done with its last byte, however it was cut on the way."""
    parser = parse(words, size)
    assert parser.done
    assert parser.answer is not None
    assert (parser.answer.status, parser.answer.body) == (status, body)
    assert not parse(words[:-1], size).done


def test_a_body_until_the_close() -> None:
    """Without a length the end of the connection ends the body."""
    parser = parse(OK + b"\r\nhello", 3)
    assert not parser.done
    parser.end()
    assert parser.done
    assert parser.answer is not None
    assert parser.answer.body == "hello"


def test_a_header_that_comes_twice() -> None:
    """Joined by a comma, as it may be on its way (RFC 9110 5.3), and one by one, for values that have commas of their own."""
    parser = parse(OK + b"DN: CN=a, O=b\r\nOnce: 1, 2\r\ndn: CN=c\r\ncontent-length: 2\r\n\r\nok", 5)
    assert parser.answer is not None
    assert parser.answer.headers == {"dn": "CN=a, O=b, CN=c", "once": "1, 2", "content-length": "2"}
    assert parser.answer.repeated == {"dn": ("CN=a, O=b", "CN=c")}


@pytest.mark.parametrize(
    ("head", "lower"),
    [
        (b"server: nginx\r\ncontent-length: 0\r\n", True),
        (b"Server: nginx\r\ncontent-length: 0\r\n", False),
        (b"server: nginx\r\nContent-Length: 0\r\n", False),
        (b"", False),
    ],
)
def test_how_the_names_came(head: bytes, lower: bool) -> None:  # noqa: FBT001 - a table's column
    """In lower case, as haproxy and Envoy write those of others too."""
    parser = parse(OK + head + b"\r\n", 7)
    assert parser.answer is not None
    assert parser.answer.in_lower_case is lower


def test_an_answer_to_head_has_no_body() -> None:
    """The length in an answer to HEAD announces nothing."""
    parser = AnswerParser("HEAD")
    parser.feed(OK + b"content-length: 100\r\n\r\n")
    assert parser.done


@pytest.mark.parametrize(
    "words",
    [
        b"",
        b"HTT",
        OK + b"content-le",
        OK + b"content-length: 5\r\n\r\nhal",
        OK + b"transfer-encoding: chunked\r\n\r\n5\r\nhal",
        OK + b"transfer-encoding: chunked\r\n\r\n3\r\nhal\r\n",
    ],
)
def test_cut_answers(words: bytes) -> None:
    """What was announced and did not come is an incomplete answer, with its status where that came."""
    parser = parse(words, 5)
    with pytest.raises(IncompleteAnswerError):
        parser.end()
    assert (parser.answer is not None) == (b"\r\n\r\n" in words)


@pytest.mark.parametrize(
    "words",
    [
        b"220 mail.example ESMTP\r\n",
        b"<html>",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        OK + b"content-length: -1\r\n\r\n",
        OK + b"content-length: 1, 2\r\n\r\n",
        OK + b"transfer-encoding: chunked\r\n\r\nxyz\r\n",
        OK + b"transfer-encoding: chunked\r\n\r\n1\r\nabc\r\n",
        OK + b"x: " + b"y" * HEAD_LIMIT,
        b"\x00\x00\x12\x04",
    ],
)
def test_no_http(words: bytes) -> None:
    """What is no HTTP/1.x answer is said to be none."""
    with pytest.raises(NotHttpError):
        parse(words, 1 << 20)


def test_a_body_is_bounded() -> None:
    """A body without end is cut at the limit, and not waited for."""
    parser = parse(OK + b"\r\n" + b"x" * (BODY_LIMIT + 1), 4096)
    assert parser.done
    assert parser.answer is not None
    assert len(parser.answer.body) == BODY_LIMIT


@given(st.binary(max_size=200), st.integers(1, 50))
def test_any_bytes(noise: bytes, size: int) -> None:
    """Whatever comes, the parser gives an answer, an incomplete one, or says that it is none."""
    for words in (noise, OK + noise, OK + b"transfer-encoding: chunked\r\n\r\n" + noise):
        try:
            parser = parse(words, size)
            parser.end()
        except (NotHttpError, IncompleteAnswerError):
            continue
        assert parser.done
