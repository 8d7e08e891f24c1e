//! What the user wrote: the struct and its attributes, not yet judged.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{
    Attribute, Data, DeriveInput, Expr, Fields, Generics, Ident, LitStr, Meta, Path, Token, Type, Visibility,
};

use crate::errors::Errors;
use crate::kinds::Kind;
use crate::names;
use crate::types::without_self;

/// A struct that shall become a model.
pub(crate) struct Input {
    pub(crate) ident: Ident,
    pub(crate) vis: Visibility,
    pub(crate) generics: Generics,
    pub(crate) carried: Carried,
    pub(crate) attrs: StructAttrs,
    pub(crate) body: Body,
}

/// What a type consists of.
pub(crate) enum Body {
    /// A struct with named fields.
    Named(Vec<Field>),
    /// A struct without names for its fields.
    Tuple,
    /// A struct without fields.
    Unit,
    Enum(Token![enum]),
    Union(Token![union]),
}

/// `#[redis(...)]` on the struct.
#[derive(Default)]
pub(crate) struct StructAttrs {
    pub(crate) prefix: Option<LitStr>,
    pub(crate) handle: Option<Ident>,
    pub(crate) codec: Option<Path>,
    pub(crate) ttl: Option<LitStr>,
    pub(crate) krate: Option<Path>,
    pub(crate) rename_all: Option<LitStr>,
}

/// One field of the struct.
pub(crate) struct Field {
    pub(crate) ident: Ident,
    pub(crate) vis: Visibility,
    pub(crate) ty: Type,
    pub(crate) carried: Carried,
    pub(crate) attrs: FieldAttrs,
    /// Whether there is a mistake in its attributes.
    pub(crate) failed: bool,
}

/// `#[redis(...)]` on a field: each with the place where it is said.
#[derive(Default)]
pub(crate) struct FieldAttrs {
    pub(crate) id: Option<Span>,
    pub(crate) rename: Option<(Span, LitStr)>,
    pub(crate) skip: Option<Span>,
    pub(crate) default: Option<(Span, Option<Expr>)>,
    pub(crate) codec: Option<(Span, Path)>,
    /// `kind = "list"`, or `list` for short.
    pub(crate) kind: Option<(Span, KindName)>,
}

/// The name of a kind of field.
pub(crate) struct KindName {
    pub(crate) name: String,
    pub(crate) span: Span,
}

/// Attributes that are not ours, and go where the item goes.
#[derive(Default)]
pub(crate) struct Carried {
    pub(crate) docs: Vec<Attribute>,
    pub(crate) deprecated: Vec<Attribute>,
    /// `#[allow(..)]`, also for what was `#[expect(..)]`: generated code may not meet the expectation.
    pub(crate) allow: Vec<TokenStream>,
}

const STRUCT: [&str; 6] = ["prefix", "handle", "codec", "ttl", "crate", "rename_all"];
/// On a field, besides the names of kinds.
const FIELD: [&str; 6] = ["id", "rename", "skip", "default", "codec", "kind"];

/// All that can be said on a field.
fn of_field() -> Vec<&'static str> {
    FIELD.into_iter().chain(Kind::names()).collect()
}

