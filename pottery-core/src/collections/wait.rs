//! Waiting on a connection of one's own.

use std::time::Duration;

use crate::command::Command;
use crate::operation::Operation;
use crate::place::Place;
use crate::request::Arguments;

/// Redis counts in milliseconds, and may take less than one for none, which is for ever.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(1_000_000_000);

/// The operation that is no more than a command.
pub(crate) fn at_once<R: Send + 'static>(place: &Place, command: Command<R>) -> Operation<'static, R> {
    Operation::new(place.store(), move |run| async move { run.command(command).await })
}

/// Sends a command that the server may answer only when `timeout` is over, on a connection that nobody else waits
/// for. Only after its answer is the connection given back: until then the server may hand out an item on it.
pub(crate) fn waiting<R: Send + 'static>(
    place: &Place,
    command: Command<R>,
    timeout: Duration,
) -> Operation<'static, R> {
    let place = place.clone();
    Operation::new(place.clone().store(), move |run| async move {
        let link = run.exclusive(&place).await?;
        let deadline = run.deadline().later(timeout.min(LONGEST_WAIT));
        let result = command.over(link.clone(), deadline).await;
        if result.is_ok() {
            link.release();
        }
        result
    })
}

/// A time-out in whole milliseconds, not less than asked for.
pub(crate) fn whole_millis(timeout: Duration) -> u128 {
    timeout.min(LONGEST_WAIT).as_nanos().div_ceil(1_000_000)
}

/// A time-out in seconds, not less than asked for. Half a millisecond more, for what a server may lose when it counts
/// in binary fractions.
pub(crate) fn seconds(a: &mut Arguments<'_>, timeout: Duration) {
    let millis = whole_millis(timeout);
    a.raw(format!("{}.{:03}5", millis / 1000, millis % 1000).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Request;

    fn sent(timeout: Duration) -> String {
        let request = Request::write().command("BLPOP", |a| seconds(a, timeout));
        let argument = request.commands().next().and_then(|mut args| args.nth(1)).map(<[u8]>::to_vec);
        String::from_utf8(argument.expect("a command with one argument")).expect("digits")
    }

    #[test]
    fn a_time_out_is_never_shortened_and_never_without_end() {
        assert_eq!(sent(Duration::from_nanos(1)), "0.0015");
        assert_eq!(sent(Duration::from_millis(1)), "0.0015");
        assert_eq!(sent(Duration::from_micros(1001)), "0.0025");
        assert_eq!(sent(Duration::from_millis(61_020)), "61.0205");
        assert_eq!(sent(Duration::MAX), "1000000000.0005");
    }
}
