"""Which certificate an answer names, in every way that servers write it, and whether that is ours."""

import pytest

from probe.classify.subjects import another, is_ours, named_in_text, serial_in
from probe.model.answer import HttpAnswer
from tests.classify.seen import certificate


def _answer(body: str = "", **headers: str) -> HttpAnswer:
    return HttpAnswer(status=400, body=body, headers={name.replace("_", "-"): v for name, v in headers.items()})


@pytest.mark.parametrize(
    ("answer", "subject"),
    [
        (_answer('{"verify":"x","s_dn":"CN=expired,O=A3"}'), "CN=expired,O=A3"),
        (_answer("{'subject_dn': 'CN=expired'}"), "CN=expired"),
        (_answer('verify=10 s_dn="/O=Lab/CN=an expired one" serial=1F'), "/O=Lab/CN=an expired one"),
        (_answer("verify=10 s_dn=/O=Lab/CN=an expired one serial=1F"), "/O=Lab/CN=an expired one"),
        (_answer("s_dn=CN=a, O=b notafter=261120185253Z"), "CN=a, O=b"),
        (_answer("ssl_client_s_dn: CN=a<br>"), "CN=a"),
        (_answer(x_ssl_client_s_dn="CN=a"), "CN=a"),
        (_answer(x_client_subject="CN=a"), "CN=a"),
        (_answer(x_ssl_client_dn='"/O=Lab/CN=a"'), "/O=Lab/CN=a"),
        (_answer(x_ssl_client_s_dn='CN=a,O="Acme, Inc."'), 'CN=a,O="Acme, Inc."'),
        (_answer('"issuer_subject":"CN=issuer","s_dn":"CN=a"'), "CN=a"),
        (_answer(issuer_subject="CN=issuer"), None),
        (_answer(x_ssl_client_i_dn="CN=a"), None),
        (_answer(x_ssl_client_s_dn="CN=some other, CN=a"), None),  # which of the two commas it is cannot be told
        (_answer('"i_dn":"CN=issuer"'), None),
        (_answer('"s_dn":""'), None),
        (_answer("s_dn=x"), None),
        (_answer("subject: your order"), None),
        (_answer(x_subject="your order"), None),
        (_answer("x" * 5000 + '"s_dn":"CN=a"'), None),
    ],
)
def test_the_name_that_an_answer_tells(answer: HttpAnswer, subject: str | None) -> None:
    """nginx writes it in quotes of the operator's, haproxy with slashes, and other fields may follow."""  # noqa: D403 - a name
    assert another(certificate("CN=some other"), answer) == subject


@pytest.mark.parametrize(
    ("answer", "serial"),
    [
        (_answer('"serial":"00:4F:1C"'), "4f1c"),
        (_answer("serial=4f1c s_dn=x"), "4f1c"),
        (_answer("serial=not hexadecimal"), None),
    ],
)
def test_the_serial_that_an_answer_tells(answer: HttpAnswer, serial: str | None) -> None:
    """As we write serials ourselves."""
    assert serial_in(answer) == serial


