//! Opening a file: everything in it is run again, and what a crash left half written at its end is cut off.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::engine::args::{Args, Owned};
use crate::persistence::error::OpenError;
use crate::persistence::lock::with_suffix;
use crate::persistence::read::{Found, Reader};
use crate::persistence::{Persistence, Warning};

/// What was found when the file was opened: [`crate::Server::recovery`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Recovery {
    /// The file.
    pub path: PathBuf,
    /// How many commands were run again.
    pub commands: u64,
    /// How many bytes the file has, without what was cut off.
    pub bytes: u64,
    /// How long it took.
    pub took: Duration,
    /// What was cut off at the end, if anything.
    pub cut: Option<Cut>,
    /// Commands that were answered with an error when they were run again, the first [`Recovery::REFUSED`] of them. Only a
    /// file that something else wrote has any; Redis ignores them too.
    pub refused: Vec<Refused>,
}

impl Recovery {
    /// How many refused commands are kept.
    pub const REFUSED: usize = 16;
}

/// The end of a file that was cut off, because nothing whole was in it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cut {
    /// The file.
    pub path: PathBuf,
    /// From where on, in bytes from the start of the file.
    pub offset: u64,
    /// How many bytes.
    pub bytes: u64,
    /// The name of the command that was half written, as far as it was.
    pub command: Option<String>,
    /// Whether a transaction was cut off, whose `EXEC` is missing.
    pub transaction: bool,
    /// What was wrong, if it was more than a write cut short: [`Persistence::salvage`].
    pub damage: Option<String>,
    /// Where what was cut off is kept: when it holds more than one write cut short can explain. After damage, this is
    /// the whole file as it was.
    pub kept: Option<PathBuf>,
}

/// A command in the file that was answered with an error.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refused {
    /// The file.
    pub path: PathBuf,
    /// Where it is, in bytes from the start of the file.
    pub offset: u64,
    /// Its name.
    pub command: String,
    /// The answer.
    pub error: String,
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Cut { path, offset, bytes, .. } = self;
        write!(f, "{}: the last {bytes} bytes, from offset {offset} on, were cut off: ", path.display())?;
        match (&self.damage, self.transaction, &self.command) {
            (Some(damage), ..) => write!(f, "the file is damaged there ({damage})"),
            (None, true, Some(command)) => write!(f, "a transaction was half written, up to {command}"),
            (None, true, None) => write!(f, "a transaction was half written"),
            (None, false, Some(command)) => write!(f, "{command} was half written"),
            (None, false, None) => write!(f, "a command was half written"),
        }?;
        match &self.kept {
            Some(kept) => write!(f, "; a copy is in {}", kept.display()),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Refused { path, offset, command, error } = self;
        write!(f, "{}: {command} at offset {offset} was answered with an error: {error}", path.display())
    }
}

/// Why a command from the file has no effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Nothing is known of such a command.
    Unknown,
    /// It was answered with this error.
    Error(String),
}

/// Who runs the commands again.
pub(crate) type Run<'r> = dyn FnMut(&[&[u8]]) -> Result<(), Refusal> + 'r;

/// Runs all that is whole in the file, cuts off the rest if that is a write cut short, and returns the file, standing at its
/// end. Creates it if there is none. The caller has the lock.
pub(crate) fn open(
    options: &Persistence,
    path: &Path,
    run: &mut Run<'_>,
) -> Result<(File, Recovery), OpenError> {
    let begun = Instant::now();
    let failed = |doing| move |source| OpenError::Io { path: path.to_owned(), doing, source };
    let existed = path.exists();
    let mut file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(failed("open"))?;
    if !existed {
        sync_folder(path).map_err(failed("create"))?;
    }
    let length = file.seek(SeekFrom::End(0)).map_err(failed("read"))?;
    let mut recovery = Recovery {
        path: path.to_owned(),
        commands: 0,
        bytes: length,
        took: Duration::ZERO,
        cut: None,
        refused: Vec::new(),
    };
    if let Some(rest) = replay(&mut file, length, &mut recovery, run)? {
        let cut = cut_off(options, &mut file, length, rest, &recovery)?;
        options.warn(&Warning::Cut(cut.clone()));
        recovery.bytes = cut.offset;
        recovery.cut = Some(cut);
    }
    for refused in &recovery.refused {
        options.warn(&Warning::Refused(refused.clone()));
    }
    file.seek(SeekFrom::Start(recovery.bytes)).map_err(failed("read"))?;
    recovery.took = begun.elapsed();
    Ok((file, recovery))
}

