"""SWEEPS: one question under many settings; points x draws x replicas, kept whatever happens."""
