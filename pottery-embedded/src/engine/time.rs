//! What happens by itself: keys expire and waits end.

use std::task::Waker;
use std::time::{Duration, Instant};

use crate::engine::Engine;
use crate::engine::db::Db;

/// When something is due, and whom to wake if that turns out to be sooner than it thought.
#[derive(Debug)]
pub(crate) struct Alarm {
    /// In milliseconds since 1970.
    at: i64,
    rang: bool,
    waker: Option<Waker>,
}

impl Default for Alarm {
    fn default() -> Alarm {
        Alarm { at: i64::MAX, rang: false, waker: None }
    }
}

/// How long [`Engine::tick`] keeps clients waiting.
const SLICE: Duration = Duration::from_millis(5);

impl Engine {
    /// When something is due next, in milliseconds since 1970.
    pub(crate) fn next_deadline(&self) -> Option<i64> {
        let expiries = self.dbs.iter().filter_map(Db::next_expiry).filter(|_| self.active_expiry);
        let wait = self.waits.first().map(|(at, _)| *at);
        let idle = self.idle_check().filter(|_| self.config.idle_timeout > 0);
        expiries.chain(wait).chain(self.pause.map(|pause| pause.until)).chain(idle).min()
    }

    /// Does what is due: removes expired keys and answers clients whose time is up. Returns whether something is left,
    /// because it would have taken too long.
    pub(crate) fn tick(&mut self) -> bool {
        self.now = self.clock.micros();
        let now = self.now_ms();
        self.end_waits(now);
        self.end_idle_clients(now);
        if self.pause.is_some_and(|pause| pause.until <= now) {
            self.unpause();
            self.run_resumed();
        }
        let until = Instant::now() + SLICE;
        let mut done = 0;
        for db in 0..self.dbs.len() {
            while self.active_expiry
                && let Some(place) = self.dbs[db].next_expired(now)
            {
                self.expire(db, place);
                self.end_unit();
                done += 1;
                if done % 64 == 0 && Instant::now() > until {
                    return true;
                }
            }
        }
        self.commit_effects();
        self.alarm.at = self.next_deadline().unwrap_or(i64::MAX);
        false
    }

    /// When to look for clients that have been idle for too long.
    fn idle_check(&self) -> Option<i64> {
        let limit = self.config.idle_timeout.saturating_mul(1000);
        let idle = self.clients.values().filter(|client| client.may_time_out());
        idle.map(|client| client.active_at.saturating_add(limit)).min()
    }

    /// Ends connections that have sent nothing for `timeout` seconds.
    fn end_idle_clients(&mut self, now: i64) {
        let limit = self.config.idle_timeout.saturating_mul(1000);
        if limit <= 0 {
            return;
        }
        let idle = self.clients.values().filter(|client| client.may_time_out());
        let ended: Vec<_> =
            idle.filter(|client| now - client.active_at >= limit).map(|client| client.id).collect();
        for id in ended {
            self.kill(id);
        }
    }

    /// Does all that is due, however long it takes: the clock has been moved.
    pub(crate) fn catch_up(&mut self) {
        while self.tick() {}
        self.ring();
    }

    /// How long until something is due. `None` while nothing is, and while the clock stands still.
    pub(crate) fn until_deadline(&self) -> Option<Duration> {
        if self.clock.is_held() || self.alarm.at == i64::MAX {
            return None;
        }
        let micros = self.alarm.at.saturating_mul(1000).saturating_sub(self.clock.micros());
        Some(Duration::from_micros(u64::try_from(micros).unwrap_or(0)))
    }

    /// Notes that something will be due.
    pub(crate) fn alarm_at(&mut self, at: i64) {
        if at < self.alarm.at {
            self.alarm.at = at;
            self.ring();
        }
    }

    fn ring(&mut self) {
        self.alarm.rang = true;
        if let Some(waker) = self.alarm.waker.take() {
            waker.wake();
        }
    }

    /// Whether the time to wait has changed since the last call; `waker` is woken when it does.
    pub(crate) fn alarm_rang(&mut self, waker: &Waker) -> bool {
        let rang = std::mem::take(&mut self.alarm.rang);
        if !rang {
            self.alarm.waker = Some(waker.clone());
        }
        rang
    }
}
