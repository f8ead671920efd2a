"""The lines that docs/webhooks.md gives receivers tell our messages from others."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from registry.kit.clock import unix
from registry.webhooks.rules import DELAYS_S, Kind
from registry.webhooks.use_cases import add_endpoint, rotate_secret
from tests.webhooks.desk import ACCOUNT, URL, a_desk

PAGE = Path(__file__).parents[2] / "docs/webhooks.md"
Genuine = Callable[..., bool]


def lines() -> str:
    (found,) = re.findall(r"<!-- tested: [^\n]*-->\n```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    return str(found)


def is_genuine_at(now: int) -> Genuine:
    names: dict[str, Any] = {}
    exec(lines(), names)
    names["time"] = type("Time", (), {"time": staticmethod(lambda: now)})
    return names["is_genuine"]  # type: ignore[no-any-return]


def test_what_we_send_is_taken_and_what_was_changed_is_not(tmp_path: Path) -> None:
    desk = a_desk(tmp_path)
    secret, endpoint = add_endpoint(desk.context, ACCOUNT, URL)
    desk.test(endpoint)
    desk.courier.run_once()
    ((_, headers, content),) = desk.receiver.got
    now = unix(desk.clock.now())
    is_genuine = is_genuine_at(now)
    assert is_genuine(secret, headers, content)
    assert not is_genuine(secret, headers, content + b" ")
    for name in ("webhook-id", "webhook-timestamp"):
        assert not is_genuine(secret, {**headers, name: headers[name][:-1] + "9"}, content)
    assert not is_genuine("whsec_" + "A" * 44, headers, content)
    assert not is_genuine_at(now + 301)(secret, headers, content)
    assert not is_genuine_at(now - 301)(secret, headers, content)


def test_while_secrets_change_either_takes_it(tmp_path: Path) -> None:
    desk = a_desk(tmp_path)
    first, endpoint = add_endpoint(desk.context, ACCOUNT, URL)
    second, _ = rotate_secret(desk.context, ACCOUNT, endpoint.id)
    desk.test(endpoint)
    desk.courier.run_once()
    ((_, headers, content),) = desk.receiver.got
    is_genuine = is_genuine_at(unix(desk.clock.now()))
    assert is_genuine(first, headers, content)
    assert is_genuine(second, headers, content)


def test_they_are_ten_lines() -> None:
    assert len([one for one in lines().splitlines() if one.strip() and '"""' not in one]) <= 10


@pytest.mark.parametrize("kind", Kind)
def test_the_page_names_every_kind(kind: Kind) -> None:
    assert f"| `{kind.value}` |" in PAGE.read_text()


def test_the_page_says_how_often_is_tried() -> None:
    assert len(DELAYS_S) == 10
    assert "After the tenth\nattempt, 75 hours and 35 minutes" in PAGE.read_text()
