//! Judges what the user wrote, and makes of it a model in which nothing is left open.

use proc_macro2::Span;
use quote::quote;
use syn::{Data, DeriveInput, Expr, Generics, Ident, Member, Path, Type, Visibility};

use crate::duration;
use crate::errors::Errors;
use crate::expand::Newtype;
use crate::kinds::Kind;
use crate::names::{self, Case, plain};
use crate::parse::{Body, Carried, Field as Written, Input, StructAttrs, ValueAttrs};
use crate::types::{self, Spelled, spelled};

/// A struct of which everything is known that a derive can know. Where there were mistakes, it is the best guess.
pub(crate) struct Model {
    pub(crate) ident: Ident,
    pub(crate) vis: Visibility,
    pub(crate) generics: Generics,
    pub(crate) carried: Carried,
    pub(crate) krate: Path,
    pub(crate) handle: Ident,
    pub(crate) prefix: String,
    pub(crate) ttl: Ttl,
    /// The field with the id; none only where that is a mistake.
    pub(crate) id: Option<Id>,
    /// The fields that are stored, as they stand in the struct.
    pub(crate) fields: Vec<Field>,
    /// The fields that are not.
    pub(crate) skipped: Vec<Skipped>,
}

/// How long the objects live.
#[derive(Clone, Copy)]
pub(crate) enum Ttl {
    Open,
    Never,
    Millis(u64),
}

/// The field with the id.
pub(crate) struct Id {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) stored: String,
}

/// A field that is stored.
pub(crate) struct Field {
    pub(crate) ident: Ident,
    pub(crate) vis: Visibility,
    pub(crate) ty: Type,
    pub(crate) carried: Carried,
    pub(crate) stored: String,
    /// Which Redis type it becomes, where the user has said more of that than its type.
    pub(crate) kind: Option<&'static Kind>,
    /// Other than the native one.
    pub(crate) codec: Option<Path>,
    pub(crate) default: Option<Default>,
    /// Whether there is a mistake in it, so that no more should be said of it.
    pub(crate) failed: bool,
}

/// A field that is not stored.
pub(crate) struct Skipped {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) default: Default,
}

/// What a field is when Redis has nothing.
pub(crate) enum Default {
    /// What its type says.
    OfType,
    This(Expr),
}

/// Judges a struct.
pub(crate) fn check(input: Input, errors: &mut Errors) -> Model {
    refuse_lifetimes(&input.generics, "a model", errors);
    let handle = handle(&input, errors);
    let prefix = prefix(&input, errors);
    let ttl = ttl(&input.attrs, errors);
    let case = case(&input.attrs, errors);
    let mut fields = Fields::new(case, input.attrs.codec.clone());
    match input.body {
        Body::Named(written) => {
            for field in written {
                fields.add(field, errors);
            }
            if fields.id.is_none() && !fields.lost_id {
                errors.at(
                    &input.ident,
                    "a model needs a field that distinguishes its objects: mark one with `#[redis(id)]`, or add \
                     `#[redis(id)] id: u64`",
                );
            }
        }
        Body::Tuple => errors.at(
            &input.ident,
            "a model needs names for its fields: `struct Player { #[redis(id)] id: u64, .. }`",
        ),
        Body::Unit => errors.at(
            &input.ident,
            "a model without fields has nothing to store, and no id: `struct Player { #[redis(id)] id: u64, .. }`",
        ),
        Body::Enum(token) => errors.at(
            token,
            "an enum cannot be a model, because its fields change with its variant; as the value of a field it needs \
             `#[derive(RedisValue)]`",
        ),
        Body::Union(token) => errors.at(token, "a union cannot be a model"),
    }
    Model {
        krate: krate(input.attrs.krate.clone()),
        ident: input.ident,
        vis: input.vis,
        generics: input.generics,
        carried: input.carried,
        handle,
        prefix,
        ttl,
        id: fields.id,
        fields: fields.stored,
        skipped: fields.skipped,
    }
}

/// The path of the façade.
pub(crate) fn krate(said: Option<Path>) -> Path {
    said.unwrap_or_else(|| syn::parse_quote!(::pottery))
}

/// Refuses lifetimes, once for all of them.
pub(crate) fn refuse_lifetimes(generics: &Generics, what: &str, errors: &mut Errors) {
    if let Some(param) = generics.lifetimes().next() {
        let lifetime = &param.lifetime;
        errors.at(
            lifetime,
            format_args!(
                "{what} owns its data, for what is read from Redis can be borrowed from nobody: use owned types \
                 (`String` for `&{lifetime} str`, `Vec<T>` for `&{lifetime} [T]`)"
            ),
        );
    }
}

