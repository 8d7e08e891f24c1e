//! Requests: Redis commands, encoded when they are built.
//!
//! A request is one buffer in Redis's own protocol and what a link must know to send it rightly: how many replies
//! come back, whether it only reads, whether it is one atomic unit, which of its commands call scripts. It owns its
//! bytes and borrows nothing, so commands are `'static` whatever they were built from.

use serde::Serialize;

use crate::codec::Codec;
use crate::error::{Error, ErrorKind};
use crate::key::Key;
use crate::place::Place;
use crate::script::{self, Script};

/// One or more Redis commands, packed, in the order in which they are sent.
pub struct Request {
    packed: Vec<u8>,
    /// How many commands, hence how many replies.
    commands: usize,
    reads_only: bool,
    /// To be wrapped in MULTI and EXEC when it is sent.
    atomic: bool,
    /// Even if it has fewer than two commands: keys are watched, and EXEC tells whether they were changed.
    guarded: bool,
    /// Whether there are MULTI and EXEC in it already.
    holds_transaction: bool,
    /// A script call that stands alone can be repeated as EVAL when the server has forgotten the script.
    script: Option<ScriptCall>,
    /// What is born by it, in a box of its own: most requests bear nothing.
    births: Option<Box<Births>>,
    /// What could not be encoded: kept, and told when the request is sent.
    error: Option<Error>,
}

/// What a request brings into being, and what is done for it.
#[derive(Default)]
struct Births {
    /// Collections that may just have been born and must live as long as their object.
    heirs: Vec<Place>,
    /// What stands behind the commands for their sake: a script that does what is to be done, or a look at the time to
    /// live of the object, with the script to send if there is one.
    follow_ups: Vec<Option<Request>>,
}

#[derive(Clone, Copy)]
struct ScriptCall {
    script: &'static Script,
    /// Where the EVALSHA and its digest end in `packed`.
    rest: usize,
    arguments: usize,
}

/// Room for a whole command that is not unusually long, so that most are built without growing a buffer.
const USUAL: usize = 128;
/// Room for the number of arguments, written once it is known: most commands have fewer than ten.
const COUNT_GAP: &[u8] = b"0\r\n";
/// Room for the length of a value, written once it is known: most values have 10 to 99 bytes.
const LENGTH_GAP: &[u8] = b"00\r\n";

impl Request {
    /// A request that changes nothing, and so may be repeated.
    pub(crate) fn read() -> Request {
        Request {
            packed: Vec::new(),
            commands: 0,
            reads_only: true,
            atomic: false,
            guarded: false,
            holds_transaction: false,
            script: None,
            births: None,
            error: None,
        }
    }

    /// A request that may change something.
    pub(crate) fn write() -> Request {
        Request { reads_only: false, ..Request::read() }
    }

    /// A request that was refused before anything could be sent.
    pub(crate) fn failed(error: Error) -> Request {
        Request { error: Some(error), ..Request::read() }
    }

    /// Makes the request one atomic unit: MULTI before, EXEC behind.
    pub(crate) fn atomic(mut self) -> Request {
        self.atomic = true;
        self
    }

    /// The same commands, not as one atomic unit.
    pub(crate) fn unprotected(mut self) -> Request {
        self.atomic = false;
        self
    }

    /// Makes the request one atomic unit that is executed only if no watched key was changed.
    pub(crate) fn guarded(mut self) -> Request {
        self.atomic = true;
        self.guarded = true;
        self
    }

