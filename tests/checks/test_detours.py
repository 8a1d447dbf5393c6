"""A path of a request that another server may read as another path."""

import pytest

from probe.checks.detours import detour


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/tenants/c/../real", "/.."),
        ("/tenants/c/./real", "/."),
        ("/tenants/c/..", "/.."),
        ("/tenants/c/..#x", "/.."),
        ("../real", ".."),
        ("/tenants/c/%2e%2e/real", "%2e"),
        ("/tenants/c/.%2E/real", "%2E"),
        ("/tenants/c/%252e%252e/real", "%2e"),
        ("/tenants/c/%25252e/real", "%2e"),
        ("/tenants/c%2f..%2freal", "%2f"),
        ("/tenants/c%255Creal", "%5C"),
        ("/tenants/c\\..\\real", "\\"),
        ("/tenants//real", "//"),
        ("//real/charges", "//"),
        ("/tenants;x/real", ";"),
        ("/tenants/c/..;/real", ";"),
        ("/tenants%3bx/real", ";"),
        ("/tenants/c/%c0%ae%c0%ae/real", "\ufffd"),
        ("/tenants/c/%u002e%u002e/real", "%u"),
        ("/tenants/c/%EF%BC%8E%EF%BC%8E/real", "/.."),
        ("/tenants/c/.%20./real", "/. ."),
        ("/tenants/c/..%00/real", "/..\0"),
        ("/tenants/c/%3f/../real", "/.."),
        ("/a%25252541", "%25"),
        ("/a%2525252541", "%25"),
    ],
)
def test_what_leads_elsewhere(path: str, found: str) -> None:
    """Dot segments, and what is a slash, a dot or a backslash to somebody, in up to three encodings and refused in more."""
    assert detour(path) == found


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/v1/tenants/c/",
        "/v1/ch_1.pdf",
        "/a..b/...c",
        "/a%20b/%C3%BC",
        "/100%25",
        "/a%2541",
        "/a%252541",
        "/a?to=../b//c;d%2e",
    ],
)
def test_what_leads_where_it_says(path: str) -> None:
    """Dots within names, other encodings, and whatever is in the query."""
    assert detour(path) is None
