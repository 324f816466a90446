"""What a person writes for a server's address, and what is meant by it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.network.endpoint import BadEndpoint, Endpoint, Target, parse_address, parse_endpoint, parse_fingerprint


@pytest.mark.parametrize(
    ("text", "host", "port", "tls"),
    [
        ("", "127.0.0.1", 6667, False),
        ("chat.example", "chat.example", 6667, False),
        (" chat.example:7000 ", "chat.example", 7000, False),
        (":7000", "127.0.0.1", 7000, False),
        ("::1", "::1", 6667, False),
        ("[::1]", "::1", 6667, False),
        ("[::1]:7000", "::1", 7000, False),
        ("chat.example:+6697", "chat.example", 6697, True),
        ("[::1]:+6697", "::1", 6697, True),
        (":+6697", "127.0.0.1", 6697, True),
        ("irc://chat.example", "chat.example", 6667, False),
        ("irc://chat.example:7000/", "chat.example", 7000, False),
        ("IRCS://chat.example", "chat.example", 6697, True),
        ("ircs://[::1]:7000", "::1", 7000, True),
        ("irc://chat.example:+6697", "chat.example", 6697, True),
    ],
)
def test_servers(text: str, host: str, port: int, tls: bool) -> None:
    assert parse_endpoint(text, 6667) == Target(Endpoint(host, port, tls))


@pytest.mark.parametrize(
    ("path", "channel", "key"),
    [
        ("/#study", "#study", ""),
        ("#study", "#study", ""),
        ("/%23study", "#study", ""),
        ("/study", "#study", ""),
        ("/&local", "&local", ""),
        ("/##deep", "##deep", ""),
        ("/#study?open%20sesame".replace("%20", "-"), "#study", "open-sesame"),
        ("/#study,needkey?a%3Fb", "#study", "a?b"),
        ("/#caf%C3%A9", "#café", ""),
        ("/?key", "", ""),
    ],
)
def test_channels_of_urls(path: str, channel: str, key: str) -> None:
    assert parse_endpoint("ircs://chat.example" + path, 6667) == Target(
        Endpoint("chat.example", 6697, tls=True), channel, key
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a:b", "'b' is no port; it must be a number from 1 to 65535."),
        ("a:", "'' is no port; "),
        ("a:0", "'0' is no port; "),
        ("a:65536", "'65536' is no port; "),
        ("a:²", "'²' is no port; "),
        ("a:+", "'' is no port; "),
        ("a:++1", "'+1' is no port; "),
        ("[::1]:x", "'x' is no port; "),
        ("two words", "'two words' is no address; it must be host, host:port, "),
        ("[::1", "'[::1' is no address; "),
        ("a\x00b", "'a\\x00b' is no address; "),
        ("https://chat.example", "https:// is no address of a chat server; it must be irc:// or ircs://."),
        ("irc://bob:hunter2@chat.example", "An address has no place for a user or a password: "),
        ("bob:hunter2@chat.example", "An address has no place for a user or a password: "),
        ("irc://chat.example/#a%0D%0AQUIT", "'#a%0D%0AQUIT' is no channel; "),
        ("irc://chat.example/#a?b%20c", "What follows #a? is no key; "),
    ],
)
def test_what_is_no_address_is_refused_with_what_is_allowed(text: str, complaint: str) -> None:
    with pytest.raises(BadEndpoint) as refused:
        parse_endpoint(text, 6667)
    assert str(refused.value).startswith(complaint)


@given(st.text(max_size=40) | st.from_regex(r"(ircs?://)?[\[\]a:+1/#?%@.]{0,12}", fullmatch=True))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        target = parse_endpoint(text, 6667)
    except BadEndpoint as refused:
        assert str(refused).endswith((".", "#channel"))
        return
    assert target.endpoint.host and 0 < target.endpoint.port < 65536
    assert not set(target.channel + target.key) & set("\r\n\0 ")


@given(st.ip_addresses(), st.integers(1, 65535), st.booleans())
def test_a_shown_address_means_itself(host: object, port: int, tls: bool) -> None:
    endpoint = Endpoint(str(host), port, tls)
    assert parse_address(endpoint.address, 1) == (endpoint.host, port)
    assert parse_endpoint(f"{'ircs' if tls else 'irc'}://{endpoint.address}", 1).endpoint == endpoint


def test_fingerprints_have_one_spelling() -> None:
    shown = ":".join(["AB"] * 32)
    for text in (shown, shown.lower(), "ab" * 32):
        assert parse_fingerprint(text) == shown
    for text in ("", "ab" * 31, "ab" * 33, "zz" * 32, "sha256:" + "ab" * 32):
        with pytest.raises(BadEndpoint, match=r"must be the 64 hexadecimal digits of a SHA-256\.$"):
            parse_fingerprint(text)


def test_who_names_a_fingerprint_never_speaks_in_clear() -> None:
    assert Endpoint("h", 1, fingerprint="ab" * 32).is_secure and Endpoint("h", 1, tls=True).is_secure
    assert not Endpoint("h", 1, insecure=True).is_secure
