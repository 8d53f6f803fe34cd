"""What varies, and which points a sweep visits."""
