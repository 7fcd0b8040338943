//! `guard.toml`: how services are started, probed and smoke-tested.
