//! Floor 1: one door each to files, git, the environment, children.
