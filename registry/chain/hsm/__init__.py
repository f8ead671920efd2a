"""Keys that never leave a token: named by a PKCS#11 URI, reached through the token's own module."""
