"""Where the command `counterfoil` begins, also as `python -m api`.

Nothing that is imported becomes garbage: to look for some meanwhile took a third of a command's start.
"""

import gc

gc.disable()

from api.cli import main  # noqa: E402 - not before nothing is looked for

gc.freeze()
gc.enable()

if __name__ == "__main__":
    main()
