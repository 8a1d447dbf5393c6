"""One metric of a Prometheus page, with its labels."""

import pytest

from probe.certificates.series import SelectorError, select

PAGE = """\
# HELP cert_not_after when it ends
# TYPE cert_not_after gauge
cert_not_after{name="billing",file="/a \\"b\\".pem"} 1.8e9
cert_not_after{name="other" , kind="x",} 1700000000 1395066363000
cert_not_after_total 5
cert_not_after 7
cert_not_after{name="broken} 7
cert_not_after{name="words"} soon
cert_not_after{name="odd"} nan\r
"""


def test_every_series_of_a_name() -> None:
    """Labels with their escapes, timestamps, line ends; neither a longer name, nor a comment, nor a line that is broken."""
    found = list(select(PAGE, "cert_not_after"))
    assert [dict(labels) for labels, _ in found] == [
        {"name": "billing", "file": '/a "b".pem'},
        {"name": "other", "kind": "x"},
        {},
        {"name": "odd"},
    ]
    assert [value for _, value in found[:3]] == [1.8e9, 1.7e9, 7]


def test_labels_select() -> None:
    """As in PromQL, equalities alone."""
    assert [value for _, value in select(PAGE, 'cert_not_after{name="other"}')] == [1.7e9]
    assert list(select(PAGE, 'cert_not_after{name="other", kind="y"}')) == []


@pytest.mark.parametrize("selector", ["", "a b", "a{b}", 'a{b=~"c"}', "1a", 'a{b="c"} > 1'])
def test_what_is_no_selector(selector: str) -> None:
    """The message shows what is one."""
    with pytest.raises(SelectorError, match=r'name\{label="value"\}'):
        list(select(PAGE, selector))


def test_a_long_line_takes_no_longer_than_its_length() -> None:
    """Whatever stands in it: the page is another program's. The limit of the test is the measure."""
    many = 'm{a="b"' + '   a="b"   ' * 100_000
    assert list(select(f"{many}\nm{{{' ' * 500_000}\nm 1", "m")) == [({}, 1.0)]
