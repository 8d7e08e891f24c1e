//! The derives of [pottery](https://docs.rs/pottery). Use them through that crate.
//!
//! A pass for each concern: [`parse`] says what the user wrote, [`check`] judges it, [`expand`] writes the code.

mod check;
mod duration;
mod errors;
mod expand;
mod names;
mod parse;
mod types;

use errors::Errors;
use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Makes a struct one whose fields live in Redis.
#[proc_macro_derive(RedisModel, attributes(redis))]
pub fn redis_model(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let mut errors = Errors::default();
    let mut model = check::check(parse::Input::new(input, &mut errors), &mut errors);
    if errors.is_empty() {
        return expand::model(&model).into();
    }
    let mut tokens = errors.into_tokens();
    tokens.extend(expand::fallback(&mut model));
    tokens.into()
}

/// Makes a type one that is stored whole.
#[proc_macro_derive(RedisValue, attributes(redis))]
pub fn redis_value(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let mut errors = Errors::default();
    check::refuse_lifetimes(&input.generics, "a value", &mut errors);
    let attrs = parse::ValueAttrs::of_value(&input.attrs, &mut errors);
    let mut tokens = expand::value(&input.ident, &input.generics, &check::krate(attrs.krate));
    if !errors.is_empty() && input.generics.lifetimes().next().is_some() {
        tokens = Default::default();
    }
    tokens.extend(errors.into_tokens());
    tokens.into()
}

/// Makes a newtype one that can be the id of a model.
#[proc_macro_derive(RedisId, attributes(redis))]
pub fn redis_id(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let mut errors = Errors::default();
    check::refuse_lifetimes(&input.generics, "an id", &mut errors);
    let attrs = parse::ValueAttrs::of_id(&input.attrs, &mut errors);
    let newtype = check::newtype(input, attrs, &mut errors);
    let mut tokens = errors.into_tokens();
    tokens.extend(newtype.as_ref().map(expand::id));
    tokens.into()
}