impl Input {
    pub(crate) fn new(input: DeriveInput, errors: &mut Errors) -> Input {
        let (_, arguments, _) = input.generics.split_for_impl();
        let ident = &input.ident;
        let this = quote!(#ident #arguments);
        let body = match input.data {
            Data::Enum(data) => Body::Enum(data.enum_token),
            Data::Union(data) => Body::Union(data.union_token),
            Data::Struct(data) => match data.fields {
                Fields::Named(fields) => Body::Named(
                    fields.named.into_iter().map(|field| Field::new(field, &this, errors)).collect(),
                ),
                Fields::Unnamed(_) => Body::Tuple,
                Fields::Unit => Body::Unit,
            },
        };
        let mut generics = input.generics.clone();
        generics.where_clause = generics.where_clause.map(|clause| respelled(clause, &this));
        Input {
            carried: Carried::new(&input.attrs),
            attrs: StructAttrs::new(&input.attrs, errors),
            ident: input.ident,
            vis: input.vis,
            generics,
            body,
        }
    }
}

/// The same with `Self` spelled out.
fn respelled<T: Parse + ToTokens>(tokens: T, this: &TokenStream) -> T {
    syn::parse2(without_self(tokens.to_token_stream(), this)).unwrap_or(tokens)
}

impl Field {
    fn new(field: syn::Field, this: &TokenStream, errors: &mut Errors) -> Field {
        let before = errors.count();
        let mut attrs = FieldAttrs::new(&field.attrs, errors);
        attrs.default = attrs.default.map(|(span, expr)| (span, expr.map(|expr| respelled(expr, this))));
        Field {
            ident: field.ident.unwrap_or_else(|| Ident::new("_", Span::call_site())),
            vis: field.vis,
            ty: respelled(field.ty, this),
            carried: Carried::new(&field.attrs),
            attrs,
            failed: errors.count() > before,
        }
    }
}

impl Carried {
    fn new(attrs: &[Attribute]) -> Carried {
        let mut carried = Carried::default();
        for attr in attrs {
            if attr.path().is_ident("doc") {
                carried.docs.push(attr.clone());
            } else if attr.path().is_ident("deprecated") {
                carried.deprecated.push(attr.clone());
            } else if (attr.path().is_ident("allow") || attr.path().is_ident("expect"))
                && let Meta::List(list) = &attr.meta
            {
                let lints = &list.tokens;
                carried.allow.push(quote!(#[allow(#lints)]));
            }
        }
        carried
    }
}

impl StructAttrs {
    fn new(attrs: &[Attribute], errors: &mut Errors) -> StructAttrs {
        let mut said = StructAttrs::default();
        each_clause(attrs, errors, |name, value, errors| {
            match name.to_string().as_str() {
                "prefix" => once(&mut said.prefix, name, text(name, "player", value)?, errors),
                "handle" => once(&mut said.handle, name, typed(name, "handle = PlayerRef", value)?, errors),
                "codec" => once(&mut said.codec, name, typed(name, "codec = Json", value)?, errors),
                "ttl" => once(&mut said.ttl, name, text(name, "30m", value)?, errors),
                "crate" => once(&mut said.krate, name, krate(name, value)?, errors),
                "rename_all" => once(&mut said.rename_all, name, text(name, "camelCase", value)?, errors),
                _ => return Err(unknown(name, &STRUCT, &of_field(), "a field", "a struct")),
            }
            Ok(())
        });
        said
    }
}

impl FieldAttrs {
    fn new(attrs: &[Attribute], errors: &mut Errors) -> FieldAttrs {
        let mut said = FieldAttrs::default();
        each_clause(attrs, errors, |name, value, errors| {
            let at = name.span();
            match name.to_string().as_str() {
                "id" => once(&mut said.id, name, flag(name, value)?, errors),
                "skip" => once(&mut said.skip, name, flag(name, value)?, errors),
                "rename" => once(&mut said.rename, name, (at, text(name, "name", value)?), errors),
                "codec" => once(&mut said.codec, name, (at, typed(name, "codec = Json", value)?), errors),
                "default" => {
                    let expr =
                        if value.peek(Token![=]) { Some(typed(name, "default = 5", value)?) } else { None };
                    no_group(name, value)?;
                    once(&mut said.default, name, (at, expr), errors);
                }
                "kind" => {
                    let kind = text(name, "list", value)?;
                    let kind = KindName { name: kind.value(), span: kind.span() };
                    once_kind(&mut said.kind, name, kind, errors);
                }
                short if Kind::named(short).is_some() => {
                    let kind = KindName { name: short.to_owned(), span: flag(name, value)? };
                    once_kind(&mut said.kind, name, kind, errors);
                }
                _ => return Err(unknown(name, &of_field(), &STRUCT, "the struct", "a field")),
            }
            Ok(())
        });
        said
    }
}

/// `#[redis(...)]` on a type that derives `RedisId` or `RedisValue`.
#[derive(Default)]
pub(crate) struct ValueAttrs {
    pub(crate) krate: Option<Path>,
    pub(crate) copy: Option<Span>,
}

impl ValueAttrs {
    /// What is said to `derive(RedisId)`.
    pub(crate) fn of_id(attrs: &[Attribute], errors: &mut Errors) -> ValueAttrs {
        let mut said = ValueAttrs::default();
        each_clause(attrs, errors, |name, value, errors| {
            match name.to_string().as_str() {
                "copy" => once(&mut said.copy, name, flag(name, value)?, errors),
                "crate" => once(&mut said.krate, name, krate(name, value)?, errors),
                _ => return Err(unknown(name, &["copy", "crate"], &[], "", "an id")),
            }
            Ok(())
        });
        said
    }

    /// What is said to `derive(RedisValue)`. The type may be a model as well: what is said to that is not ours.
    pub(crate) fn of_value(attrs: &[Attribute], errors: &mut Errors) -> ValueAttrs {
        let mut said = ValueAttrs::default();
        each_clause(attrs, errors, |name, value, errors| {
            match name.to_string().as_str() {
                "crate" => once(&mut said.krate, name, krate(name, value)?, errors),
                "copy" => _ = flag(name, value)?,
                other if STRUCT.contains(&other) => skip_value(value),
                _ => return Err(unknown(name, &["crate"], &of_field(), "a field of a model", "a value")),
            }
            Ok(())
        });
        said
    }
}

/// Calls `take` for each clause of each `#[redis(...)]`, with what follows its name. A clause that `take` refuses is
/// skipped, and the next one looked at.
fn each_clause(
    attrs: &[Attribute],
    errors: &mut Errors,
    mut take: impl FnMut(&Ident, ParseStream<'_>, &mut Errors) -> syn::Result<()>,
) {
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("redis")) {
        let Meta::List(list) = &attr.meta else {
            errors.at(attr, "this says nothing: write `#[redis(...)]`");
            continue;
        };
        let clauses = |input: ParseStream<'_>| {
            while !input.is_empty() {
                let clause = Ident::parse_any(input).and_then(|name| take(&name, input, errors));
                if let Err(error) = clause {
                    errors.push(error);
                    skip_value(input);
                }
                if !input.is_empty() && !input.peek(Token![,]) {
                    errors.push(input.error("expected a comma"));
                    skip_value(input);
                }
                input.parse::<Option<Token![,]>>()?;
            }
            Ok(())
        };
        if let Err(error) = clauses.parse2(list.tokens.clone()) {
            errors.push(error);
        }
    }
}

/// Goes on to the next comma, or the end.
fn skip_value(input: ParseStream<'_>) {
    let rest = input.step(|cursor| {
        let mut rest = *cursor;
        while let Some((token, next)) = rest.token_tree() {
            if matches!(&token, proc_macro2::TokenTree::Punct(punct) if punct.as_char() == ',') {
                break;
            }
            rest = next;
        }
        Ok(((), rest))
    });
    debug_assert!(rest.is_ok());
}

fn once<T>(slot: &mut Option<T>, name: &Ident, value: T, errors: &mut Errors) {
    if slot.is_some() {
        errors.at(name, format_args!("`{name}` is said twice"));
    } else {
        *slot = Some(value);
    }
}

fn once_kind(slot: &mut Option<(Span, KindName)>, name: &Ident, kind: KindName, errors: &mut Errors) {
    match slot {
        Some((_, other)) if other.name != kind.name => {
            errors.at(name, format_args!("a field is either `{}` or `{}`", other.name, kind.name));
        }
        slot => once(slot, name, (name.span(), kind), errors),
    }
}

fn flag(name: &Ident, value: ParseStream<'_>) -> syn::Result<Span> {
    if value.peek(Token![=]) {
        return Err(syn::Error::new(name.span(), format!("`{name}` takes no value")));
    }
    no_group(name, value)?;
    Ok(name.span())
}

fn no_group(name: &Ident, value: ParseStream<'_>) -> syn::Result<()> {
    if value.peek(syn::token::Paren) {
        return Err(syn::Error::new(name.span(), format!("`{name}` takes nothing in parentheses")));
    }
    Ok(())
}

/// `name = "..."`
fn text(name: &Ident, example: &str, value: ParseStream<'_>) -> syn::Result<LitStr> {
    typed(name, &format!("{name} = \"{example}\""), value)
}

/// `name = <something>`
fn typed<T: Parse>(name: &Ident, example: &str, value: ParseStream<'_>) -> syn::Result<T> {
    if !value.peek(Token![=]) {
        return Err(syn::Error::new(name.span(), format!("`{name}` needs a value, as in `{example}`")));
    }
    value.parse::<Token![=]>()?;
    let at = value.span();
    let is_value = !value.is_empty() && !value.peek(Token![,]);
    value.parse().map_err(|error| {
        if is_value {
            syn::Error::new(at, format!("`{name}` is written like this: `{example}`"))
        } else {
            error
        }
    })
}

/// `crate = "path"` or `crate = path`
fn krate(name: &Ident, value: ParseStream<'_>) -> syn::Result<Path> {
    if value.peek(Token![=]) && value.peek2(LitStr) {
        let path = text(name, "path", value)?;
        return path
            .parse_with(Path::parse_mod_style)
            .map_err(|_| syn::Error::new(path.span(), "this is not the path of a crate or a module"));
    }
    typed(name, "crate = \"path\"", value)
}

/// A name that nothing is called by.
fn unknown(name: &Ident, known: &[&str], elsewhere: &[&str], where_else: &str, here: &str) -> syn::Error {
    let written = name.to_string();
    let message = if elsewhere.contains(&written.as_str()) {
        format!("`{written}` belongs on {where_else}")
    } else if let Some(meant) = names::meant(&written, known.iter().copied()) {
        format!("there is no `{written}`: did you mean `{meant}`?")
    } else {
        let known: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
        format!("there is no `{written}`: {here} can have {}", known.join(", "))
    };
    syn::Error::new(name.span(), message)
}
