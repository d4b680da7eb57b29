"""What other platforms need of the world: pinned, hash-checked, unpacked into the cache, and never run by this machine."""
