//! How an object is read: field by field, resumable wherever the reply breaks off.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Ident, Index};

use crate::check::{Default, Model};
use crate::expand::Names;
use crate::expand::handle::resited_vis;
use crate::types::{call, focus};

/// The object of which some fields have been read. It asks nothing of their types.
pub(super) fn partial(model: &Model, names: &Names<'_>) -> TokenStream {
    let (private, partial, vis) = (&names.private, &names.partial, resited_vis(&model.vis));
    let (this, as_id) = (names.this(model), model.id.as_ref().map(|id| &id.ty));
    let (impl_generics, arguments, where_clause) = model.generics.split_for_impl();
    let slots: Vec<_> = (0..model.fields.len()).map(slot).collect();
    let types = model.fields.iter().map(|field| &field.ty);
    quote! {
        #vis struct #partial #impl_generics #where_clause {
            reading: #private::Reading,
            model: #private::core::marker::PhantomData<fn() -> #this>,
            id: #private::Slot<#private::core::option::Option<#as_id>>,
            #(#slots: #private::Slot<#types>,)*
        }

        #[automatically_derived]
        impl #impl_generics #private::core::default::Default for #partial #arguments #where_clause {
            fn default() -> Self {
                #partial {
                    reading: #private::core::default::Default::default(),
                    model: #private::core::marker::PhantomData,
                    id: #private::core::default::Default::default(),
                    #(#slots: #private::core::default::Default::default(),)*
                }
            }
        }
    }
}

/// The name under which a field is kept while its object is read.
fn slot(index: usize) -> Ident {
    format_ident!("f{}", index)
}

/// The id and the scalars come first, in one array, and then the collections; each in the order of the struct. Which
/// field is which, only its type knows.
pub(super) fn resume(model: &Model, names: &Names<'_>) -> TokenStream {
    let (krate, private, partial) = (names.krate, &names.private, &names.partial);
    let pass = |not: TokenStream| {
        model.fields.iter().enumerate().map(move |(index, field)| {
            let (slot, index, read) = (slot(index), Index::from(index), names.of_field(field, "__read"));
            let arguments = [
                quote!(&mut __partial.#slot),
                quote!(&mut __partial.reading),
                quote!(__reply),
                quote!(&__info.fields[#index]),
            ];
            let arguments = call(arguments, focus(&field.ty));
            quote! {
                if #not #krate::Kind::has_own_key(__info.fields[#index].kind) {
                    #read #arguments?;
                }
            }
        })
    };
    let (scalars, collections) = (pass(quote!(!)), pass(quote!()));
    let (_, arguments, _) = model.generics.split_for_impl();
    let id = model.id.as_ref().map(|id| &id.ident);
    let taken = model.fields.iter().enumerate().map(|(index, field)| {
        let (ident, slot) = (&field.ident, slot(index));
        match &field.default {
            None => quote!(#ident: #private::Slot::take(&mut __partial.#slot)?),
            Some(_) => {
                let default = names.default_fn(model, field);
                quote!(#ident: #private::Slot::take_or(&mut __partial.#slot, #default)?)
            }
        }
    });
    let skipped = model.skipped.iter().map(|field| {
        let ident = &field.ident;
        match &field.default {
            Default::This(expr) => quote!(#ident: #expr),
            Default::OfType => {
                let (default, arguments) = (names.default_of(&field.ty), call([], focus(&field.ty)));
                quote!(#ident: #default #arguments)
            }
        }
    });
    let this = &model.ident;
    quote! {
        type __Partial = #partial #arguments;
        fn __resume(
            __partial: &mut Self::__Partial,
            __reply: &mut #private::Reply<'_>,
        ) -> #private::Step<#private::core::option::Option<Self>> {
            let __info = <Self as #krate::RedisModel>::__INFO;
            #private::Reading::begin(&mut __partial.reading, __reply)?;
            #private::Slot::read::<#private::IdShape<Self>>(
                &mut __partial.id,
                &mut __partial.reading,
                __reply,
                &__info.id,
            )?;
            #(#scalars)*
            #(#collections)*
            let #private::core::option::Option::Some(__id) = #private::Slot::take(&mut __partial.id)? else {
                return #private::core::result::Result::Ok(#private::core::option::Option::None);
            };
            #private::core::result::Result::Ok(#private::core::option::Option::Some(#this {
                #id: __id,
                #(#taken,)*
                #(#skipped,)*
            }))
        }
    }
}
