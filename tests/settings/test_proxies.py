"""The proxies that the environment names."""

import pytest

from probe.settings.proxies import proxy_mistakes

PASSWORD = "S3cret9xQ"


@pytest.mark.parametrize(
    "url",
    [
        f"http://user:{PASSWORD}#w@proxy:3128",
        f"http://user:{PASSWORD}/w@proxy:3128",
        f"http://user:{PASSWORD}?w@proxy:3128",
        f"http://user:{PASSWORD}\\w@proxy:3128",
        f"http://user:p@{PASSWORD}/w@proxy:3128",
        f"user:{PASSWORD}#w@proxy:3128",
        f"user:{PASSWORD}",
        f"http://proxy:{PASSWORD}",
        "http://proxy:65536",
        "http://u:p@:3128",
        "http://pro xy:3128",
        "http://[::1:3128",
    ],
)
@pytest.mark.parametrize("name", ["HTTPS_PROXY", "http_proxy", "All_Proxy"])
def test_what_is_no_proxys_url_is_refused(name: str, url: str) -> None:
    """By the variable's name; what it holds is not shown."""
    (mistake,) = proxy_mistakes({name: url})
    assert str(mistake).startswith(
        f"{name}: this is not the URL of a proxy; write it as `http://proxy:3128`; in a name"
    )
    assert PASSWORD not in str(mistake)


@pytest.mark.parametrize(
    "url",
    [
        "",
        " http://proxy:3128/ ",
        "proxy",
        "proxy.internal:3128",
        "//proxy:3128",
        "https://[2001:db8::1]:3128",
        "[fe80::1%eth0]:3128",
        "socks5h://user:pass@10.0.0.1:1080",
        "http://user:p@ss:w%2Ford@proxy_a:3128",
        "http://tokenoftheproxy@proxy:3128",
    ],
)
def test_what_the_libraries_read_is_left_to_them(url: str) -> None:
    """Also where no scheme is written; and what is no proxy's variable is none of ours."""
    environ = dict.fromkeys(("HTTPS_PROXY", "http_proxy", "all_proxy"), url)
    assert not list(proxy_mistakes({**environ, "NO_PROXY": "#", "FTP_PROXY": "a/b@c"}))
