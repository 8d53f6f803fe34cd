"""VOTES: how alike states vote in the General Assembly, years ahead."""