fn handle(input: &Input, errors: &mut Errors) -> Ident {
    let usual = Ident::new(&format!("{}Handle", plain(&input.ident)), input.ident.span());
    match &input.attrs.handle {
        Some(said) if *said == input.ident => {
            errors.at(said, "the handle needs another name than the struct");
            usual
        }
        Some(said) => said.clone(),
        None => usual,
    }
}

fn prefix(input: &Input, errors: &mut Errors) -> String {
    match &input.attrs.prefix {
        None => names::snake(&plain(&input.ident)),
        Some(said) => {
            let prefix = said.value();
            if let Some(flaw) = names::flaw_of_prefix(&prefix) {
                errors.at(said, flaw);
            }
            prefix
        }
    }
}

fn ttl(attrs: &StructAttrs, errors: &mut Errors) -> Ttl {
    match &attrs.ttl {
        None => Ttl::Open,
        Some(said) if said.value() == "never" => Ttl::Never,
        Some(said) => match duration::millis(&said.value()) {
            Ok(millis) => Ttl::Millis(millis),
            Err(flaw) => {
                errors.at(said, flaw);
                Ttl::Open
            }
        },
    }
}

fn case(attrs: &StructAttrs, errors: &mut Errors) -> Option<Case> {
    let said = attrs.rename_all.as_ref()?;
    let case = Case::ALL.iter().find(|(name, _)| *name == said.value()).map(|(_, case)| *case);
    if case.is_none() {
        let known: Vec<_> = Case::ALL.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        errors.at(said, format_args!("`rename_all` is one of {}", known.join(", ")));
    }
    case
}

/// The fields judged so far.
struct Fields {
    case: Option<Case>,
    codec: Option<Path>,
    id: Option<Id>,
    /// An id was meant, but there is a mistake in its attributes.
    lost_id: bool,
    stored: Vec<Field>,
    skipped: Vec<Skipped>,
    /// The names in Redis, with the fields that have them.
    names: Vec<(String, String)>,
}

impl Fields {
    fn new(case: Option<Case>, codec: Option<Path>) -> Fields {
        let (stored, skipped, names) = (Vec::new(), Vec::new(), Vec::new());
        Fields { case, codec, id: None, lost_id: false, stored, skipped, names }
    }

    fn add(&mut self, field: Written, errors: &mut Errors) {
        let before = errors.count();
        if field.attrs.id.is_some() {
            self.add_id(field, errors);
        } else if field.attrs.skip.is_some() {
            self.skip(field, errors);
        } else {
            self.look_at_type(&field, errors);
            let kind = kind(&field, errors);
            refuse_idle_default(&field, kind, errors);
            let stored = self.name(&field, errors);
            self.stored.push(Field {
                stored,
                kind,
                codec: field.attrs.codec.map(|(_, codec)| codec).or_else(|| self.codec.clone()),
                default: field.attrs.default.map(|(_, expr)| expr.map_or(Default::OfType, Default::This)),
                failed: field.failed || errors.count() > before,
                ident: field.ident,
                vis: field.vis,
                ty: field.ty,
                carried: field.carried,
            });
        }
    }

    fn add_id(&mut self, field: Written, errors: &mut Errors) {
        let attrs = &field.attrs;
        let others = [
            ("skip", attrs.skip),
            ("default", attrs.default.as_ref().map(|(span, _)| *span)),
            ("codec", attrs.codec.as_ref().map(|(span, _)| *span)),
            (
                attrs.kind.as_ref().map_or("", |(_, kind)| &kind.name),
                attrs.kind.as_ref().map(|(span, _)| *span),
            ),
        ];
        for (name, span) in others {
            if let Some(span) = span {
                errors.at_span(
                    span,
                    format_args!("the id cannot be `{name}`: it is always stored, as it stands in the key"),
                );
            }
        }
        let failed = self.look_at_type(&field, errors);
        if self.id.is_some() || self.lost_id {
            if let Some(span) = attrs.id {
                errors.at_span(
                    span,
                    "a model has one id; for an id of several parts, give it a tuple: `id: (u32, String)`",
                );
            }
            return;
        }
        let stored = self.name(&field, errors);
        if failed {
            self.lost_id = true;
        } else {
            self.id = Some(Id { ident: field.ident, ty: field.ty, stored });
        }
    }

    fn skip(&mut self, field: Written, errors: &mut Errors) {
        let attrs = &field.attrs;
        let others = [
            ("rename", attrs.rename.as_ref().map(|(span, _)| *span)),
            ("codec", attrs.codec.as_ref().map(|(span, _)| *span)),
            (
                attrs.kind.as_ref().map_or("", |(_, kind)| &kind.name),
                attrs.kind.as_ref().map(|(span, _)| *span),
            ),
        ];
        for (name, span) in others {
            if let Some(span) = span {
                errors.at_span(span, format_args!("`{name}` has no meaning for a field that is skipped"));
            }
        }
        let default = field.attrs.default.and_then(|(_, expr)| expr).map_or(Default::OfType, Default::This);
        self.skipped.push(Skipped { ident: field.ident, ty: field.ty, default });
    }

