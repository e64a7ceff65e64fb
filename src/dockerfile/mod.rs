//! (room dockerfile)
