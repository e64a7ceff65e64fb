//! Trees that dpkg and rpm made, changed, and compared with what these programs themselves say.

mod dpkg;
mod image;
mod rpm;
mod small;
