"""NETWORKS: anyone's own signed network, read and answered."""
