//! Writes code, and asks no questions.

mod handle;
mod id;
mod model;
mod registry;
mod shape;
mod value;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::{Generics, Ident, Path, Type, WhereClause, parse_quote};

use crate::check::{Default, Field, Kind, Model, site};
use crate::names::plain;
use crate::types::{self, ends, put};

pub(crate) use id::{Newtype, id};
pub(crate) use value::value;

/// The code of a model without mistakes.
pub(crate) fn model(model: &Model) -> TokenStream {
    let names = Names::new(model);
    let handle = handle::handle(model, &names);
    let accessors = handle::accessors(model, &names);
    let conversions = handle::conversions(model, &names);
    let redis_model = model::redis_model(model, &names);
    let shape = shape::shape(model, &names);
    let registration = registry::registration(model, &names);
    let allow = allow(model);
    quote! {
        #handle

        #[doc(hidden)]
        #(#allow)*
        const _: () = {
            #accessors
            #conversions
            #redis_model
            #shape
            #registration
        };
    }
}

/// The code of a model with mistakes: enough that its users need not be told of them as well.
pub(crate) fn fallback(model: &mut Model) -> TokenStream {
    if model.generics.lifetimes().next().is_some() {
        return TokenStream::new();
    }
    for field in &mut model.fields {
        field.default = None;
    }
    let names = Names::new(model);
    let handle = handle::handle(model, &names);
    let accessors = handle::dummy_accessors(model, &names);
    let conversions = handle::conversions(model, &names);
    let redis_model = model::dummy(model, &names);
    let allow = allow(model);
    quote! {
        #handle

        #[doc(hidden)]
        #(#allow)*
        const _: () = {
            #accessors
            #conversions
            #redis_model
        };
    }
}

/// The lints that the user has silenced, on the struct or on a field of it.
fn allow(model: &Model) -> Vec<TokenStream> {
    let fields = model.fields.iter().map(|field| &field.carried);
    let all = || std::iter::once(&model.carried).chain(fields.clone());
    let mut allow: Vec<_> = all().flat_map(|carried| carried.allow.clone()).collect();
    if all().any(|carried| !carried.deprecated.is_empty()) {
        allow.push(quote!(#[allow(deprecated)]));
    }
    allow
}

/// What the pieces call each other. Where users' types are in scope, all begins with two underscores.
struct Names<'a> {
    /// The hidden module of the façade.
    private: TokenStream,
    krate: &'a Path,
    shape: Ident,
    partial: Ident,
}

impl Names<'_> {
    fn new(model: &Model) -> Names<'_> {
        let krate = &model.krate;
        let name = plain(&model.ident);
        Names {
            private: quote!(#krate::__private),
            krate,
            shape: Ident::new(&format!("__{name}Shape"), Span::call_site()),
            partial: Ident::new(&format!("__{name}Partial"), Span::call_site()),
        }
    }

    /// `Player<T>`
    fn this(&self, model: &Model) -> TokenStream {
        let ident = Ident::new(&model.ident.to_string(), site(&model.ident));
        let (_, arguments, _) = model.generics.split_for_impl();
        quote!(#ident #arguments)
    }

    /// `<Player<T> as RedisModel>`
    fn as_model(&self, model: &Model) -> TokenStream {
        let (krate, this) = (self.krate, self.this(model));
        quote!(<#this as #krate::RedisModel>)
    }

    /// What says which Redis type the field is: its type, or a marker around it.
    fn marker(&self, field: &Field) -> TokenStream {
        let (private, ty) = (&self.private, &field.ty);
        let (begin, end) = ends(ty);
        let marker = match field.kind {
            Kind::OfType => return ty.to_token_stream(),
            Kind::Value => quote!(#private::Whole<),
            Kind::List => quote!(#private::AsList<),
        };
        let (marker, close) = (put(marker, begin), put(quote!(>), end));
        quote!(#marker #ty #close)
    }

    /// `<Vec<Item> as RedisField>`, in the place of the type.
    fn as_field(&self, field: &Field) -> TokenStream {
        let krate = self.krate;
        let marker = self.marker(field);
        let (begin, end) = ends(&field.ty);
        let (open, close) = (put(quote!(<), begin), put(quote!(as #krate::RedisField>), end));
        quote!(#open #marker #close)
    }

    /// The field's codec.
    fn codec(&self, field: &Field) -> TokenStream {
        let krate = self.krate;
        match &field.codec {
            Some(codec) => codec.to_token_stream(),
            None => {
                let (_, end) = ends(&field.ty);
                put(quote!(#krate::Native), end)
            }
        }
    }

    /// An expression for what a field is when Redis has nothing.
    fn default(&self, default: &Default, ty: &Type) -> TokenStream {
        let private = &self.private;
        match default {
            Default::OfType => {
                let (begin, end) = ends(ty);
                let open = put(quote!(<), begin);
                let close = put(quote!(as #private::core::default::Default>::default), end);
                quote!(#open #ty #close)
            }
            Default::This(expr) => quote!(|| #expr),
        }
    }
}

/// The name under which a field is kept while its object is read.
fn slot(index: usize) -> Ident {
    format_ident!("f{}", index)
}

/// The struct's generics with what must hold for its fields. Where a type has no parameters, the compiler sees for
/// itself, and says at the field what is wrong.
fn bounded(model: &Model, names: &Names<'_>, with_handles: bool) -> Generics {
    let mut generics = model.generics.clone();
    let (krate, private) = (names.krate, &names.private);
    let mut predicates: Vec<syn::WherePredicate> = Vec::new();
    if let Some(id) = model.id.as_ref().filter(|id| types::mentions(&id.ty, &model.generics)) {
        let ty = &id.ty;
        predicates.push(parse_quote!(#ty: #krate::RedisId));
    }
    for field in model.fields.iter().filter(|field| types::mentions(&field.ty, &model.generics)) {
        let (marker, ty) = (names.marker(field), &field.ty);
        let handle = handle::concrete(field, names).filter(|_| with_handles).map(|handle| {
            let codec = names.codec(field);
            quote!(, Handle<#codec> = #handle)
        });
        predicates.push(parse_quote!(#marker: #krate::RedisField<__Value = #ty #handle>));
        predicates.push(parse_quote!(#ty: #private::core::marker::Send + 'static));
        if let Some(Default::OfType) = field.default {
            predicates.push(parse_quote!(#ty: #private::core::default::Default));
        }
    }
    for field in model.skipped.iter().filter(|field| types::mentions(&field.ty, &model.generics)) {
        let ty = &field.ty;
        predicates.push(parse_quote!(#ty: #private::core::marker::Send + 'static));
        if let Default::OfType = field.default {
            predicates.push(parse_quote!(#ty: #private::core::default::Default));
        }
    }
    if !predicates.is_empty() {
        let clause: &mut WhereClause = generics.make_where_clause();
        clause.predicates.extend(predicates);
    }
    generics
}
