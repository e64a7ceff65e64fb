//! The original validator's verdicts, exactly: what passes there passes here, and the same checks fail.
mod lexer;
mod number;
mod plain;
mod python;
mod read;
