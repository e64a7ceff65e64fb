//! (room testing)