@pytest.mark.parametrize(
    ("subject", "answer", "ours"),
    [
        ("CN=billing,O=Lab", _answer('"s_dn":"CN=billing,O=Lab"'), True),
        ("CN=billing,O=Lab", _answer("s_dn=/O=Lab/CN=billing"), True),
        ("CN=billing,1.2.840.113549.1.9.1=a@b", _answer('"s_dn":"emailAddress=a@b,CN=billing"'), True),
        ("CN=Zürich", _answer('"s_dn":"CN=Z\\C3\\BCrich"'), True),
        ("CN=Zürich", _answer('s_dn="/CN=Z\\xC3\\xBCrich"'), True),
        ("CN=a\\,b,O=c", _answer('"s_dn":"CN=a\\\\,b,O=c"'), True),
        # A comma in the name: escaped, in quotes, in JSON, and as haproxy writes it.
        ("CN=a\\, b", _answer(ssl_client_s_dn="CN=a\\, b"), True),
        ("CN=a\\, b", _answer(ssl_client_s_dn="CN=a\\2C b"), True),
        ("CN=a\\, b,O=c", _answer(ssl_client_s_dn='O = c, CN = "a, b"'), True),
        ("CN=a\\, b", _answer('"s_dn":"CN=a\\, b"'), True),
        ("CN=a\\, b", _answer('"s_dn":"CN=\\"a, b\\""'), True),
        ("CN=a\\, b", _answer('s_dn="/CN=a, b"'), True),
        ("CN=a\\, b,O=c", _answer("s_dn=/O=c/CN=a, b serial=xyz"), True),
        ("CN=a\\+b", _answer(ssl_c_s_dn="/CN=a+b"), True),
        ("CN=a\\, b", _answer(ssl_client_s_dn="CN=a, b"), None),
        ("CN=a\\, b", _answer(ssl_client_s_dn="CN=a; O=b"), None),
        ("CN=a\\, b", _answer('"s_dn":"CN="a, b""'), None),
        ("CN=a\\, b", _answer(ssl_client_s_dn='CN="a, b'), None),
        ("CN=a\\, b", _answer(ssl_client_s_dn="CN=envoy\\, b"), False),
        ("CN=a\\, b", _answer(ssl_c_s_dn="/CN=envoy, b"), False),
        ("CN=a/b=c", _answer(ssl_c_s_dn="/CN=a/b=c"), None),
        ("CN=", _answer(ssl_client_s_dn="CN=envoy"), None),
        ("CN=O'Brien", _answer("s_dn: CN=O'Brien"), True),
        ("CN=Zürich", _answer('"s_dn":"CN=Z\\u00fcrich"'), True),
        ("CN=😀", _answer('"s_dn":"CN=\\ud83d\\ude00"'), True),
        ("CN=Zürich", _answer('"s_dn":"CN=Z\\\\C3\\\\BCrich"'), True),
        ("CN=Zürich", _answer('"s_dn":"CN=Bern\\u00fc"'), False),
        ("CN=Zürich", _answer(ssl_client_s_dn="CN=Z\\FCrich"), None),
        ("CN=Zürich", _answer(ssl_client_s_dn="/CN=Zürich".encode().decode("latin-1")), True),
        ("CN=Zürich", _answer('s_dn="/CN=Zürich"'), True),
        # Beyond Latin-1, as a body may have it, and half of a sign.
        ("CN=Łódź", _answer('"s_dn":"CN=Łódź"'), True),
        ("CN=billing", _answer('"s_dn":"CN=Łódź"'), False),
        ("CN=billing", _answer('"s_dn":"CN=Zürich"'), False),
        ("CN=billing", _answer('"s_dn":"CN=\\ud83d"'), None),
        ('CN=billing,O=\\"Acme\\" Ltd', _answer('s_dn: /O="Acme" Ltd/CN=billing'), None),
        ('CN=billing,O=\\"Acme\\" Ltd', _answer(ssl_c_s_dn='/O="Acme" Ltd/CN=billing'), True),
        ("CN=R&D", _answer("subject: CN=R&amp;D<br>"), True),
        ("CN=billing", _answer('"s_dn":"CN=envoy"'), False),
        ("CN=billing", _answer('"s_dn":"CN=envoy=1"'), False),
        ("CN=billing", _answer(ssl_client_s_dn="CN=envoy,"), None),
        ("CN=billing,O=A/B Ltd", _answer(ssl_c_s_dn="/O=A/B Ltd/CN=envoy"), None),
        ("O=Lab", _answer('"s_dn":"CN=envoy,O=Lab"'), False),
        ("CN=billing,O=Lab", _answer('"s_dn":"CN=billing,O=Gateway"'), None),
        ("CN=billing,O=Lab", _answer('"s_dn":"O=Lab"'), None),
        ("CN=billing", _answer(), None),
        ("", _answer(), None),
        ("CN=billing", _answer("serial=4F1C"), True),
        ("CN=billing", _answer("serial=20252"), True),
        ("CN=billing", _answer("serial=4F1D"), None),
        ("CN=billing", _answer('"s_dn":"CN=billing","serial":"4F1D"'), None),
        ("CN=billing", _answer('"s_dn":"CN=envoy","serial":"4F1D"'), False),
    ],
)
def test_whether_that_is_ours(subject: str, answer: HttpAnswer, ours: bool | None) -> None:  # noqa: FBT001 - a table's column
    """Another common name is another's; the same name with another serial may be an older one, of whoever."""
    leaf = certificate(subject)
    shown = next(iter(answer.headers.values()), None)
    read = next(iter(named_in_text(leaf, answer)), None) if shown is None else is_ours(leaf, shown, None)
    assert read is ours


def test_two_names() -> None:
    """A text may name ours and another; of a header that came twice each value is one, and a comma within it is none of the two."""
    leaf = certificate("CN=billing,O=Lab")
    both = _answer('"s_dn":"CN=billing,O=Lab","upstream":{"s_dn":"CN=envoy,O=Lab"}')
    assert (named_in_text(leaf, both), another(leaf, both)) == ({True, False}, None)
    values = ("CN=envoy,O=Lab", "CN=billing,O=Lab")
    name = "x-ssl-client-s-dn"
    for order in (values, values[::-1]):
        shown = HttpAnswer(status=400, headers={name: ", ".join(order)}, repeated={name: order})
        assert (another(leaf, shown), named_in_text(leaf, shown)) == ("CN=envoy,O=Lab", frozenset())
    behind_ours = HttpAnswer(status=400, headers={name: values[0]}, body='"s_dn":"CN=billing,O=Lab"')
    assert another(leaf, behind_ours) == "CN=envoy,O=Lab"


def test_a_name_of_nobodys_does_not_hide_another() -> None:
    """That of our issuer begins as ours does, and would pass for it, cut off."""
    leaf = certificate("CN=billing")
    shown = _answer('"subject":"CN=billing CA","s_dn":"CN=envoy"')
    assert another(leaf, shown, frozenset({"CN=billing CA"})) == "CN=envoy"
    assert another(leaf, shown) is None


def test_the_first_sixteen_of_a_strangers_names_are_looked_at() -> None:
    """Of headers, and of the values of each: whoever sends thousands of them takes no more of our time."""
    leaf, ours = certificate("CN=billing"), ["CN=billing"] * 15
    for count, found in ((0, "CN=envoy"), (1, None)):
        values = (*ours, *["CN=billing"] * count, "CN=envoy")
        headers = {f"x-{number}-subject": value for number, value in enumerate(values)}
        assert another(leaf, HttpAnswer(status=400, headers=headers)) == found
        name = "x-subject"
        joined = HttpAnswer(status=400, headers={name: ", ".join(values)}, repeated={name: values})
        assert another(leaf, joined) == found
