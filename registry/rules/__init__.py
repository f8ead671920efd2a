"""Law as dated data: packs of rules, the decisions taken under them, and their replay."""
