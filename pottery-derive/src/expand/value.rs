//! `impl RedisValue`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Generics, Ident, Path, parse_quote};

/// A marker: everything that a value needs is serde's.
pub(crate) fn value(ident: &Ident, generics: &Generics, krate: &Path) -> TokenStream {
    let mut bounded = generics.clone();
    let (_, arguments, _) = generics.split_for_impl();
    if !generics.params.is_empty() {
        bounded.make_where_clause().predicates.push(parse_quote!(#ident #arguments: #krate::Storable));
    }
    let (impl_generics, _, where_clause) = bounded.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #impl_generics #krate::RedisValue for #ident #arguments #where_clause {}
    }
}
