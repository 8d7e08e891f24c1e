//! Whether two replies are the same.

use crate::case::Tolerance;

/// Whether they are the same as far as it matters. Bytes that aren't one whole reply must be equal.
pub(crate) fn same(expected: &[u8], found: &[u8], tolerance: Tolerance) -> bool {
    if expected == found {
        return true;
    }
    if tolerance == Tolerance::Exact {
        return false;
    }
    let (Some(expected), Some(found)) = (parse(expected), parse(found)) else { return false };
    match tolerance {
        Tolerance::Exact => false,
        Tolerance::Unordered => expected.sorted() == found.sorted(),
        Tolerance::Near(by) => near(&expected, &found, by),
        Tolerance::Shape => shape(&expected, &found),
    }
}

/// The length of the reply at the start, if all of it is there.
pub(crate) fn whole(bytes: &[u8]) -> Option<usize> {
    let (mut at, mut left) = (0, 1u64);
    while left > 0 {
        let rest = bytes.get(at..)?;
        let end = rest.windows(2).position(|pair| pair == b"\r\n")?;
        let (mark, line) = rest[..end].split_first()?;
        let length = || str::from_utf8(line).ok()?.parse::<i64>().ok();
        at += end + 2;
        left -= 1;
        match mark {
            b'$' | b'=' | b'!' => at += usize::try_from(length()?).map_or(0, |length| length + 2),
            b'*' | b'~' | b'>' => left += u64::try_from(length()?).unwrap_or(0),
            b'%' => left += 2 * u64::try_from(length()?).unwrap_or(0),
            _ => {}
        }
    }
    (at <= bytes.len()).then_some(at)
}

/// The elements of an array, each with its head and its end.
#[allow(dead_code, reason = "the cases don't look into transactions, the random programs do")]
pub(crate) fn elements(reply: &[u8]) -> Vec<&[u8]> {
    let mut elements = Vec::new();
    let head = reply.windows(2).position(|pair| pair == b"\r\n").map_or(reply.len(), |end| end + 2);
    let mut rest = &reply[head..];
    while let Some(length) = whole(rest).filter(|_| !rest.is_empty()) {
        let (element, others) = rest.split_at(length);
        elements.push(element);
        rest = others;
    }
    elements
}

/// A reply, with everything between its head and its end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Node {
    mark: u8,
    text: Vec<u8>,
    children: Vec<Node>,
}

fn parse(bytes: &[u8]) -> Option<Node> {
    let mut at = 0;
    let node = element(bytes, &mut at)?;
    (at == bytes.len()).then_some(node)
}

fn element(bytes: &[u8], at: &mut usize) -> Option<Node> {
    let rest = bytes.get(*at..)?;
    let end = rest.windows(2).position(|pair| pair == b"\r\n")?;
    let (mark, line) = rest[..end].split_first()?;
    *at += end + 2;
    let mut node = Node { mark: *mark, text: line.to_vec(), children: Vec::new() };
    let length = || str::from_utf8(line).ok()?.parse::<i64>().ok();
    match mark {
        b'$' | b'=' | b'!' => {
            if let Ok(length) = usize::try_from(length()?) {
                node.text = bytes.get(*at..*at + length)?.to_vec();
                *at += length + 2;
            }
        }
        b'*' | b'~' | b'>' | b'%' => {
            let count = usize::try_from(length()?).unwrap_or(0) * if *mark == b'%' { 2 } else { 1 };
            for _ in 0..count {
                node.children.push(element(bytes, at)?);
            }
        }
        _ => {}
    }
    Some(node)
}

impl Node {
    /// The same with the elements of arrays and sets in a fixed order, and the pairs of maps.
    fn sorted(&self) -> Node {
        let mut node = self.clone();
        node.children = node.children.iter().map(Node::sorted).collect();
        if node.mark == b'%' {
            let mut pairs: Vec<Vec<Node>> = node.children.chunks(2).map(<[Node]>::to_vec).collect();
            pairs.sort();
            node.children = pairs.concat();
        } else {
            node.children.sort();
        }
        node
    }

    fn number(&self) -> Option<f64> {
        str::from_utf8(&self.text).ok()?.parse().ok()
    }
}

fn near(a: &Node, b: &Node, by: u64) -> bool {
    let numbers = || Some((a.number()? - b.number()?).abs() <= by as f64);
    let text = a.text == b.text || (a.children.is_empty() && numbers() == Some(true));
    a.mark == b.mark
        && text
        && a.children.len() == b.children.len()
        && a.children.iter().zip(&b.children).all(|(a, b)| near(a, b, by))
}

fn shape(a: &Node, b: &Node) -> bool {
    a.mark == b.mark
        && a.children.len() == b.children.len()
        && a.children.iter().zip(&b.children).all(|(a, b)| shape(a, b))
}