    /// Adds one command: its name, then whatever `arguments` appends.
    pub(crate) fn command(mut self, name: &str, arguments: impl FnOnce(&mut Arguments<'_>)) -> Request {
        self.push(name, arguments);
        self
    }

    /// Like [`Request::command`], in place.
    pub(crate) fn push(&mut self, name: &str, arguments: impl FnOnce(&mut Arguments<'_>)) {
        let start = self.packed.len();
        self.packed.reserve(USUAL);
        self.packed.push(b'*');
        self.packed.extend_from_slice(COUNT_GAP);
        let mut list = Arguments { packed: &mut self.packed, count: 0, error: &mut self.error };
        list.raw(name.as_bytes());
        arguments(&mut list);
        let count = list.count;
        fill_gap(&mut self.packed, start + 1, 1, count);
        self.commands += 1;
    }

    /// Adds one script call: `EVALSHA digest keys...  arguments...`.
    pub(crate) fn eval(
        mut self,
        script: &'static Script,
        keys: &[&Key],
        arguments: impl FnOnce(&mut Arguments<'_>),
    ) -> Request {
        debug_assert!(self.commands == 0, "a script call is built alone, and joined to a batch afterwards");
        let start = self.packed.len();
        self.packed.reserve(USUAL);
        self.packed.push(b'*');
        self.packed.extend_from_slice(COUNT_GAP);
        let mut list = Arguments { packed: &mut self.packed, count: 0, error: &mut self.error };
        list.raw(b"EVALSHA").raw(script.digest().as_bytes());
        let rest = list.packed.len();
        list.int(keys.len());
        for key in keys {
            list.key(key);
        }
        arguments(&mut list);
        let count = list.count;
        let shift = fill_gap(&mut self.packed, start + 1, 1, count);
        self.script = Some(ScriptCall { script, rest: (rest as isize + shift) as usize, arguments: count });
        self.commands += 1;
        self
    }

    /// Says that `place`, a collection of an object, may be born by this request, and must expire with its object.
    pub(crate) fn bears(mut self, place: &Place) -> Request {
        self.expect_birth(place);
        self
    }

    /// Like [`Request::bears`], in place.
    pub(crate) fn expect_birth(&mut self, place: &Place) {
        if place.inherits_ttl() && !self.heirs().iter().any(|known| known.same_key(place)) {
            self.births.get_or_insert_default().heirs.push(place.clone());
        }
    }

    /// Takes in what another request sends, behind what is here already.
    pub(crate) fn join(&mut self, mut other: Request) {
        if let Some(error) = other.error.take() {
            self.error.get_or_insert(error);
        }
        self.reads_only &= other.reads_only;
        if other.atomic && !self.atomic {
            other = other.framed_in_batch();
        }
        self.holds_transaction |= other.holds_transaction;
        if other.holds_transaction && self.atomic {
            self.fail(Error::misuse(
                "a pipeline that holds a transaction (of its own, or a `load_many` or `save` of a model with collections) \
                 cannot be part of a transaction: put its commands there themselves, as a tuple or a `Vec`",
            ));
        }
        other.append_to(&mut self.packed);
        self.commands += other.commands;
        for heir in other.heirs() {
            self.expect_birth(heir);
        }
    }

    /// The request as it goes over the wire: heirs provided for, MULTI and EXEC around an atomic unit.
    pub(crate) fn sealed(self) -> Request {
        self.framed(true)
    }

    /// The same for a request that becomes a part of another: what follows it cannot look at its answer.
    pub(crate) fn framed_in_batch(self) -> Request {
        self.framed(false)
    }

    fn framed(mut self, may_look: bool) -> Request {
        let is_multi = self.is_multi();
        if let Some(births) = self.births.take_if(|births| !births.heirs.is_empty()) {
            let mut rest = births.heirs;
            let mut follow_ups = Vec::new();
            let mut whole = Request::write();
            whole.error = self.error.take();
            self.append_to(&mut whole.packed);
            whole.commands = self.commands;
            whole.holds_transaction = self.holds_transaction;
            while let Some(first) = rest.first().cloned() {
                let (family, others) = rest.into_iter().partition(|heir: &Place| heir.same_object(&first));
                rest = others;
                let inherit = script::inherit(&first, &family);
                match first.object() {
                    // few such objects have a time to live: a look costs next to nothing, and is followed up if need be
                    Some(object) if may_look && !first.is_mortal() => {
                        whole.push("PTTL", |a| _ = a.key(&object.main));
                        follow_ups.push(Some(inherit));
                    }
                    _ => {
                        whole.join(inherit);
                        follow_ups.push(None);
                    }
                }
            }
            whole.births = Some(Box::new(Births { heirs: Vec::new(), follow_ups }));
            self = whole;
        }
        if !is_multi {
            return self;
        }
        let mut framed = Request::write().command("MULTI", |_| {});
        framed.reads_only = self.reads_only;
        framed.error = self.error.take();
        framed.packed.reserve(self.packed.len() + USUAL);
        self.append_to(&mut framed.packed);
        framed.commands += self.commands;
        framed.holds_transaction = true;
        framed.births = self.births;
        framed.command("EXEC", |_| {})
    }

    fn heirs(&self) -> &[Place] {
        self.births.as_ref().map_or(&[], |births| &births.heirs)
    }

    /// Whether MULTI and EXEC go around this request. One command alone is atomic by itself.
    pub(crate) fn is_multi(&self) -> bool {
        self.guarded || (self.atomic && self.commands + self.heirs().len() > 1)
    }

    /// Whether it is one command that may bring a key into being which must not live for ever, whatever happens to the
    /// connection behind it.
    pub(crate) fn bears_mortals(&self) -> bool {
        self.commands == 1 && self.heirs().iter().any(Place::is_mortal)
    }

    /// How many replies of the wire [`Request::framed`] adds behind those of the commands.
    pub(crate) fn trailing_replies(&self) -> usize {
        let mut seen: Vec<&Place> = Vec::new();
        for heir in self.heirs() {
            if !seen.iter().any(|known| known.same_object(heir)) {
                seen.push(heir);
            }
        }
        seen.len()
    }

    /// Appends the commands to a batch, where a script travels with its text.
    fn append_to(&self, out: &mut Vec<u8>) {
        match self.script {
            Some(call) => call.as_text(&self.packed, out),
            None => out.extend_from_slice(&self.packed),
        }
    }

    /// The same request with the script's text in it, for a server that does not know its digest.
    pub(crate) fn with_script_text(&self) -> Option<Request> {
        let call = self.script?;
        let mut request = Request { reads_only: self.reads_only, commands: self.commands, ..Request::read() };
        call.as_text(&self.packed, &mut request.packed);
        Some(request)
    }

    pub(crate) fn is_atomic(&self) -> bool {
        self.atomic
    }

    pub(crate) fn is_failed(&self) -> bool {
        self.error.is_some()
    }

    pub(crate) fn take_error(&mut self) -> Option<Error> {
        self.error.take()
    }

    pub(crate) fn fail(&mut self, error: Error) {
        self.error.get_or_insert(error);
    }

    /// What is to be done about objects that turn out to have a time to live: see [`Request::sealed`].
    pub(crate) fn take_follow_ups(&mut self) -> Vec<Option<Request>> {
        self.births.take().map(|births| births.follow_ups).unwrap_or_default()
    }

    /// How many of the last replies tell what is to be done about such objects.
    pub(crate) fn looks(&self) -> usize {
        self.births.as_ref().map_or(0, |births| births.follow_ups.len())
    }

    /// Whether it is the call of a script by its digest.
    pub(crate) fn calls_script(&self) -> bool {
        self.script.is_some()
    }

    /// How many of the replies answer what was asked for; the others answer what stands behind.
    pub(crate) fn asked(&self) -> usize {
        self.commands - self.looks()
    }

    /// The commands in Redis's protocol, ready to be sent.
    pub fn packed(&self) -> &[u8] {
        &self.packed
    }

    /// How many commands there are, hence how many replies come.
    pub fn len(&self) -> usize {
        self.commands
    }

    /// Whether there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.commands == 0
    }

    /// Whether it changes nothing, and so may be sent again.
    pub fn reads_only(&self) -> bool {
        self.reads_only
    }

    /// Each command as its arguments, the name first.
    pub fn commands(&self) -> impl Iterator<Item = CommandArgs<'_>> {
        Commands { packed: &self.packed }
    }
}

impl ScriptCall {
    fn as_text(&self, packed: &[u8], out: &mut Vec<u8>) {
        out.push(b'*');
        out.extend_from_slice(itoa::Buffer::new().format(self.arguments).as_bytes());
        out.extend_from_slice(b"\r\n");
        append_bulk(b"EVAL", out);
        append_bulk(self.script.text().as_bytes(), out);
        out.extend_from_slice(&packed[self.rest..]);
    }
}

impl std::fmt::Debug for Request {
    /// Names and sizes only: values may be secret, and credentials never appear.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> =
            self.commands().take(16).filter_map(|mut c| c.next().map(String::from_utf8_lossy)).collect();
        f.debug_struct("Request")
            .field("commands", &names)
            .field("count", &self.commands)
            .field("bytes", &self.packed.len())
            .finish_non_exhaustive()
    }
}

