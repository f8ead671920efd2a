"""Who may ask: for now whoever has the installation's token. Sign-in by a party's key comes later."""
