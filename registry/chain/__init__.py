"""Everything that speaks to an Ethereum node: the only package that imports web3 or eth_*."""
