//! The gated rollout: its leaves are functions that judge one thing and say what they found.
