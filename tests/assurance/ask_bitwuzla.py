"""Ask bitwuzla a query in SMT-LIB 2, with its model: python ask_bitwuzla.py FILE, by the prover's own Python.

Its package on PyPI has no command."""

import sys

from bitwuzla import Option, Options, Parser, TermManager  # type: ignore[import-not-found]

options = Options()
options.set(Option.PRODUCE_MODELS, True)
Parser(TermManager(), options).parse(sys.argv[1])
