//! A bounded set of one-thread sessions over one network.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ort::session::Session;

use super::error::RuntimeError;
use crate::domain::{ModelId, Stopwatch};

/// Opens one more session; called at most once for each place in the pool.
pub(super) type Open = Box<dyn Fn() -> Result<Session, RuntimeError> + Send + Sync>;

/// One-thread sessions over one network, opened when first needed and kept: as many can work at
/// once as the pool has places.
pub struct SessionPool {
    model: ModelId,
    places: NonZeroUsize,
    open: Open,
    sessions: Mutex<Sessions>,
    returned: Condvar,
    stopwatch: Option<Arc<dyn Stopwatch>>,
    busy_ns: AtomicU64,
}

struct Sessions {
    idle: Vec<Session>,
    opened: usize,
}

impl fmt::Debug for SessionPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionPool")
            .field("model", &self.model)
            .field("places", &self.places)
            .finish_non_exhaustive()
    }
}

impl SessionPool {
    /// A pool without a session yet.
    pub(super) fn new(
        model: ModelId,
        places: NonZeroUsize,
        open: Open,
        stopwatch: Option<Arc<dyn Stopwatch>>,
    ) -> Self {
        let sessions = Mutex::new(Sessions {
            idle: Vec::new(),
            opened: 0,
        });
        Self {
            model,
            places,
            open,
            sessions,
            returned: Condvar::new(),
            stopwatch,
            busy_ns: AtomicU64::new(0),
        }
    }

    /// How many can work at once.
    pub fn places(&self) -> NonZeroUsize {
        self.places
    }

    /// Time that work on the sessions has taken in all, by the runtime's stopwatch; none without
    /// one. Waiting for a session and opening one do not count.
    pub fn busy(&self) -> Option<Duration> {
        self.stopwatch.as_ref()?;
        Some(Duration::from_nanos(self.busy_ns.load(Ordering::Relaxed)))
    }

    /// Runs `work` on a session, waiting for one when all are at work. Which session it gets makes
    /// no difference to the numbers.
    ///
    /// # Errors
    /// `work` fails, or a session cannot be opened.
    pub fn with<R>(
        &self,
        work: impl FnOnce(&mut Session) -> ort::Result<R>,
    ) -> Result<R, RuntimeError> {
        let idle = self.wait_for_place();
        let place = Place { pool: self };
        let mut session = match idle {
            Some(session) => session,
            None => (self.open)()?,
        };
        let result = self.timed(|| work(&mut session));
        place.keep(session);
        result.map_err(|source| RuntimeError::Network {
            model: self.model.clone(),
            source,
        })
    }

    fn timed<R>(&self, work: impl FnOnce() -> R) -> R {
        let Some(stopwatch) = &self.stopwatch else {
            return work();
        };
        let began = stopwatch.elapsed();
        let result = work();
        let took = stopwatch.elapsed().saturating_sub(began).as_nanos();
        let took = u64::try_from(took).unwrap_or(u64::MAX);
        self.busy_ns.fetch_add(took, Ordering::Relaxed);
        result
    }

    /// An idle session, or none when a place is free to open one in; either way a place is taken.
    fn wait_for_place(&self) -> Option<Session> {
        let mut sessions = self.lock();
        loop {
            if let Some(session) = sessions.idle.pop() {
                return Some(session);
            }
            if sessions.opened < self.places.get() {
                sessions.opened += 1;
                return None;
            }
            sessions = self
                .returned
                .wait(sessions)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Sessions> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in the pool that is taken; given back whatever happens to the session in it.
struct Place<'p> {
    pool: &'p SessionPool,
}

impl Place<'_> {
    fn keep(self, session: Session) {
        self.pool.lock().idle.push(session);
        self.pool.returned.notify_one();
        std::mem::forget(self);
    }
}

impl Drop for Place<'_> {
    /// Opening failed or the work panicked: the session is gone, its place is free.
    fn drop(&mut self) {
        self.pool.lock().opened -= 1;
        self.pool.returned.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::testing;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::AtomicUsize;

    #[test]
    fn no_more_work_at_once_than_there_are_places() {
        let model = testing::model("silero-vad", 2);
        let (at_work, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        let result = model.sessions().with(|_| {
                            most.fetch_max(
                                at_work.fetch_add(1, Ordering::SeqCst) + 1,
                                Ordering::SeqCst,
                            );
                            std::thread::yield_now();
                            at_work.fetch_sub(1, Ordering::SeqCst);
                            Ok(())
                        });
                        result.unwrap();
                    }
                });
            }
        });
        assert!(most.into_inner() <= 2);
    }

    #[test]
    fn the_time_of_the_work_is_counted() {
        struct Steps(AtomicUsize);
        impl crate::domain::Stopwatch for Steps {
            fn elapsed(&self) -> Duration {
                Duration::from_secs(self.0.fetch_add(1, Ordering::SeqCst) as u64)
            }
        }
        let runtime = testing::runtime();
        assert_eq!(testing::model("silero-vad", 1).sessions().busy(), None);
        let timed = runtime.timed(Arc::new(Steps(AtomicUsize::new(0))));
        let folder = crate::runtime::models_folder().unwrap().join("silero-vad");
        let model = crate::runtime::Model::load(&folder, &timed, NonZeroUsize::MIN).unwrap();
        let before = model.sessions().busy().unwrap();
        for _ in 0..3 {
            model.sessions().with(|_| Ok(())).unwrap();
        }
        let took = model.sessions().busy().unwrap() - before;
        assert_eq!(took, Duration::from_secs(3));
    }

    #[test]
    fn failed_and_panicked_work_gives_its_place_back() {
        let model = testing::model("silero-vad", 1);
        let failed = model
            .sessions()
            .with::<()>(|_| Err(ort::Error::new("planted")));
        assert!(failed.unwrap_err().to_string().contains("planted"));
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let _ = model.sessions().with::<()>(|_| panic!("planted"));
        }));
        assert!(panicked.is_err());
        model.sessions().with(|_| Ok(())).unwrap();
    }
}
