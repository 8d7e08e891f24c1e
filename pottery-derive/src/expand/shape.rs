//! How an object is read: field by field, resumable wherever the reply breaks off.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Index;

use crate::check::Model;
use crate::expand::handle::resited_vis;
use crate::expand::{Names, bounded, slot};
use crate::types::{ends, put};

pub(super) fn shape(model: &Model, names: &Names<'_>) -> TokenStream {
    let (private, shape, partial, this) = (&names.private, &names.shape, &names.partial, names.this(model));
    let generics = bounded(model, names, false);
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let (own_generics, arguments, own_where) = model.generics.split_for_impl();
    let slots: Vec<_> = (0..model.fields.len()).map(slot).collect();
    let params: Vec<_> = (0..model.fields.len()).map(|index| format_ident!("__S{}", index)).collect();
    let shapes = model.fields.iter().map(|field| {
        let (as_field, codec) = (names.as_field(field), names.codec(field));
        let (begin, end) = ends(&field.ty);
        let open = put(quote!(#private::Slot<), begin);
        let (shape, close) = (put(quote!(::__Shape<), end), put(quote!(>>), end));
        quote!(#open #as_field #shape #codec #close)
    });
    let (vis, resume) = (resited_vis(&model.vis), resume(model, names));
    // The partial object is generic in its slots: where one of them cannot be, because a field's type is none, the
    // compiler says so at the field, and not once more about the whole.
    quote! {
        #vis struct #shape #own_generics (#private::core::marker::PhantomData<fn() -> #this>) #own_where;

        #vis struct #partial<__I, #(#params),*> {
            head: #private::Head,
            id: __I,
            #(#slots: #params,)*
        }

        #[automatically_derived]
        impl<__I: #private::core::default::Default, #(#params: #private::core::default::Default),*>
            #private::core::default::Default for #partial<__I, #(#params),*>
        {
            fn default() -> Self {
                #partial {
                    head: #private::core::default::Default::default(),
                    id: #private::core::default::Default::default(),
                    #(#slots: #private::core::default::Default::default(),)*
                }
            }
        }

        #[automatically_derived]
        impl #impl_generics #private::Decode for #shape #arguments #where_clause {
            type Output = #private::core::option::Option<#this>;
            type Partial = #partial<#private::Slot<#private::IdShape<#this>>, #(#shapes),*>;
            fn resume(
                __partial: &mut Self::Partial,
                __reply: &mut #private::Reply<'_>,
            ) -> #private::Step<Self::Output> {
                #resume
            }
        }
    }
}

/// The id and the scalars come first, in one array, and then the collections; each in the order of the struct. Which
/// field is which, only its type knows.
fn resume(model: &Model, names: &Names<'_>) -> TokenStream {
    let (krate, private, as_model) = (names.krate, &names.private, names.as_model(model));
    let pass = |not: TokenStream| {
        model.fields.iter().enumerate().map(move |(index, field)| {
            let (slot, index) = (slot(index), Index::from(index));
            let (begin, _) = ends(&field.ty);
            let read = put(
                quote!(#private::Slot::read(&mut __partial.#slot, __reply, &__info.fields[#index])?;),
                begin,
            );
            quote! {
                if #not #krate::Kind::has_own_key(__info.fields[#index].kind) {
                    #read
                }
            }
        })
    };
    let (scalars, collections) = (pass(quote!(!)), pass(quote!()));
    let id = model.id.as_ref().map(|id| &id.ident);
    let taken = model.fields.iter().enumerate().map(|(index, field)| {
        let (ident, slot) = (&field.ident, slot(index));
        match &field.default {
            None => quote!(#ident: #private::Slot::take(&mut __partial.#slot)?),
            Some(default) => {
                let default = names.default(default, &field.ty);
                quote!(#ident: #private::Slot::take_or(&mut __partial.#slot, #default)?)
            }
        }
    });
    let skipped = model.skipped.iter().map(|field| {
        let (ident, default) = (&field.ident, names.default(&field.default, &field.ty));
        quote!(#ident: (#default)())
    });
    let this = &model.ident;
    quote! {
        let __info = #as_model::__INFO;
        #private::Head::read(&mut __partial.head, __reply)?;
        #private::Slot::read(&mut __partial.id, __reply, &__info.id)?;
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
