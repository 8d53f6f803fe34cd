"""What a scenario may say: its fields and their bounds, the rules between them, and what is said of a broken one."""
