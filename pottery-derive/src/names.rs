//! Names: what a field or a struct is called in Redis, and which name somebody meant.

use proc_macro2::Ident;
use syn::ext::IdentExt;

/// How names are changed from Rust's to Redis's: `rename_all`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Case {
    Lower,
    Upper,
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
    Kebab,
}

impl Case {
    /// The cases and how they are written in an attribute: each shows itself.
    pub(crate) const ALL: [(&'static str, Case); 7] = [
        ("camelCase", Case::Camel),
        ("snake_case", Case::Snake),
        ("kebab-case", Case::Kebab),
        ("PascalCase", Case::Pascal),
        ("SCREAMING_SNAKE_CASE", Case::ScreamingSnake),
        ("lowercase", Case::Lower),
        ("UPPERCASE", Case::Upper),
    ];

    /// A field's name, which is snake case, in this case.
    pub(crate) fn of_field(self, name: &str) -> String {
        let words = || name.split('_').filter(|word| !word.is_empty());
        match self {
            Case::Lower => name.to_lowercase(),
            Case::Snake => name.to_owned(),
            Case::Upper | Case::ScreamingSnake => name.to_uppercase(),
            Case::Kebab => name.replace('_', "-"),
            Case::Pascal => words().map(capitalized).collect(),
            Case::Camel => words()
                .enumerate()
                .map(|(at, word)| if at == 0 { word.to_owned() } else { capitalized(word) })
                .collect(),
        }
    }
}

fn capitalized(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// An identifier without its `r#`.
pub(crate) fn plain(ident: &Ident) -> String {
    ident.unraw().to_string()
}

/// A struct's name in snake case: `HttpServer` and `HTTPServer` are both `http_server`.
pub(crate) fn snake(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut snake = String::new();
    for (at, &c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| chars[at]);
        let after = chars.get(at + 1);
        let begins = c.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_numeric()
                    || (before.is_uppercase() && after.is_some_and(|after| after.is_lowercase()))
            });
        if begins {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}

/// What is wrong with `name` as the name of a field in Redis, if anything.
pub(crate) fn flaw_of_stored(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        Some("a field's name in Redis must not be empty")
    } else if name.contains(['{', '}', ':']) {
        Some("a field's name in Redis must not contain braces or colons: they divide the parts of a key")
    } else if name.chars().any(char::is_control) {
        Some("a field's name in Redis must not contain control characters")
    } else {
        None
    }
}

/// What is wrong with `prefix` as the prefix of a model, if anything.
pub(crate) fn flaw_of_prefix(prefix: &str) -> Option<&'static str> {
    if prefix.is_empty() {
        Some("a prefix must not be empty")
    } else if prefix.contains(['{', '}']) {
        Some("a prefix must not contain braces: they enclose the id")
    } else if prefix.chars().any(|c| c.is_control() || c.is_whitespace()) {
        Some("a prefix must not contain white space or control characters")
    } else if prefix.starts_with(':') || prefix.ends_with(':') {
        Some("a prefix must not begin or end with a colon: pottery puts one before the id itself")
    } else {
        None
    }
}

/// The one of `known` that somebody who wrote `name` may have meant.
pub(crate) fn meant<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|candidate| (distance(&name.to_lowercase(), candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// How many letters must be added, removed, changed or swapped with their neighbour to make `b` of `a`.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    rows[0] = (0..=b.len()).collect();
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let change = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = change.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::{Case, meant, snake};

    #[test]
    fn words_begin_at_capitals() {
        for (name, expected) in [
            ("Player", "player"),
            ("GameSession", "game_session"),
            ("HTTPServer", "http_server"),
            ("Vec2D", "vec2_d"),
            ("A", "a"),
            ("ÄrgerMit", "ärger_mit"),
            ("already_snake", "already_snake"),
        ] {
            assert_eq!(snake(name), expected);
        }
    }

    #[test]
    fn each_case_shows_itself() {
        for (written, case) in Case::ALL {
            let field = match case {
                Case::Lower | Case::Upper => written.to_lowercase(),
                Case::Kebab => "kebab_case".to_owned(),
                Case::ScreamingSnake => "screaming_snake_case".to_owned(),
                _ => snake(written),
            };
            assert_eq!(case.of_field(&field), written);
        }
    }

    #[test]
    fn underscores_at_the_ends_do_no_harm() {
        assert_eq!(Case::Camel.of_field("_private_name"), "privateName");
        assert_eq!(Case::Pascal.of_field("type_"), "Type");
    }

    #[test]
    fn a_slip_of_the_pen_is_understood() {
        let known = ["prefix", "rename_all", "value", "list", "ttl", "id"];
        for (written, expected) in [
            ("perfix", Some("prefix")),
            ("valeu", Some("value")),
            ("renameAll", Some("rename_all")),
            ("index", None),
        ] {
            assert_eq!(meant(written, known), expected, "{written}");
        }
    }
}
