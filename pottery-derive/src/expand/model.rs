//! `impl RedisModel`: the description of the model, and how an object is written.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use crate::check::{Field, Id, Model, Ttl};
use crate::expand::handle::resited;
use crate::expand::{Names, bounded, read};
use crate::names::plain;
use crate::types::{call, focus, written};

pub(super) fn redis_model(model: &Model, names: &Names<'_>) -> TokenStream {
    let (krate, private) = (names.krate, &names.private);
    let infos = model.fields.iter().map(|field| info(field, names));
    let info = model_info(model, names, quote!(#private::core::module_path!()), infos);
    let id = model.id.as_ref().map(|id| &id.ident);
    let writes = model.fields.iter().map(|field| {
        let (ident, write) = (&field.ident, names.of_field(field, "__write"));
        let arguments = call([quote!(&self.#ident), quote!(__image)], focus(&field.ty));
        quote!(#write #arguments;)
    });
    let resume = read::resume(model, names);
    let items = quote! {
        const __INFO: &'static #krate::ModelInfo = #info;
        fn __id(&self) -> &Self::Id {
            &self.#id
        }
        fn __write(&self, __image: &mut #private::Image) {
            #(#writes)*
        }
        #resume
    };
    implement(model, names, &items)
}

/// The same where there are mistakes: it promises everything and does nothing.
pub(super) fn dummy(model: &Model, names: &Names<'_>) -> TokenStream {
    let (krate, private) = (names.krate, &names.private);
    let info = model_info(model, names, quote!(""), std::iter::empty());
    let items = quote! {
        const __INFO: &'static #krate::ModelInfo = #info;
        type __Partial = ();
        fn __resume(
            _: &mut (),
            _: &mut #private::Reply<'_>,
        ) -> #private::Step<#private::core::option::Option<Self>> {
            loop {}
        }
        fn __id(&self) -> &Self::Id {
            loop {}
        }
        fn __write(&self, _: &mut #private::Image) {}
    };
    implement(model, names, &items)
}

fn implement(model: &Model, names: &Names<'_>, items: &TokenStream) -> TokenStream {
    let (krate, handle, prefix, this) =
        (names.krate, resited(&model.handle), &model.prefix, names.this(model));
    let generics = bounded(model, names, false);
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let (_, arguments, _) = model.generics.split_for_impl();
    let id = model.id.as_ref().map_or_else(
        || {
            let private = &names.private;
            quote!(#private::core::primitive::u64)
        },
        |id| {
            let ty = &id.ty;
            quote!(#ty)
        },
    );
    quote! {
        #[automatically_derived]
        impl #impl_generics #krate::RedisModel for #this #where_clause {
            type Id = #id;
            type Handle = #handle #arguments;
            const PREFIX: &'static str = #prefix;
            #items
        }
    }
}

fn model_info(
    model: &Model,
    names: &Names<'_>,
    module: TokenStream,
    fields: impl Iterator<Item = TokenStream>,
) -> TokenStream {
    let (krate, private) = (names.krate, &names.private);
    let (name, prefix) = (plain(&model.ident), &model.prefix);
    let id = model.id.as_ref().map_or_else(|| scalar(names, "", "", ""), |id| id_info(id, names));
    let ttl = ttl(model.ttl, names);
    quote! {
        &#krate::ModelInfo {
            name: #name,
            module: #module,
            prefix: #prefix,
            id: #id,
            fields: &[#(#fields),*],
            ttl: #ttl,
            __in_test: #private::core::cfg!(test),
        }
    }
}

fn id_info(id: &Id, names: &Names<'_>) -> TokenStream {
    scalar(names, &plain(&id.ident), &id.stored, &written(&id.ty))
}

fn scalar(names: &Names<'_>, name: &str, stored: &str, type_name: &str) -> TokenStream {
    let krate = names.krate;
    quote! {
        #krate::FieldInfo {
            name: #name,
            stored: #stored,
            kind: #krate::Kind::Scalar,
            type_name: #type_name,
            codec: "id",
        }
    }
}

fn info(field: &Field, names: &Names<'_>) -> TokenStream {
    let (krate, kind, codec) = (names.krate, names.kind_of(field), names.codec_name(field));
    let (name, stored, type_name) = (plain(&field.ident), &field.stored, written(&field.ty));
    quote! {
        #krate::FieldInfo {
            name: #name,
            stored: #stored,
            kind: #kind,
            type_name: #type_name,
            codec: #codec,
        }
    }
}

fn ttl(ttl: Ttl, names: &Names<'_>) -> TokenStream {
    let (krate, private) = (names.krate, &names.private);
    match ttl {
        Ttl::Open => quote!(#krate::Ttl::Open),
        Ttl::Never => quote!(#krate::Ttl::Never),
        Ttl::Millis(millis) => {
            let millis = Literal::u64_unsuffixed(millis);
            quote!(#krate::Ttl::Declared(#private::core::time::Duration::from_millis(#millis)))
        }
    }
}
