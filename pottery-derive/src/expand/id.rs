//! `impl RedisId` for a newtype.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Generics, Ident, Member, Path, Type, parse_quote};

use crate::types::{mentions, put};

/// A struct around one id.
pub(crate) struct Newtype {
    pub(crate) ident: Ident,
    pub(crate) generics: Generics,
    pub(crate) krate: Path,
    pub(crate) member: Member,
    pub(crate) inner: Type,
    /// Whether callers hand it over by value.
    pub(crate) copy: bool,
}

/// It stands in keys as what it wraps does.
pub(crate) fn id(newtype: &Newtype) -> TokenStream {
    let Newtype { ident, generics, krate, member, inner, copy } = newtype;
    let mut bounded = generics.clone();
    if mentions(inner, generics) {
        bounded.make_where_clause().predicates.push(parse_quote!(#inner: #krate::RedisId));
    }
    if !generics.params.is_empty() {
        let (_, arguments, _) = generics.split_for_impl();
        bounded
            .make_where_clause()
            .predicates
            .push(parse_quote!(#ident #arguments: #krate::__private::core::clone::Clone
                + #krate::__private::core::marker::Send + #krate::__private::core::marker::Sync + 'static));
    }
    let (impl_generics, _, where_clause) = bounded.split_for_impl();
    let (_, arguments, _) = generics.split_for_impl();
    let core = quote!(#krate::__private::core);
    let string = quote!(#krate::__private::std::string::String);
    let (arg, taken, from_arg) = if *copy {
        (quote!(Self), quote!(Self), quote!(__arg))
    } else {
        (quote!(&'__a Self), quote!(&Self), quote!(#krate::__private::clone_id(__arg)))
    };
    // the whole head of the impl stands at the type, for what the type lacks
    let (impl_token, redis_id) =
        (put(quote!(impl), ident.span()), put(quote!(#krate::RedisId for), ident.span()));
    quote! {
        #[automatically_derived]
        #impl_token #impl_generics #redis_id #ident #arguments #where_clause {
            type Arg<'__a> = #arg;
            const __PARTS: #core::primitive::usize = <#inner as #krate::RedisId>::__PARTS;
            fn __from_arg(__arg: #taken) -> Self {
                #from_arg
            }
            fn __write(&self, __out: &mut #string) {
                <#inner as #krate::RedisId>::__write(&self.#member, __out)
            }
            fn __write_arg(__arg: &#taken, __out: &mut #string) {
                <#inner as #krate::RedisId>::__write(&__arg.#member, __out)
            }
            fn __read(__text: &#core::primitive::str) -> #core::option::Option<Self> {
                #core::option::Option::map(<#inner as #krate::RedisId>::__read(__text), |__id| #ident { #member: __id })
            }
        }
    }
}
