"""One compiler for the tests of a file: loading it takes longer than most of what it is asked."""

from collections.abc import Iterator

import pytest

from tests.assurance.warm_compiler import WarmCompiler


@pytest.fixture(scope="module")
def compiler() -> Iterator[WarmCompiler]:
    opened = WarmCompiler()
    yield opened
    opened.close()
