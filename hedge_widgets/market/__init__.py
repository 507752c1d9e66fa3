"""The outside world, read once: shipped constants and prices."""
