//! What the user allows in the struct is allowed in what comes of it, and nothing is reported twice.
#![deny(warnings)]

use pottery::RedisModel;

#[deprecated]
#[derive(Default)]
pub struct Old;

mod odd {
    #[deprecated]
    pub type Odd = u16;
}

#[derive(RedisModel)]
#[allow(deprecated, non_snake_case)]
pub struct Player {
    #[redis(id)]
    pub id: u64,
    #[redis(skip)]
    pub old: Vec<Old>,
    pub camelCase: Vec<String>,
    pub odd: Vec<odd::Odd>,
}

#[derive(RedisModel)]
#[expect(non_camel_case_types)]
pub struct lower_case {
    #[redis(id)]
    pub id: u64,
}

/// Deprecated as a whole.
#[deprecated = "gone"]
#[derive(RedisModel)]
pub struct Gone {
    #[redis(id)]
    pub id: u64,
    #[deprecated]
    pub name: String,
}

fn main() {}
