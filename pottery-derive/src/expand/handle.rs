//! The handle: a struct that stands for one object, with an accessor for each field.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Ident, Visibility};

use crate::check::{Default, Field, Model, site};
use crate::expand::{Names, bounded};
use crate::kinds::Handle;
use crate::names::plain;
use crate::types::{Spelled, call, focus, put, spelled};

/// What every handle has by deref; rustdoc shows it with the model left open.
const BY_DEREF: &str = "By deref it has what every object has: `id`, `key`, `load`, `save`, `update`, `try_update`, \
                        `exists`, `delete`, `expire`, `ttl`, `persist` and more; see `Handle`. A field of the same name \
                        comes first, and `Handle::load(&handle)` still reaches the other.";

/// The struct, which users name: it stands beside the model, with the model's generics.
pub(super) fn handle(model: &Model, names: &Names<'_>) -> TokenStream {
    let (handle, vis, krate) = (resited(&model.handle), resited_vis(&model.vis), names.krate);
    let (generics, this) = (&model.generics, names.this(model));
    let where_clause = &generics.where_clause;
    let (deprecated, allow) = (&model.carried.deprecated, &model.carried.allow);
    let title = format!(
        " One `{}` in Redis, whether it exists or not: `{}:{{id}}`.",
        plain(&model.ident),
        model.prefix
    );
    let by_deref = format!(" {BY_DEREF}");
    let quiet = (!deprecated.is_empty()).then(|| quote!(#[allow(deprecated)]));
    quote! {
        #[doc = #title]
        #[doc = ""]
        #[doc = #by_deref]
        #(#deprecated)*
        #(#allow)*
        #quiet
        #[must_use]
        #vis struct #handle #generics (#krate::Handle<#this>) #where_clause;
    }
}

/// A method for each field.
pub(super) fn accessors(model: &Model, names: &Names<'_>) -> TokenStream {
    let methods = model.fields.iter().enumerate().map(|(index, field)| {
        let (krate, as_model) = (names.krate, names.as_model(model));
        let place = quote!(#krate::Handle::__field(&self.0, &#as_model::__INFO.fields[#index]));
        let (open, arguments) = match &field.default {
            None => ("__open", vec![place]),
            Some(_) => ("__open_or", vec![place, names.default_fn(model, field)]),
        };
        let (open, arguments) = (names.of_field(field, open), call(arguments, focus(&field.ty)));
        accessor(model, field, &returned(field, names), &quote!(#open #arguments))
    });
    let defaults = model.fields.iter().filter_map(|field| default(field, names));
    inherent(model, names, methods.chain(defaults))
}

/// A function that makes a field's declared default. It stands here once, so that what is wrong with it is told once.
fn default(field: &Field, names: &Names<'_>) -> Option<TokenStream> {
    let (ident, ty) = (default_ident(field), &field.ty);
    let body = match field.default.as_ref()? {
        Default::This(expr) => quote!(#expr),
        Default::OfType => {
            let (default, arguments) = (names.default_of(ty), call([], focus(ty)));
            quote!(#default #arguments)
        }
    };
    Some(quote! {
        #[doc(hidden)]
        fn #ident() -> #ty {
            #body
        }
    })
}

pub(super) fn default_ident(field: &Field) -> Ident {
    Ident::new(&format!("__default_of_{}", plain(&field.ident)), Span::call_site())
}

/// The same where there are mistakes: a field with one has an accessor that asks nothing of its type.
pub(super) fn dummy_accessors(model: &Model, names: &Names<'_>) -> TokenStream {
    let methods = model.fields.iter().map(|field| {
        let (krate, ty) = (names.krate, &field.ty);
        let returned = match concrete(field, names) {
            None if field.failed => quote!(#krate::Field<#ty>),
            _ => returned(field, names),
        };
        accessor(model, field, &returned, &quote!(loop {}))
    });
    inherent(model, names, methods)
}

fn inherent(model: &Model, names: &Names<'_>, methods: impl Iterator<Item = TokenStream>) -> TokenStream {
    let handle = resited(&model.handle);
    let generics = bounded(model, names, true);
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let (_, arguments, _) = model.generics.split_for_impl();
    quote! {
        impl #impl_generics #handle #arguments #where_clause {
            #(#methods)*
        }
    }
}

fn accessor(model: &Model, field: &Field, returned: &TokenStream, body: &TokenStream) -> TokenStream {
    let (ident, vis) = (resited(&field.ident), resited_vis(&field.vis));
    let (docs, deprecated) = (&field.carried.docs, &field.carried.deprecated);
    let gap = (!docs.is_empty()).then(|| quote!(#[doc = ""]));
    let doc = format!(" {}", place_in_words(model, field));
    quote! {
        #(#docs)*
        #gap
        #[doc = #doc]
        #(#deprecated)*
        #vis fn #ident(&self) -> #returned {
            #body
        }
    }
}

/// Where the field is, for the accessor's documentation.
fn place_in_words(model: &Model, field: &Field) -> String {
    let name = &field.stored;
    let key = format!("{}:{{id}}:{name}", model.prefix);
    let in_hash = format!("A field of the object's hash, `{name}`.");
    let kind = match (field.kind, spelled(&field.ty)) {
        (Some(kind), _) => match kind.redis {
            Some(redis) => redis,
            None => return in_hash,
        },
        (None, Spelled::Scalar(_) | Spelled::Option) => return in_hash,
        (None, Spelled::List(_) | Spelled::Deque(_)) => "list",
        (None, Spelled::Map(..)) => "hash",
        (None, Spelled::Set(_)) => "set",
        (None, Spelled::Other) => {
            return format!(
                "`{name}` in the object's hash if its type is one value, and `{key}` if it is a collection."
            );
        }
    };
    format!("The Redis {kind} `{key}`.")
}

/// What the accessor returns.
fn returned(field: &Field, names: &Names<'_>) -> TokenStream {
    concrete(field, names).unwrap_or_else(|| names.of_field(field, "Handle"))
}

/// The handle's type by the name of the field's, for readers of the documentation; that it is the right one is checked
/// where it is opened through the trait.
pub(super) fn concrete(field: &Field, names: &Names<'_>) -> Option<TokenStream> {
    let (krate, ty) = (names.krate, &field.ty);
    let codec = field.codec.as_ref().map(|codec| quote!(, #codec));
    let at = focus(ty);
    let handle = field.kind.map_or(Handle::OfType, |kind| kind.handle);
    let (name, of) = match (handle, spelled(ty)) {
        (Handle::Field, _) | (Handle::OfType, Spelled::Scalar(_) | Spelled::Option) => ("Field", quote!(#ty)),
        (Handle::OfType | Handle::OfSequence, Spelled::List(item)) => ("List", quote!(#item)),
        (Handle::OfType | Handle::OfSequence, Spelled::Deque(item)) => ("Deque", quote!(#item)),
        (Handle::OfItem(name), Spelled::List(syn::Type::Tuple(pair))) if name == "SortedSet" => {
            let member = pair.elems.first()?;
            (name, quote!(#member))
        }
        (Handle::OfItem(name), Spelled::List(item) | Spelled::Deque(item) | Spelled::Map(item, _)) => {
            (name, quote!(#item))
        }
        (Handle::OfEntry(name), Spelled::Map(key, value)) => (name, quote!(#key, #value)),
        (Handle::Plain(name), _) => {
            let name = Ident::new(name, at);
            return Some(put(quote!(#krate::#name), at));
        }
        (Handle::OfType, Spelled::Map(key, value)) => ("Map", quote!(#key, #value)),
        (Handle::OfType, Spelled::Set(member)) => ("Set", quote!(#member)),
        _ => return None,
    };
    let name = Ident::new(name, at);
    let (open, close) = (put(quote!(#krate::#name<), at), put(quote!(>), at));
    Some(quote!(#open #of #codec #close))
}

/// What makes a handle one: it can be copied and shown, and turned into the plain one and back.
pub(super) fn conversions(model: &Model, names: &Names<'_>) -> TokenStream {
    let (handle, this, krate, private) =
        (resited(&model.handle), names.this(model), names.krate, &names.private);
    let (impl_generics, arguments, where_clause) = model.generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #impl_generics #private::core::clone::Clone for #handle #arguments #where_clause {
            fn clone(&self) -> Self {
                #handle(#private::core::clone::Clone::clone(&self.0))
            }
        }

        #[automatically_derived]
        impl #impl_generics #private::core::fmt::Debug for #handle #arguments #where_clause {
            fn fmt(&self, __f: &mut #private::core::fmt::Formatter<'_>) -> #private::core::fmt::Result {
                #private::core::fmt::Debug::fmt(&self.0, __f)
            }
        }

        #[automatically_derived]
        impl #impl_generics #private::core::ops::Deref for #handle #arguments #where_clause {
            type Target = #krate::Handle<#this>;
            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }

        #[automatically_derived]
        impl #impl_generics #krate::Watch for #handle #arguments #where_clause {
            fn __places(&self, __out: &mut #private::std::vec::Vec<#private::Place>) {
                #krate::Watch::__places(&self.0, __out);
            }
        }

        #[automatically_derived]
        impl #impl_generics #private::core::convert::From<#krate::Handle<#this>> for #handle #arguments #where_clause {
            fn from(__handle: #krate::Handle<#this>) -> Self {
                #handle(__handle)
            }
        }

        #[automatically_derived]
        impl #impl_generics #private::core::convert::From<#handle #arguments> for #krate::Handle<#this> #where_clause {
            fn from(__handle: #handle #arguments) -> Self {
                __handle.0
            }
        }
    }
}

/// The same name in the same place, but as the derive's own: lints about names and unused things are the user's
/// business in the struct, and nobody's here.
pub(super) fn resited(ident: &Ident) -> Ident {
    let mut ident = ident.clone();
    ident.set_span(site(&ident));
    ident
}

pub(super) fn resited_vis(vis: &Visibility) -> TokenStream {
    match vis {
        Visibility::Public(token) => {
            let span = token.span().resolved_at(Span::call_site());
            quote_spanned!(span=> pub)
        }
        vis => vis.to_token_stream(),
    }
}
