//! Whole trees: every folder of `fixtures/catalogues` with the result it expects, and trees git cannot hold.
