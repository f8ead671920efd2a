"""Pure ground: money, identifiers, clock, refusals. Nothing here does I/O, save the clock."""
