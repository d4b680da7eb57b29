"""The code behind the nox sessions: `stages` has one module per session, `core` what they share."""
