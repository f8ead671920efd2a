"""A fresh ledger for every test."""

import pytest

from tests.builders.ledger import Ledger


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()
