"""The watch: the futures that are open, against today's prices."""