    /// Refuses what cannot be owned.
    fn look_at_type(&self, field: &Written, errors: &mut Errors) -> bool {
        let reference = types::reference(&field.ty);
        if let Some(reference) = reference {
            errors.at(
                reference,
                "a field owns its data: use `String` for `&str`, `Vec<T>` for `&[T]`, `T` for `&T`, or leave the field \
                 out with `#[redis(skip)]`",
            );
        }
        reference.is_some()
    }

    /// What the field is called in Redis. No two fields may share a name, though one were in the hash and the other
    /// at a key of its own: a change of type would make them meet.
    fn name(&mut self, field: &Written, errors: &mut Errors) -> String {
        let ident = plain(&field.ident);
        let (name, written) = match &field.attrs.rename {
            Some((_, said)) => (said.value(), quote!(#said)),
            None => {
                let ident = &field.ident;
                (self.case.map_or_else(|| plain(ident), |case| case.of_field(&plain(ident))), quote!(#ident))
            }
        };
        if let Some(flaw) = names::flaw_of_stored(&name) {
            errors.at(&written, flaw);
        } else if let Some((_, other)) = self.names.iter().find(|(other, _)| *other == name) {
            errors.at(&written, format_args!("the field `{other}` is called `{name}` in Redis already"));
        }
        self.names.push((name.clone(), ident));
        name
    }
}

/// Which Redis type the field becomes, where that is said.
fn kind(field: &Written, errors: &mut Errors) -> Option<&'static Kind> {
    let Some((_, said)) = &field.attrs.kind else {
        if types::is_byte_vec(&field.ty) && !field.failed {
            errors.at(
                &field.ty,
                "bytes or a list of numbers? Mark the field `#[redis(value)]` to store the bytes as one value, or \
                 `#[redis(list)]` to store each as an element of a Redis list",
            );
        }
        return None;
    };
    let Some(kind) = Kind::named(&said.name) else {
        errors.at_span(said.span, unknown_kind(&said.name));
        return None;
    };
    if !kind.fits.holds(&spelled(&field.ty)) {
        errors.at_span(said.span, kind.refusal());
        return None;
    }
    Some(kind)
}

fn unknown_kind(unknown: &str) -> String {
    match names::meant(unknown, Kind::names()) {
        Some(meant) => format!("there is no kind `{unknown}`: did you mean `{meant}`?"),
        None => {
            let known: Vec<_> = Kind::names().map(|kind| format!("\"{kind}\"")).collect();
            format!("there is no kind `{unknown}`: a field can be {}", known.join(", "))
        }
    }
}

/// A default that would never be used hides a misunderstanding. A bare `default` says what is true anyway.
fn refuse_idle_default(field: &Written, kind: Option<&Kind>, errors: &mut Errors) {
    let Some((span, Some(_))) = field.attrs.default else { return };
    match (kind, spelled(&field.ty)) {
        (_, Spelled::Option) => {
            errors.at_span(
                span,
                "an `Option` that is not in Redis is `None`: this default would never be used",
            );
        }
        (Some(Kind { redis: None, .. }), _) | (None, Spelled::Scalar(_) | Spelled::Other) => {}
        _ => errors
            .at_span(span, "a collection that is not in Redis is empty: this default would never be used"),
    }
}

/// Where a struct is called by its name.
pub(crate) fn site(ident: &Ident) -> Span {
    ident.span().resolved_at(Span::call_site())
}

/// Judges a struct that shall be an id.
pub(crate) fn newtype(input: DeriveInput, attrs: ValueAttrs, errors: &mut Errors) -> Option<Newtype> {
    let fields = match input.data {
        Data::Struct(data) => data.fields,
        Data::Enum(data) => {
            errors.at(data.enum_token, format_args!("an enum cannot be an id: {NEWTYPE}"));
            return None;
        }
        Data::Union(data) => {
            errors.at(data.union_token, format_args!("a union cannot be an id: {NEWTYPE}"));
            return None;
        }
    };
    let mut fields = fields.into_iter();
    let (Some(field), None) = (fields.next(), fields.next()) else {
        errors.at(&input.ident, format_args!("an id wraps exactly one other: {NEWTYPE}"));
        return None;
    };
    let lifetimes = input.generics.lifetimes().next().is_some();
    (!lifetimes).then(|| Newtype {
        member: field.ident.map_or_else(|| Member::from(0), Member::Named),
        inner: field.ty,
        ident: input.ident,
        generics: input.generics,
        krate: krate(attrs.krate),
        copy: attrs.copy.is_some(),
    })
}

const NEWTYPE: &str =
    "derive `RedisId` for a struct with one field, as in `struct UserId(u64);`, or use a tuple of ids";