/// What comes behind the last whole command.
#[derive(Debug)]
struct Rest {
    /// Where it begins.
    offset: u64,
    /// Where its last, incomplete command begins.
    incomplete: u64,
    command: Option<String>,
    transaction: bool,
    /// If it is not a write cut short: where, and what is wrong.
    damage: Option<(u64, String)>,
}

/// Runs the commands in the file and says what is left over at its end.
fn replay(
    file: &mut File,
    length: u64,
    recovery: &mut Recovery,
    run: &mut Run<'_>,
) -> Result<Option<Rest>, OpenError> {
    let path = recovery.path.clone();
    let failed = |source| OpenError::Io { path: path.clone(), doing: "read", source };
    file.rewind().map_err(failed)?;
    let mut reader = Reader::new(&*file, 0, length);
    // The commands since MULTI and where it is: they run when their EXEC has been seen.
    let mut transaction: Option<(u64, Vec<(u64, Owned)>)> = None;
    let rest = loop {
        let found = reader.next().map_err(failed)?;
        let offset = reader.offset();
        let args = reader.args();
        let is = |name: &[u8]| args.first().is_some_and(|it| it.eq_ignore_ascii_case(name));
        let damage = match &found {
            Found::Command if is(b"MULTI") && transaction.is_some() => {
                Some((offset, "MULTI inside MULTI".to_owned()))
            }
            Found::Command if is(b"MULTI") => {
                transaction = Some((offset, Vec::new()));
                continue;
            }
            Found::Command if is(b"EXEC") => match transaction.take() {
                Some((_, commands)) => {
                    for (offset, command) in commands {
                        run_again(offset, &command.as_args(), recovery, run)?;
                    }
                    continue;
                }
                None => Some((offset, "EXEC without MULTI".to_owned())),
            },
            Found::Command => {
                match &mut transaction {
                    Some((_, commands)) => commands.push((offset, Owned::new(&args))),
                    None => run_again(offset, &args, recovery, run)?,
                }
                continue;
            }
            Found::End if transaction.is_none() => return Ok(None),
            Found::End | Found::Torn => None,
            Found::Damage { offset, reason } => Some((*offset, reason.to_string())),
        };
        break Rest {
            offset: transaction.as_ref().map_or(offset, |(offset, _)| *offset),
            incomplete: offset,
            command: args.first().map(|name| readable(name)),
            transaction: transaction.is_some(),
            damage,
        };
    };
    let rest = explain(file, length, rest).map_err(failed)?;
    match &rest.damage {
        Some((0, _)) if starts_with(file, b"REDIS") => Err(OpenError::Preamble { path }),
        _ => Ok(Some(rest)),
    }
}

/// Runs one command again.
fn run_again(
    offset: u64,
    args: &Args<'_>,
    recovery: &mut Recovery,
    run: &mut Run<'_>,
) -> Result<(), OpenError> {
    let command = || readable(args[0]);
    match run(args) {
        Ok(()) => {}
        Err(Refusal::Unknown) => {
            let path = recovery.path.clone();
            return Err(OpenError::UnknownCommand { path, offset, command: command() });
        }
        Err(Refusal::Error(error)) => {
            if recovery.refused.len() < Recovery::REFUSED {
                let path = recovery.path.clone();
                recovery.refused.push(Refused { path, offset, command: command(), error });
            }
        }
    }
    recovery.commands += 1;
    Ok(())
}

/// A loss of power can leave a file longer than what was written, with zeros at its end: then that is no damage.
fn explain(file: &mut File, length: u64, mut rest: Rest) -> io::Result<Rest> {
    if rest.damage.is_none() {
        return Ok(rest);
    }
    let written = without_zeros(file, rest.incomplete, length)?;
    if written == length {
        return Ok(rest);
    }
    file.seek(SeekFrom::Start(rest.incomplete))?;
    let mut reader = Reader::new(&*file, rest.incomplete, written - rest.incomplete);
    if matches!(reader.next()?, Found::Torn | Found::End) {
        rest.command = reader.args().first().map(|name| readable(name));
        rest.damage = None;
    }
    Ok(rest)
}

