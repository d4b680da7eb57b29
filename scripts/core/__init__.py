"""What the stages share: configuration, source lock, interpreters, environments, toolchain, records."""
