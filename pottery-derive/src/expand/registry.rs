//! The model's entry in the registry.

use proc_macro2::TokenStream;
use quote::quote;

use crate::check::Model;
use crate::expand::Names;

/// Nothing for a model with parameters: there would be one entry for each set of arguments, and nobody knows them.
pub(super) fn registration(model: &Model, names: &Names<'_>) -> Option<TokenStream> {
    if !model.generics.params.is_empty() {
        return None;
    }
    let (krate, private, as_model) = (names.krate, &names.private, names.as_model(model));
    Some(quote! {
        #[#private::linkme::distributed_slice(#private::MODELS_1)]
        #[linkme(crate = #private::linkme)]
        static __MODEL: &'static #krate::ModelInfo = #as_model::__INFO;
    })
}
