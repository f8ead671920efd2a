"""Engine, unit of work, migrations."""
