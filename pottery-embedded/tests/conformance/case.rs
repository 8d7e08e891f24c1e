//! Reading cases.

/// One case.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) file: String,
    pub(crate) name: String,
    /// Whether it runs in one version of the protocol alone.
    pub only_resp3: Option<bool>,
    pub(crate) steps: Vec<Step>,
}

/// One line of a case.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) line: usize,
    /// As it was written.
    pub(crate) text: String,
    pub(crate) action: Action,
}

/// What a line does.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    /// A connection sends a command and receives the reply.
    Command(usize, Vec<Vec<u8>>, Tolerance),
    /// It only sends.
    Send(usize, Vec<Vec<u8>>),
    /// It only receives.
    Receive(usize, Tolerance),
    /// It sends bytes.
    Raw(usize, Vec<u8>),
    /// Waits until so many clients are blocked.
    Blocked(u32),
    /// Waits, in milliseconds.
    Sleep(u64),
}

/// How much a reply may differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tolerance {
    Exact,
    /// Elements may come in any order.
    Unordered,
    /// Numbers may differ by so much.
    Near(u64),
    /// Only the kinds of elements count.
    Shape,
}

/// The cases of a file.
///
/// # Panics
/// On a line that makes no sense, with its number.
pub(crate) fn parse(file: &str, text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for (index, text) in text.lines().enumerate() {
        let (line, text) = (index + 1, text.trim());
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        if let Some(name) = text.strip_prefix("== ") {
            let (file, name) = (file.to_owned(), name.to_owned());
            cases.push(Case { file, name, only_resp3: None, steps: Vec::new() });
            continue;
        }
        let case = cases.last_mut().unwrap_or_else(|| panic!("{file}:{line}: a case begins with =="));
        match text {
            "resp2" => case.only_resp3 = Some(false),
            "resp3" => case.only_resp3 = Some(true),
            _ => {
                let action =
                    action(text).unwrap_or_else(|| panic!("{file}:{line}: this makes no sense: {text}"));
                case.steps.push(Step { line, text: text.to_owned(), action });
            }
        }
    }
    cases
}

fn action(text: &str) -> Option<Action> {
    if let Some(count) = text.strip_prefix("blocked ") {
        return Some(Action::Blocked(count.parse().ok()?));
    }
    if let Some(millis) = text.strip_prefix("sleep ") {
        return Some(Action::Sleep(millis.parse().ok()?));
    }
    // `2:`, `2>` or `2<`.
    let digits = text.len() - text.trim_start_matches(|it: char| it.is_ascii_digit()).len();
    let (connection, mark, rest) = match text[digits..].chars().next() {
        Some(mark @ ('>' | '<')) if digits == 0 => (1, mark, text[1..].trim_start()),
        Some(mark @ (':' | '>' | '<')) if digits > 0 => {
            (text[..digits].parse().ok()?, mark, text[digits + 1..].trim_start())
        }
        _ => (1, ':', text),
    };
    if let Some(bytes) = rest.strip_prefix("! ") {
        return Some(Action::Raw(connection, words(bytes)?.concat()));
    }
    let (tolerance, rest) = tolerance(rest)?;
    match mark {
        '<' => rest.is_empty().then_some(Action::Receive(connection, tolerance)),
        '>' => Some(Action::Send(connection, words(rest)?)),
        _ => Some(Action::Command(connection, words(rest)?, tolerance)),
    }
}

fn tolerance(text: &str) -> Option<(Tolerance, &str)> {
    if let Some(rest) = text.strip_prefix('~') {
        return Some((Tolerance::Unordered, rest.trim_start()));
    }
    if let Some(rest) = text.strip_prefix("? ").or((text == "?").then_some("")) {
        return Some((Tolerance::Shape, rest.trim_start()));
    }
    if let Some(rest) = text.strip_prefix('±') {
        let (number, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        return Some((Tolerance::Near(number.parse().ok()?), rest.trim_start()));
    }
    Some((Tolerance::Exact, text))
}

/// Words, where double quotes join and `\` escapes within them: `\r \n \t \" \\ \xHH`. `"a"*3` repeats.
fn words(text: &str) -> Option<Vec<Vec<u8>>> {
    let mut words = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let word;
        if let Some(quoted) = rest.strip_prefix('"') {
            let (bytes, after) = quoted_word(quoted)?;
            match after.strip_prefix('*') {
                Some(after) => {
                    let (count, after) = after.split_once(' ').unwrap_or((after, ""));
                    word = bytes.repeat(count.parse().ok()?);
                    rest = after;
                }
                None => {
                    word = bytes;
                    rest = after;
                }
            }
        } else {
            let (plain, after) = rest.split_once(' ').unwrap_or((rest, ""));
            word = plain.as_bytes().to_vec();
            rest = after;
        }
        words.push(word);
        rest = rest.trim_start();
    }
    Some(words)
}

fn quoted_word(text: &str) -> Option<(Vec<u8>, &str)> {
    let mut word = Vec::new();
    let mut chars = text.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return Some((word, &text[at + 1..])),
            '\\' => match chars.next()?.1 {
                'n' => word.push(b'\n'),
                'r' => word.push(b'\r'),
                't' => word.push(b'\t'),
                'x' => {
                    let (start, _) = chars.next()?;
                    chars.next()?;
                    word.push(u8::from_str_radix(&text[start..start + 2], 16).ok()?);
                }
                other => word.extend_from_slice(other.to_string().as_bytes()),
            },
            other => word.extend_from_slice(other.to_string().as_bytes()),
        }
    }
    None
}
