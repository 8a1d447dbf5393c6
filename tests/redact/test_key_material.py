"""Our own private keys: whatever a text holds of one is masked, and what is public of it is not."""

import base64
import random
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.model.secret import Secret
from probe.redact.key_material import KeyMaterial
from probe.redact.leaving import WayOut

NUMBER = random.Random(1).randbytes(256)
SHORT = random.Random(2).randbytes(32)
PUBLIC = random.Random(3).randbytes(300)
BODY = base64.b64encode(PUBLIC + NUMBER).decode()


def pem(body: str = BODY, label: str = "PRIVATE KEY", *, width: int = 64, head: str = "") -> str:
    """A key file."""
    lines = "\n".join(textwrap.wrap(body, width))
    return f"-----BEGIN {label}-----\n{head}{lines}\n-----END {label}-----\n"


def knowing(*numbers: bytes, file: str = "") -> KeyMaterial:
    """What knows one key."""
    material = KeyMaterial()
    assert material.learn(numbers, file)
    return material


@given(st.sampled_from([NUMBER, SHORT]), st.binary(max_size=40), st.binary(max_size=40))
def test_a_number_is_found_in_whatever_holds_it(number: bytes, before: bytes, behind: bytes) -> None:
    """DER of any format, a JWK: Base64 of both alphabets, and hexadecimal digits."""
    material, whole = knowing(NUMBER, SHORT), before + number + behind
    for written in (
        base64.b64encode(whole).decode(),
        base64.urlsafe_b64encode(whole).decode(),
        whole.hex(),
        whole.hex().upper(),
    ):
        assert material.mask(f"a {written} b") == "a *** b"


@pytest.mark.parametrize("width", [64, 72, 76, 120])
def test_a_number_that_was_wrapped(width: int) -> None:
    """Each whole line of a long number gives itself away, however it is wrapped."""
    material = knowing(NUMBER)
    for line in textwrap.wrap(base64.b64encode(NUMBER).decode().rstrip("="), width):
        assert len(line) < 47 or material.mask(line) == "***"


MIDDLING = random.Random(4).randbytes(48)


@pytest.mark.parametrize(
    "written", [base64.b64encode(SHORT).decode()[:42], SHORT.hex(), base64.b64encode(MIDDLING).decode(), MIDDLING.hex()]
)
def test_every_piece_of_a_short_number_is_known(written: str) -> None:
    """Up to 96 characters: sixteen of them in a longer word give the number away, wherever they stand in it."""
    material = knowing(SHORT, MIDDLING)
    for start in range(len(written) - 15):
        assert material.mask(f"({'z' * 8}{written[start : start + 16]})") == "(***)"


@pytest.mark.parametrize("written", [base64.b64encode(NUMBER).decode()[:341], NUMBER.hex(), NUMBER.hex().upper()])
def test_any_47_characters_of_a_long_number_give_it_away(written: str) -> None:
    """And its last sixteen."""
    material = knowing(NUMBER)
    for start in range(len(written) - 46):
        assert material.mask(written[start : start + 47]) == "***"
    assert material.mask(f"{'z' * 8}{written[-16:]}") == "***"


def test_what_is_known_is_not_new() -> None:
    """Who tells it twice need not look at every text anew."""
    material = knowing(SHORT, file=pem())
    assert not material.learn([SHORT], pem())
    assert material.learn([NUMBER], pem())


@pytest.mark.parametrize("line", ["A1b2" * 6, "A1b2" * 7 + "X", "A1b2" * 7 + "X=="])
def test_a_file_of_one_short_line(line: str) -> None:
    """From 24 characters on, whatever it ends with."""
    assert knowing(file=pem(line)).mask(f"({line})") == "(***)"


def test_each_line_of_a_file_is_known() -> None:
    """The first one too, which is the same in many files: it must stand there as a whole."""
    material = knowing(file=f"public\n{pem()}")
    lines = textwrap.wrap(BODY, 64)
    assert [material.mask(f"{{{line}}}") for line in lines] == ["{***}"] * len(lines)
    assert material.mask(f"n{BODY}") == "***"
    assert material.mask(f"x{lines[0][1:]}") == f"x{lines[0][1:]}"
    assert material.mask("public") == "public"


def test_lines_that_end_alike_are_told_apart() -> None:
    """Two keys of one kind."""
    end = "A" * 20
    material = knowing(file=pem(f"one{end}xyz"))
    assert material.learn([], pem(f"two{end}xyz"))
    assert not material.learn([], pem(f"two{end}xyz"))
    assert [material.mask(f"{each}{end}xyz") for each in ("one", "two", "six")] == ["***", "***", f"six{end}xyz"]


@pytest.mark.parametrize(
    "file",
    [
        pem(label="ENCRYPTED PRIVATE KEY"),
        pem(label="RSA PRIVATE KEY", head="Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00112233\n\n"),
    ],
)
def test_of_an_encrypted_file_nothing_is_public(file: str) -> None:
    """Whatever piece of it, from 47 characters on."""
    material = knowing(file=file)
    body = BODY.rstrip("=")
    for start in range(len(body) - 46):
        assert material.mask(body[start : start + 47]) == "***"
    assert material.mask("DEK-Info: AES-256-CBC,00112233") == "DEK-Info: AES-256-CBC,00112233"
    assert knowing(file=pem()).mask(BODY[5:60]) == BODY[5:60]


def test_what_is_public_stays() -> None:
    """The modulus stands in the certificate too; certificates are what a report is made of. Ids and fingerprints are no keys."""
    material = knowing(NUMBER, SHORT, file=pem())
    for text in (
        base64.b64encode(PUBLIC).decode(),
        PUBLIC.hex(),
        "pi_3NabcDEFghiJKLmnoPQRstu",
        "b3383338f532e5781fcd2c8090f6a4f9",
        "/etc/paypath/identities/billing/tls.key",
    ):
        assert material.mask(text) == text


def test_what_is_short_is_no_key() -> None:
    """A damaged file with a line of three characters must not take words apart, nor a number of a few bytes."""
    material = KeyMaterial()
    assert not material.learn([b"abc"], pem("abc"))
    assert material.mask("abc YWJj 616263") == "abc YWJj 616263"


def test_a_text_is_looked_at_anew_when_more_is_known() -> None:
    """What was seen before a key was read is not remembered as harmless. What was escaped is found as well."""
    out, line = WayOut(), base64.b64encode(SHORT).decode()
    assert out.text(f"it is {line}") == f"it is {line}"
    out.learn_key([SHORT], "")
    out.learn_key([SHORT], "")
    assert out.text(f"it is {line}") == "it is ***"
    assert out.text("it is " + "".join(f"%{ord(each):02X}" for each in line)) == "it is ***"
    out.forget()
    assert out.text(f"it is {line}") == "it is ***"


def test_a_thousand_keys_cost_a_text_no_more_than_one() -> None:
    """Pieces are looked up, not searched for one after the other."""
    material = KeyMaterial()
    for number in range(1000):
        assert material.learn([random.Random(number).randbytes(128)], "")
    assert len(material) < 1000 * 60
    assert material.mask(base64.b64encode(random.Random(7).randbytes(128)).decode()) == "***"


def test_a_secret_that_is_learned_later_takes_no_key_away() -> None:
    """Nor does another invocation in the same process: neither shows more than before."""
    out = WayOut()
    out.learn_key([SHORT], "")
    for learn in (lambda: out.learn([Secret("hush-hush")]), out.forget):
        learn()
        assert base64.b64encode(SHORT).decode() not in out.text(f"it is {base64.b64encode(SHORT).decode()}.")
