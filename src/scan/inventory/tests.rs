//! One table for all cataloguers.
