"""The real servers of the platform profile on 127.0.0.1; tools/stack is their door."""
