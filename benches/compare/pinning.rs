//! Cores: one for the server and one for us, so that neither takes the other's time.

/// Runs `start` on one core, which what it starts inherits, and goes on alone on another. Says in words how it went.
#[cfg(target_os = "linux")]
pub(crate) fn apart<T>(start: impl FnOnce() -> T) -> (T, String) {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

    let only = |core: usize| {
        let mut cores = CpuSet::new();
        cores.set(core);
        sched_setaffinity(None, &cores)
    };
    let cores: Vec<usize> = match sched_getaffinity(None) {
        Ok(cores) => (0..CpuSet::MAX_CPU).filter(|core| cores.is_set(*core)).collect(),
        Err(error) => return (start(), format!("not pinned: {error}")),
    };
    let [server, client, ..] = cores[..] else {
        return (start(), "not pinned: there is one core only, which server and client share".to_owned());
    };
    if let Err(error) = only(server) {
        return (start(), format!("not pinned: {error}"));
    }
    let started = start();
    match only(client) {
        Ok(()) => (started, format!("the server on core {server}, the client on core {client}")),
        Err(error) => (started, format!("both on core {server}: {error}")),
    }
}

/// Where cores cannot be chosen.
#[cfg(not(target_os = "linux"))]
pub(crate) fn apart<T>(start: impl FnOnce() -> T) -> (T, String) {
    (start(), "not pinned: this system does not offer it".to_owned())
}
