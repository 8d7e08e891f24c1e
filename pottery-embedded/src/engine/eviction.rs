//! `maxmemory`: what keys take is estimated, and when it becomes too much, keys go or commands are refused.

use crate::engine::Engine;
use crate::engine::config::Policy;
use crate::engine::dict::Place;
use crate::engine::memory::usage;
use crate::engine::notify::Class;

/// What a server without keys takes, about as much as Redis says of itself.
const BASE: usize = 900_000;

/// How many elements of a container are looked at.
const SAMPLES: usize = 5;

impl Engine {
    /// About how many bytes are used. Cheap only while there is a limit, since sizes are kept only then.
    pub(crate) fn used_memory(&self) -> usize {
        let keys: usize = if self.config.max_memory > 0 {
            self.dbs.iter().map(|db| db.used).sum()
        } else {
            let all = self.dbs.iter().flat_map(|db| db.keys().iter());
            all.map(|(key, entry)| usage(key, entry, SAMPLES)).sum()
        };
        BASE + keys + self.buffers()
    }

    /// What is kept for clients.
    fn buffers(&self) -> usize {
        self.clients.values().map(|client| client.out.capacity() + client.transaction.memory()).sum()
    }

    /// Estimates a key anew that was changed.
    pub(crate) fn measure(&mut self, db: usize, key: &[u8]) {
        if self.config.max_memory > 0
            && let Ok(place) = self.dbs[db].keys().find(key)
        {
            let size = usage(key, self.dbs[db].keys().at(place).1, SAMPLES);
            self.dbs[db].set_size(place, size);
        }
    }

    /// Estimates all keys: a limit was set.
    pub(crate) fn measure_all(&mut self) {
        if self.config.max_memory == 0 {
            return;
        }
        for db in &mut self.dbs {
            db.measure(|key, entry| usage(key, entry, SAMPLES));
        }
    }

    /// Removes keys until there is enough memory. Returns whether there is.
    pub(crate) fn make_room(&mut self) -> bool {
        let limit = self.config.max_memory;
        if limit == 0 || self.loading {
            return true;
        }
        // Buffers are summed up once, keys are known at any time.
        let rest = BASE + self.buffers();
        loop {
            let used = rest + self.dbs.iter().map(|db| db.used).sum::<usize>();
            if used <= limit {
                return true;
            }
            let Some((db, place)) = self.victim() else { return false };
            self.evict(db, place);
        }
    }

    /// What goes next, if anything may.
    fn victim(&mut self) -> Option<(usize, Place)> {
        let samples = self.config.samples;
        let policy = self.config.policy;
        let mut candidates = Vec::new();
        for (index, db) in self.dbs.iter().enumerate() {
            match policy {
                Policy::None => return None,
                Policy::Lru | Policy::Random => {
                    let random = &mut self.random;
                    let places = (0..samples).filter_map(|_| db.keys().random(random));
                    candidates.extend(places.map(|place| (index, place)));
                }
                // Those that expire soonest are as good a sample as any.
                Policy::VolatileLru | Policy::VolatileRandom => {
                    candidates.extend(db.soonest().take(samples).map(|place| (index, place)));
                }
                Policy::VolatileTtl => candidates.extend(db.soonest().take(1).map(|place| (index, place))),
            }
        }
        let entry = |(db, place): &(usize, Place)| self.dbs[*db].keys().at(*place).1;
        match policy {
            Policy::Random | Policy::VolatileRandom => {
                let count = candidates.len();
                (count > 0).then(|| candidates[self.random.usize(..count)])
            }
            Policy::VolatileTtl => candidates.into_iter().min_by_key(|it| entry(it).expires_at()),
            _ => candidates.into_iter().min_by_key(|it| entry(it).accessed),
        }
    }

    fn evict(&mut self, db: usize, place: Place) {
        let (key, _) = self.dbs[db].remove(place);
        self.stats.evicted += 1;
        self.propagate(db, &[b"DEL", &key]);
        self.notify(db, Class::EVICTED, "evicted", &key);
        self.signal_modified(db, &key, None);
    }
}
