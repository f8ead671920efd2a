"""Every way in: HTTP endpoints and the command line."""