/// The arguments of one command while it is being built.
pub(crate) struct Arguments<'a> {
    packed: &'a mut Vec<u8>,
    count: usize,
    error: &'a mut Option<Error>,
}

impl<'a> Arguments<'a> {
    /// Arguments without a command, appended to a buffer.
    pub(crate) fn over(packed: &'a mut Vec<u8>, error: &'a mut Option<Error>) -> Arguments<'a> {
        Arguments { packed, count: 0, error }
    }

    /// Arguments that are packed already.
    pub(crate) fn packed(&mut self, packed: &[u8], count: usize) -> &mut Self {
        self.packed.extend_from_slice(packed);
        self.count += count;
        self
    }

    /// The number of the arguments that follow, and these.
    pub(crate) fn counted(&mut self, arguments: impl FnOnce(&mut Arguments<'_>)) -> &mut Self {
        let mut packed = Vec::new();
        let mut list = Arguments { packed: &mut packed, count: 0, error: self.error };
        arguments(&mut list);
        let count = list.count;
        self.int(count).packed(&packed, count)
    }

    /// Bytes as they are.
    pub(crate) fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        append_bulk(bytes, self.packed);
        self.count += 1;
        self
    }

    /// A key.
    pub(crate) fn key(&mut self, key: &Key) -> &mut Self {
        self.raw(key.as_bytes())
    }

    /// Keeps what is wrong with an argument.
    pub(crate) fn fail(&mut self, error: Error) {
        self.error.get_or_insert(error);
    }

    /// An integer in decimal.
    pub(crate) fn int(&mut self, number: impl itoa::Integer) -> &mut Self {
        self.raw(itoa::Buffer::new().format(number).as_bytes())
    }

    /// An element or a value.
    pub(crate) fn value<C: Codec, T: Serialize + ?Sized + 'static>(&mut self, value: &T) -> &mut Self {
        self.encoded(|out| C::encode(value, out).map(|()| true));
        self
    }

    /// A set member or a hash key: found again by its bytes.
    pub(crate) fn member<C: Codec, T: Serialize + ?Sized + 'static>(&mut self, value: &T) -> &mut Self {
        self.encoded(|out| C::encode_member(value, out).map(|()| true));
        self
    }

    /// A set member or a hash key that is only looked for: `false`, and no argument, if it has no encoding and so
    /// cannot be there.
    pub(crate) fn sought<C: Codec, T: Serialize + ?Sized + 'static>(&mut self, value: &T) -> bool {
        self.append(|out| C::encode_member(value, out).map(|()| true)).is_ok()
    }

    /// A value that may be absent; says whether it is there.
    pub(crate) fn field<C: Codec, T: Serialize + ?Sized + 'static>(&mut self, value: &T) -> bool {
        self.encoded(|out| C::encode_field(value, out))
    }

    /// What `encode` appends, as one argument; nothing if it says that there is nothing.
    fn encoded(
        &mut self,
        encode: impl FnOnce(&mut Vec<u8>) -> Result<bool, crate::codec::CodecError>,
    ) -> bool {
        self.append(encode).unwrap_or_else(|error| {
            self.error.get_or_insert(Error::new(ErrorKind::Encode, error.to_string()).with_source(error));
            false
        })
    }

    /// The same, for a caller who knows what to do where there is no encoding.
    fn append(
        &mut self,
        encode: impl FnOnce(&mut Vec<u8>) -> Result<bool, crate::codec::CodecError>,
    ) -> Result<bool, crate::codec::CodecError> {
        let start = self.packed.len();
        self.packed.push(b'$');
        self.packed.extend_from_slice(LENGTH_GAP);
        let from = self.packed.len();
        let encoded = encode(self.packed);
        if let Ok(true) = encoded {
            let length = self.packed.len() - from;
            fill_gap(self.packed, start + 1, 2, length);
            self.packed.extend_from_slice(b"\r\n");
            self.count += 1;
        } else {
            self.packed.truncate(start);
        }
        encoded
    }

    /// A mark before a value, if the value is there.
    pub(crate) fn marked(&mut self, mark: &[u8], value: impl FnOnce(&mut Self) -> bool) -> bool {
        let (start, count) = (self.packed.len(), self.count);
        let present = value(self.raw(mark));
        if !present {
            self.packed.truncate(start);
            self.count = count;
        }
        present
    }
}

