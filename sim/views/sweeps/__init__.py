"""Pictures of sweeps: where the spread comes from, what each key does, how probable a shared bloc is."""
