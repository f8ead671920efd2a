"""Everything pages say can be said in Chinese, and nothing they say escapes the catalog."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from api.portal.render import environment, money
from api.portal.words import chosen
from tests.portal.browsing import ROOT

TEMPLATES = sorted((ROOT / "api/portal/templates").rglob("*.html"))
NAMES = {"Counterfoil"}
SAID = r"(?:aria-label|placeholder|title|alt|content)=\"([^\"]*)\""


def bare_texts(template: str) -> list[str]:
    """Words for readers that no gettext call wraps: between tags, and in attributes that are read out."""
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}", "", template, flags=re.DOTALL)
    text = re.sub(r"\{\{.*?\}\}", "", text, flags=re.DOTALL)
    spoken = [one for one in re.findall(SAID, text) if "=" not in one and "{" not in one]
    between = re.sub(r"<[^>]*>", "\n", text).split("\n")
    found = [re.sub(r"&\w+;", "", one).strip() for one in between + spoken]
    return [
        one for one in found if re.search(r"[A-Za-z\u4e00-\u9fff]{2}", one) and one.strip(" ·") not in NAMES
    ]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_holds_a_bare_text(path: Path) -> None:
    assert bare_texts(path.read_text()) == []


def test_a_bare_text_would_be_found() -> None:
    assert bare_texts('<p>{{ _("said") }} unsaid</p><a title="nor this">{{ x }}</a>') == [
        "unsaid",
        "nor this",
    ]


def test_every_text_is_translated_and_none_is_left_over() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "scripts/words", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("query", "cookie", "accepted", "wanted"),
    [
        ("zh", "en", "en", "zh"),
        ("", "zh", "en", "zh"),
        ("xx", "", "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("", "", "de,fr;q=0.5", "en"),
        ("", "", "", "en"),
        ("", "", "x" * 5000, "en"),
    ],
)
def test_the_language_is_the_one_asked_for_kept_or_preferred(
    query: str, cookie: str, accepted: str, wanted: str
) -> None:
    assert chosen({"lang": query}, {"language": cookie}, accepted) == wanted


def test_what_people_wrote_is_escaped() -> None:
    made = (
        environment("en")
        .from_string("{{ name }}{{ one|party }}")
        .render(name="<script>", one={"number": 1, "name": "<b>"})
    )
    assert made == "&lt;script&gt;&lt;b&gt;"


def test_amounts_are_grouped_to_the_cent() -> None:
    assert money({"amount": "1234567.80", "currency": "CNY"}) == "1,234,567.80 CNY"
    assert money({"amount": "18446744073709551615", "currency": "JPY"}) == "18,446,744,073,709,551,615 JPY"
