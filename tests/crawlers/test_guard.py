"""Where crawls may go."""

import pytest

from crawlers.guard import Guard, is_public

GUARD = Guard(["127.0.0.1:8001", "relay:1200", "[::1]:8001"])


@pytest.mark.parametrize(
    "url",
    [
        "https://www.example.org/a",
        "http://8.8.8.8/",
        "http://134744072/",
        "http://[64:ff9b::808:808]/",
        "http://[2606:4700::1111]/",
        "http://2024.example.org/",
        "http://example.org:8080/",
        "http://127.0.0.1:8001/x",
        "http://RELAY:1200/",
        "http://[::1]:8001/",
    ],
)
def test_public_addresses_and_named_ones_may_be_asked(url: str) -> None:
    assert GUARD.refusal(url) == ""


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://127.0.0.1:22/",
        "http://127.0.0.2:8001/",
        "http://relay/",
        "http://localhost:8001/",
        "http://printer.local/",
        "http://10.1.2.3/",
        "http://192.168.1.1/",
        "http://172.16.0.1/",
        "http://169.254.169.254/latest",
        "http://100.64.0.1/",
        "http://0.0.0.0/",
        "http://224.0.0.1/",
        "http://[::1]/",
        "http://[fe80::1]/",
        "http://[fd00::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::127.0.0.1]/",
        "http://[::ffff:0:7f00:1]/",
        "http://[64:ff9b::a00:1]/",
        "http://[64:ff9b:1::1]/",
        "http://[fec0::1]/",
        "http://[fe80::1%25eth0]/",
        "http://[::]/",
        "http://[2002:7f00:1::]/",
        "http://user@127.0.0.1/",
        "http://127.0.0.1./",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://0/",
        "http://2852039166/latest/meta-data",
        "http://0xa9.0xfe.0xa9.0xfe/latest",
        "http://１２７.0.0.1/",
        "http://127。0。0。1/",
        "http://ＬＯＣＡＬＨＯＳＴ/",
        "http://1.2.3.4.5/",
        "http://999999999999/",
        "ftp://example.org/",
        "file:///etc/passwd",
        "http:///",
        "http://[::1",
        "http://example.org:99999/",
    ],
)
def test_all_others_are_refused_with_a_reason(url: str) -> None:
    assert GUARD.refusal(url)


def test_what_a_name_stands_for_is_judged_too() -> None:
    assert is_public("93.184.216.34")
    assert not is_public("127.0.0.1")
    assert not is_public("example.org")
