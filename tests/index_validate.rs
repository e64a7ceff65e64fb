//! `index validate` through the real program: the original's verdicts, the strict ones, repositories, input that is none.

#[path = "index_validate/cases.rs"]
mod cases;
#[path = "index_validate/page.rs"]
mod page;
#[path = "index_validate/repositories.rs"]
mod repositories;
#[path = "index_validate/strict.rs"]
mod strict;
#[path = "index_validate/trouble.rs"]
mod trouble;
#[path = "index_validate/work.rs"]
mod work;
