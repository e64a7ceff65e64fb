//! (room template)
