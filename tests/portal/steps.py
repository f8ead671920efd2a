"""Steps that people take on the pages in more than one story, in whichever language they read."""

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page

from tests.invoices.builders import ubl
from tests.portal.browsing import TAX_IDS, Person, Site


def a_file(
    site: Site, folder: Path, number: str, *, amount: str = "1000.00", name: str = "", **more: Any
) -> Path:
    """An invoice of tier1 to the obligor, as a file."""
    path = folder / (name or f"{number}.xml")
    terms = {
        "number": number,
        "issued_on": site.office.clock.now().date().isoformat(),
        "seller_vat": "CN" + TAX_IDS["tier1"],
        "seller_name": "Ningbo Precision Parts",
        "buyer_vat": "CN" + TAX_IDS["obligor"],
        "buyer_name": "Huayuan Automotive",
        "currency": "CNY",
        "net": amount,
        "gross": amount,
        "payable": amount,
    }
    path.write_bytes(ubl(**{**terms, **more}))
    return path


def drop(page: Page, target: Locator, files: list[Path]) -> None:
    """As the hand does it: files dragged over the page from outside and let go."""
    target.scroll_into_view_if_needed()
    box = target.bounding_box()
    assert box is not None
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(one) for one in files], "dragOperationsMask": 1}
    where = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2, "data": data}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, **where})


def outcome_of(page: Page, name: str) -> str:
    row = page.locator(
        "#outcomes tbody tr", has=page.get_by_role("rowheader", name=re.compile(re.escape(name)))
    )
    return (row.locator(".badge").text_content() or "").strip()


def sign_and_send(person: Person) -> None:
    """With the person's wallet, until the ledger has it."""
    person.press("Sign and send")
    person.sees("Done: it is on the chain.")


def signs(person: Person, act: str) -> None:
    """An act that a link on the page leads to."""
    person.follow(act)
    sign_and_send(person)