/// Where the zeros at the end of the file begin, but not before `start`.
fn without_zeros(file: &mut File, start: u64, length: u64) -> io::Result<u64> {
    let mut portion = [0; 64 * 1024];
    let mut end = length;
    while end > start {
        let begin = start.max(end.saturating_sub(portion.len() as u64));
        let portion = &mut portion[..(end - begin) as usize];
        file.seek(SeekFrom::Start(begin))?;
        file.read_exact(portion)?;
        if let Some(last) = portion.iter().rposition(|byte| *byte != 0) {
            return Ok(begin + last as u64 + 1);
        }
        end = begin;
    }
    Ok(start)
}

/// Takes away what comes behind the last whole command, if it may.
fn cut_off(
    options: &Persistence,
    file: &mut File,
    length: u64,
    rest: Rest,
    recovery: &Recovery,
) -> Result<Cut, OpenError> {
    let path = recovery.path.clone();
    let failed = |doing| {
        let path = path.clone();
        move |source| OpenError::Io { path, doing, source }
    };
    if let Some((offset, reason)) = &rest.damage
        && !options.salvages()
    {
        return Err(OpenError::Damaged { path, offset: *offset, reason: reason.clone() });
    }
    let kept = if rest.damage.is_some() {
        Some(keep(file, 0, &path, "damaged").map_err(failed("copy"))?)
    } else if hides_commands(file, rest.incomplete).map_err(failed("read"))? {
        Some(keep(file, rest.offset, &path, "cut").map_err(failed("copy"))?)
    } else {
        None
    };
    file.set_len(rest.offset).map_err(failed("shorten"))?;
    file.sync_all().map_err(failed("shorten"))?;
    Ok(Cut {
        path,
        offset: rest.offset,
        bytes: length - rest.offset,
        command: rest.command,
        transaction: rest.transaction,
        damage: rest.damage.map(|(_, reason)| reason),
        kept,
    })
}

/// How far behind the beginning of a torn command others are looked for, and how many.
const LOOK: u64 = 1024 * 1024;
const CANDIDATES: usize = 64;

/// Whether whole commands are inside what seems to be one that was half written. Then its length may have been damaged,
/// and has swallowed what comes behind it.
fn hides_commands(file: &mut File, offset: u64) -> io::Result<bool> {
    file.seek(SeekFrom::Start(offset))?;
    let mut tail = Vec::new();
    (&mut *file).take(LOOK).read_to_end(&mut tail)?;
    let candidates = tail.windows(3).enumerate().filter(|(_, bytes)| bytes == b"\r\n*").take(CANDIDATES);
    for (at, _) in candidates {
        let rest = &tail[at + 2..];
        if Reader::new(rest, 0, rest.len() as u64).next()? == Found::Command {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Copies the file from an offset on to one beside it, which is new.
fn keep(file: &mut File, from: u64, path: &Path, why: &str) -> io::Result<PathBuf> {
    file.seek(SeekFrom::Start(from))?;
    for number in 1u64.. {
        let copy = with_suffix(path, &format!(".{why}-{number}"));
        match File::options().write(true).create_new(true).open(&copy) {
            Ok(mut output) => {
                io::copy(file, &mut output)?;
                output.flush()?;
                output.sync_all()?;
                return Ok(copy);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("there are too many copies already"))
}

fn starts_with(file: &mut File, magic: &[u8]) -> bool {
    let mut start = vec![0; magic.len()];
    file.rewind().and_then(|()| file.read_exact(&mut start)).is_ok() && start == magic
}

/// The name of a command, for people.
fn readable(name: &[u8]) -> String {
    name[..name.len().min(64)].escape_ascii().to_string()
}

/// Makes sure that what was created or renamed in the path's folder is found after a loss of power.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Elsewhere folders can't be opened, and needn't be.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// The path with all links followed, so that a file has one name. What doesn't exist yet is in a folder that must.
pub(crate) fn resolve(path: &Path) -> io::Result<PathBuf> {
    if let Ok(resolved) = fs::canonicalize(path) {
        return Ok(resolved);
    }
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name =
        path.file_name().ok_or(io::Error::new(io::ErrorKind::InvalidInput, "not the path of a file"))?;
    Ok(fs::canonicalize(folder)?.join(name))
}
