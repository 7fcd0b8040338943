//! Python to flow, shown.
