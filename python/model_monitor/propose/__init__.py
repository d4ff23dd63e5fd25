"""The configuration that `init` proposes for a log."""
