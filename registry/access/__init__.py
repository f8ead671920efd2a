"""Who may come in: people and their sign-ins, machines' keys, and whom a party lets see its records."""
