//! Types as they are spelled. The derive knows no more of a type than its tokens; what it is, traits say.

use proc_macro2::{Spacing, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::visit::Visit;
use syn::{GenericArgument, Generics, Ident, PathArguments, PathSegment, Type};

/// A type by the name it goes by in the standard library. Somebody may call another type so, or hide one of these
/// behind an alias: what is made of this must be checked by a trait.
pub(crate) enum Spelled<'a> {
    /// `Vec`
    List(&'a Type),
    /// `VecDeque`
    Deque(&'a Type),
    /// `HashMap`, `BTreeMap`
    Map(&'a Type, &'a Type),
    /// `HashSet`, `BTreeSet`
    Set(&'a Type),
    /// A number, `bool`, `char`, `String`
    Scalar(&'static str),
    /// `Option` of something
    Option,
    /// Any other name.
    Other,
}

const SCALARS: [&str; 17] = [
    "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "f32", "f64",
    "bool", "char", "String",
];

/// How `ty` is spelled.
pub(crate) fn spelled(ty: &Type) -> Spelled<'_> {
    let Some(segment) = last_segment(ty) else { return Spelled::Other };
    let name = segment.ident.to_string();
    let arguments = arguments(segment);
    match (name.as_str(), &*arguments) {
        ("Vec", [item]) => Spelled::List(item),
        ("VecDeque", [item]) => Spelled::Deque(item),
        ("HashMap", [key, value] | [key, value, _]) | ("BTreeMap", [key, value]) => Spelled::Map(key, value),
        ("HashSet", [member] | [member, _]) | ("BTreeSet", [member]) => Spelled::Set(member),
        ("Option", [_]) => Spelled::Option,
        (name, []) => SCALARS
            .iter()
            .find(|known| **known == name)
            .map_or(Spelled::Other, |known| Spelled::Scalar(known)),
        _ => Spelled::Other,
    }
}

/// Whether it is spelled `Vec<u8>`, which could be bytes or a list of numbers.
pub(crate) fn is_byte_vec(ty: &Type) -> bool {
    match spelled(ty) {
        Spelled::List(item) => last_segment(item).is_some_and(|item| item.ident == "u8"),
        _ => false,
    }
}

/// The innermost type, without parentheses and the invisible groups that macros leave.
fn peel(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => peel(&group.elem),
        Type::Paren(paren) => peel(&paren.elem),
        ty => ty,
    }
}

fn last_segment(ty: &Type) -> Option<&PathSegment> {
    match peel(ty) {
        Type::Path(path) if path.qself.is_none() => path.path.segments.last(),
        _ => None,
    }
}

fn arguments(segment: &PathSegment) -> Vec<&Type> {
    match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => arguments
            .args
            .iter()
            .filter_map(|argument| match argument {
                GenericArgument::Type(ty) => Some(ty),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// The first reference in a type, but for those in the signatures of functions.
pub(crate) fn reference(ty: &Type) -> Option<&syn::TypeReference> {
    struct Search<'a>(Option<&'a syn::TypeReference>);
    impl<'a> Visit<'a> for Search<'a> {
        fn visit_type_reference(&mut self, reference: &'a syn::TypeReference) {
            self.0.get_or_insert(reference);
        }
        fn visit_type_fn_ptr(&mut self, _: &'a syn::TypeFnPtr) {}
    }
    let mut search = Search(None);
    search.visit_type(ty);
    search.0
}

/// Whether a type or const parameter of `generics` occurs in a type. A type of the same name counts as well, which
/// does no harm.
pub(crate) fn mentions(ty: &Type, generics: &Generics) -> bool {
    let names: Vec<&Ident> = generics
        .type_params()
        .map(|param| &param.ident)
        .chain(generics.const_params().map(|param| &param.ident))
        .collect();
    !names.is_empty() && any_ident(ty.to_token_stream(), &mut |ident| names.contains(&ident))
}

fn any_ident(tokens: TokenStream, is: &mut impl FnMut(&Ident) -> bool) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => is(&ident),
        TokenTree::Group(group) => any_ident(group.stream(), is),
        _ => false,
    })
}

/// The same tokens with `Self` spelled out: they will stand where `Self` is another type.
pub(crate) fn without_self(tokens: TokenStream, this: &TokenStream) -> TokenStream {
    let mut tokens = tokens.into_iter().peekable();
    let mut out = TokenStream::new();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(ident) if ident == "Self" => {
                let this = this.clone().into_iter().map(|mut token| {
                    token.set_span(ident.span());
                    token
                });
                match tokens.peek() {
                    Some(TokenTree::Punct(punct)) if punct.as_char() == ':' => {
                        let this: TokenStream = this.collect();
                        out.extend(quote!(<#this>));
                    }
                    _ => out.extend(this),
                }
            }
            TokenTree::Group(group) => {
                let mut inner =
                    proc_macro2::Group::new(group.delimiter(), without_self(group.stream(), this));
                inner.set_span(group.span());
                out.extend([TokenTree::Group(inner)]);
            }
            token => out.extend([token]),
        }
    }
    out
}

/// The place that stands for a type in errors: its name, or its first token. The compiler says one error once only if
/// it has one place, and several tokens have none in common.
pub(crate) fn focus(ty: &Type) -> Span {
    match last_segment(ty) {
        Some(segment) => segment.ident.span(),
        None => ty.to_token_stream().into_iter().next().map_or_else(Span::call_site, |token| token.span()),
    }
}

/// The same tokens, all of them at this place, as if the user had written them there. Not for variables: those that
/// the user writes, by a macro perhaps, are others than ours.
pub(crate) fn put(tokens: TokenStream, at: Span) -> TokenStream {
    tokens
        .into_iter()
        .map(|token| match token {
            TokenTree::Group(group) => {
                let mut group = proc_macro2::Group::new(group.delimiter(), put(group.stream(), at));
                group.set_span(at);
                TokenTree::Group(group)
            }
            mut token => {
                token.set_span(at);
                token
            }
        })
        .collect()
}

/// The arguments of a call, each in the place of `at`, yet with variables of our own.
pub(crate) fn call(arguments: impl IntoIterator<Item = TokenStream>, at: Span) -> TokenStream {
    let parenthesized = |tokens: TokenStream| {
        let mut group = proc_macro2::Group::new(proc_macro2::Delimiter::Parenthesis, tokens);
        group.set_span(at);
        TokenTree::Group(group)
    };
    let arguments = arguments.into_iter().map(|argument| parenthesized(located(argument, at)));
    let comma = put(quote!(,), at);
    parenthesized(quote!(#(#arguments #comma)*)).into()
}

/// The same tokens in another place, meaning what they meant.
fn located(tokens: TokenStream, at: Span) -> TokenStream {
    tokens
        .into_iter()
        .map(|mut token| {
            if let TokenTree::Group(group) = &token {
                token = proc_macro2::Group::new(group.delimiter(), located(group.stream(), at)).into();
            }
            token.set_span(token.span().located_at(at));
            token
        })
        .collect()
}

/// A type as somebody would write it.
pub(crate) fn written(tokens: impl ToTokens) -> String {
    let mut out = String::new();
    write(tokens.into_token_stream(), &mut out);
    out
}

fn write(tokens: TokenStream, out: &mut String) {
    // whether the last token was a word, and whether the last was a `-` or `=` that the next one completes
    let (mut word, mut joint) = (false, false);
    for token in tokens {
        match token {
            TokenTree::Punct(punct) => {
                let c = punct.as_char();
                let spaced = matches!(c, '+' | '=' | '-') || (c == '>' && joint);
                if matches!(c, '+' | '=' | '-') {
                    pad(out);
                }
                out.push(c);
                joint = punct.spacing() == Spacing::Joint && matches!(c, '-' | '=');
                if (spaced && !joint) || matches!(c, ',' | ';') {
                    out.push(' ');
                }
                word = false;
            }
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    proc_macro2::Delimiter::Parenthesis => ("(", ")"),
                    proc_macro2::Delimiter::Bracket => ("[", "]"),
                    proc_macro2::Delimiter::Brace => ("{ ", " }"),
                    proc_macro2::Delimiter::None => ("", ""),
                };
                out.push_str(open);
                write(group.stream(), out);
                out.truncate(out.trim_end().len());
                out.push_str(close);
                word = true;
            }
            token => {
                if word {
                    pad(out);
                }
                out.push_str(&token.to_string());
                word = true;
            }
        }
    }
}

fn pad(out: &mut String) {
    if !out.ends_with([' ', '(', '[', '<']) && !out.is_empty() {
        out.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use super::{is_byte_vec, written};

    #[test]
    fn types_are_shown_as_they_are_written() {
        for ty in [
            "Vec<Item>",
            "HashMap<String, Vec<u8>>",
            "std::vec::Vec<u8>",
            "(u8, String)",
            "[u8; 4]",
            "Box<dyn Fn(u8) -> u8 + Send>",
            "<T as Trait>::Item",
            "&'static str",
            "Cow<'static, str>",
            "Matrix<3, { N + 1 }>",
            "r#type",
        ] {
            let parsed: syn::Type = syn::parse_str(ty).expect(ty);
            assert_eq!(written(&parsed), ty);
        }
    }

    #[test]
    fn bytes_are_known_by_their_spelling() {
        for (ty, expected) in [
            ("Vec<u8>", true),
            ("std::vec::Vec<u8>", true),
            ("::std::vec::Vec<(u8)>", true),
            ("Vec<u16>", false),
            ("Vec<Vec<u8>>", false),
            ("VecDeque<u8>", false),
        ] {
            assert_eq!(is_byte_vec(&syn::parse_str(ty).expect(ty)), expected, "{ty}");
        }
    }
}
