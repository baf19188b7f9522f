"""Sinks: how rows become the bytes of a shard. What several targets write alike is written here once."""
