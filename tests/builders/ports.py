"""Free ports of the loopback interface."""

import socket


def free_port() -> int:
    """One that nobody listened on just now; who starts a server there checks that it is the one that answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
