//! Whether the other side is still there: silence is asked about, and a question that is not answered ends it.

use std::time::{Duration, Instant};

/// When the other side was heard last.
#[derive(Debug)]
pub(super) struct Pulse {
    interval: Duration,
    heard: Instant,
    asked: Option<Instant>,
}

/// What is to be done about silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    Fine,
    Ask,
    Dead,
}

impl Pulse {
    pub(super) fn new(interval: Duration) -> Pulse {
        Pulse { interval, heard: Instant::now(), asked: None }
    }

    /// Something has arrived.
    pub(super) fn beats(&mut self) {
        self.heard = Instant::now();
        self.asked = None;
    }

    /// When it is to be felt; `None` never, where the interval is beyond all time.
    pub(super) fn next(&self) -> Option<Instant> {
        self.asked.unwrap_or(self.heard).checked_add(self.interval)
    }

    /// To be called where nothing has arrived.
    pub(super) fn feel(&mut self) -> Sign {
        let now = Instant::now();
        if self.next().is_none_or(|next| now < next) {
            return Sign::Fine;
        }
        if self.asked.is_some() {
            return Sign::Dead;
        }
        self.asked = Some(now);
        Sign::Ask
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_asked_about_once_and_an_answer_begins_anew() {
        let mut pulse = Pulse::new(Duration::ZERO);
        assert_eq!(pulse.feel(), Sign::Ask);
        assert_eq!(pulse.feel(), Sign::Dead);
        pulse.beats();
        assert_eq!(pulse.feel(), Sign::Ask);
        let mut patient = Pulse::new(Duration::MAX);
        assert_eq!((patient.next(), patient.feel()), (None, Sign::Fine));
    }
}