fn append_bulk(bytes: &[u8], out: &mut Vec<u8>) {
    out.reserve(bytes.len() + 16);
    out.push(b'$');
    out.extend_from_slice(itoa::Buffer::new().format(bytes.len()).as_bytes());
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(bytes);
    out.extend_from_slice(b"\r\n");
}

/// Writes `number` over the `width` digits at `start`, and moves what follows if it has more or fewer.
/// Returns by how much that moved.
fn fill_gap(packed: &mut Vec<u8>, start: usize, width: usize, number: usize) -> isize {
    let mut buffer = itoa::Buffer::new();
    let digits = buffer.format(number).as_bytes();
    let (old_end, new_end, length) = (start + width, start + digits.len(), packed.len());
    if digits.len() > width {
        packed.resize(length + digits.len() - width, 0);
    }
    if digits.len() != width {
        packed.copy_within(old_end..length, new_end);
        packed.truncate(length + digits.len() - width);
    }
    packed[start..new_end].copy_from_slice(digits);
    digits.len() as isize - width as isize
}

struct Commands<'a> {
    packed: &'a [u8],
}

impl<'a> Iterator for Commands<'a> {
    type Item = CommandArgs<'a>;

    fn next(&mut self) -> Option<CommandArgs<'a>> {
        let left = header(&mut self.packed, b'*')?;
        let (all, mut bytes) = (self.packed, 0);
        for _ in 0..left {
            bytes += bulk(&mut self.packed)?.len();
        }
        Some(CommandArgs { packed: all, left, bytes })
    }
}

/// The arguments of one command, its name first.
#[derive(Clone, Debug)]
pub struct CommandArgs<'a> {
    packed: &'a [u8],
    left: usize,
    /// How many bytes all arguments have together.
    bytes: usize,
}

impl CommandArgs<'_> {
    /// How many bytes they have together.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

impl<'a> Iterator for CommandArgs<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        self.left = self.left.checked_sub(1)?;
        bulk(&mut self.packed)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for CommandArgs<'_> {}

fn header(packed: &mut &[u8], mark: u8) -> Option<usize> {
    let rest = packed.strip_prefix(&[mark])?;
    let mut number = 0;
    let mut at = 0;
    while rest.get(at)?.is_ascii_digit() {
        number = number * 10 + usize::from(rest[at] - b'0');
        at += 1;
    }
    *packed = rest.get(at + 2..)?;
    Some(number)
}

fn bulk<'a>(packed: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = header(packed, b'$')?;
    let bytes = packed.get(..length)?;
    *packed = packed.get(length + 2..)?;
    Some(bytes)
}
