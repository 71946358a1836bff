"""A service of compose.yaml run from a built root as an engine would run it, where there is no engine."""
