//! Dockerfiles as people write them, and as nobody should.

mod bad;
mod reading;
mod references;

use super::{Dockerfile, parse};

fn read(text: &str) -> Dockerfile {
    parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}
