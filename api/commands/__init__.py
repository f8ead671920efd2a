"""The command line, one module an area; each command opens the registry, calls a use case and says what happened."""
