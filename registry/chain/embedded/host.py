"""The chain, its miner and its server, in the process that owns it."""

import secrets
from pathlib import Path

from registry.chain.embedded.address import ADDRESS_FILE, CHAIN_FILE, Address, write_address
from registry.chain.embedded.chain import EmbeddedChain
from registry.chain.embedded.genesis import Genesis
from registry.chain.embedded.miner import Miner
from registry.chain.embedded.rpc import Rpc
from registry.chain.embedded.server import RpcServer
from registry.chain.errors import ChainBusy
from registry.kit.clock import Clock


class Host:
    """Runs the chain in ``folder``; the caller holds the folder's lock until ``close`` has returned."""

    def __init__(
        self, folder: Path, clock: Clock, genesis: Genesis | None, *, port: int, batching_s: float
    ) -> None:
        self._folder = folder
        instance = secrets.token_hex(16)
        self.chain = EmbeddedChain(folder / CHAIN_FILE, clock, genesis=genesis)
        try:
            self._miner = Miner(self.chain, batching_s=batching_s)
            try:
                self._server = RpcServer(Rpc(self.chain, self._miner, instance), port)
            except OSError as error:
                self._miner.stop()
                raise ChainBusy(
                    f"Port {port} cannot be listened on ({error.strerror}); free it or choose another.",
                    port=port,
                ) from error
            except BaseException:
                self._miner.stop()
                raise
        except BaseException:
            self.chain.close()
            raise
        self.address = Address(self._server.url, instance)
        try:
            write_address(folder, self.address)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Take the address down, stop answering and sealing, close the file."""
        (self._folder / ADDRESS_FILE).unlink(missing_ok=True)
        self._server.close()
        self._miner.stop()
        self.chain.close()
