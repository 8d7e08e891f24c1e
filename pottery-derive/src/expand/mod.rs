//! Writes code, and asks no questions.

mod handle;
mod id;
mod model;
mod read;
mod registry;
mod value;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Generics, Ident, Path, Type, WhereClause, parse_quote};

use crate::check::{Default, Field, Model};
use crate::names::plain;
use crate::types::{self, focus, put};

pub(crate) use id::{Newtype, id};
pub(crate) use value::value;

/// The code of a model without mistakes.
pub(crate) fn model(model: &Model) -> TokenStream {
    let names = Names::new(model);
    let handle = handle::handle(model, &names);
    let accessors = handle::accessors(model, &names);
    let conversions = handle::conversions(model, &names);
    let redis_model = model::redis_model(model, &names);
    let partial = read::partial(model, &names);
    let registration = registry::registration(model, &names);
    let allow = allow(model);
    quote! {
        #handle

        #(#allow)*
        #accessors

        #[doc(hidden)]
        #(#allow)*
        const _: () = {
            #conversions
            #redis_model
            #partial
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

        #(#allow)*
        #accessors

        #[doc(hidden)]
        #(#allow)*
        const _: () = {
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
    partial: Ident,
}

impl Names<'_> {
    fn new(model: &Model) -> Names<'_> {
        let krate = &model.krate;
        let name = plain(&model.ident);
        Names {
            private: quote!(#krate::__private),
            krate,
            partial: Ident::new(&format!("__{name}Partial"), Span::call_site()),
        }
    }

    /// `Player<T>`
    fn this(&self, model: &Model) -> TokenStream {
        let ident = handle::resited(&model.ident);
        let (_, arguments, _) = model.generics.split_for_impl();
        quote!(#ident #arguments)
    }

    /// `<Player<T> as RedisModel>`
    fn as_model(&self, model: &Model) -> TokenStream {
        let (krate, this) = (self.krate, self.this(model));
        quote!(<#this as #krate::RedisModel>)
    }

    /// An item of the trait that says what the field is: `<Vec<Item> as RedisField>::__open::<Native>`, or, where the
    /// user has said more of it than its type, `<Vec<Item> as FieldAs<AsItIs, Json>>::__open`. All but the type itself
    /// stands in one place, at the type's name.
    fn of_field(&self, field: &Field, item: &str) -> TokenStream {
        let krate = self.krate;
        match is_plain(field) {
            true => self.item(field, item, quote!(::<#krate::Native>)),
            false => self.item(field, item, quote!()),
        }
    }

    /// Which Redis type the field is.
    fn kind_of(&self, field: &Field) -> TokenStream {
        self.item(field, "__KIND", quote!())
    }

    /// The name of the field's codec.
    fn codec_name(&self, field: &Field) -> TokenStream {
        let krate = self.krate;
        match is_plain(field) {
            true => quote!(<#krate::Native as #krate::Codec>::NAME),
            false => self.item(field, "__CODEC", quote!()),
        }
    }

    fn item(&self, field: &Field, item: &str, arguments: TokenStream) -> TokenStream {
        let (private, ty, at) = (&self.private, &field.ty, focus(&field.ty));
        let item = Ident::new(item, at);
        // a type of several tokens gets its place from an alias around it
        let (open, close) = match ty.to_token_stream().into_iter().count() {
            1 => (quote!(<), quote!(as)),
            _ => (quote!(<#private::Same<), quote!(> as)),
        };
        let (open, close) = (put(open, at), put(close, at));
        let (field_trait, item) = (self.field_trait(field, quote!()), put(quote!(>::#item #arguments), at));
        quote!(#open #ty #close #field_trait #item)
    }

    /// What must hold for a field of a type with parameters.
    fn bound(&self, field: &Field, handle: Option<TokenStream>) -> TokenStream {
        let (krate, ty) = (self.krate, &field.ty);
        let handle = handle.map_or_else(TokenStream::new, |handle| match is_plain(field) {
            true => quote!(Handle<#krate::Native> = #handle),
            false => quote!(Handle = #handle),
        });
        let field_trait = self.field_trait(field, handle);
        quote!(#ty: #field_trait)
    }

    /// The trait that says what the field is, with what is said of its items.
    fn field_trait(&self, field: &Field, items: TokenStream) -> TokenStream {
        let (krate, private, at) = (self.krate, &self.private, focus(&field.ty));
        if is_plain(field) {
            return put(quote!(#krate::RedisField<#items>), at);
        }
        let (kind, codec) = (self.kind(field), self.codec(field));
        let (open, close) = (put(quote!(#private::FieldAs<#kind,), at), put(quote!(, #items>), at));
        quote!(#open #codec #close)
    }

    /// The kind of field.
    fn kind(&self, field: &Field) -> TokenStream {
        let private = &self.private;
        let marker = Ident::new(field.kind.map_or("AsItIs", |kind| kind.marker), Span::call_site());
        quote!(#private::#marker)
    }

    /// The field's codec.
    fn codec(&self, field: &Field) -> TokenStream {
        let krate = self.krate;
        field
            .codec
            .as_ref()
            .map_or_else(|| put(quote!(#krate::Native), focus(&field.ty)), ToTokens::to_token_stream)
    }

    /// The function that makes a field's declared default.
    fn default_fn(&self, model: &Model, field: &Field) -> TokenStream {
        let (handle, function) = (handle::resited(&model.handle), handle::default_ident(field));
        let (_, arguments, _) = model.generics.split_for_impl();
        quote!(<#handle #arguments>::#function)
    }

    /// `<u8 as Default>::default`, in the place of the type.
    fn default_of(&self, ty: &Type) -> TokenStream {
        let (private, at) = (&self.private, focus(ty));
        let open = put(quote!(<#private::Same<), at);
        let close = put(quote!(> as #private::core::default::Default>::default), at);
        quote!(#open #ty #close)
    }
}

/// Whether the user has said no more of the field than its type.
fn is_plain(field: &Field) -> bool {
    field.codec.is_none() && field.kind.is_none()
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
        let ty = &field.ty;
        let bound = names.bound(field, handle::concrete(field, names).filter(|_| with_handles));
        predicates.push(parse_quote!(#bound));
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
