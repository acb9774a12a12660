//! One process at a time: locks on files. The system releases one when the process that holds it ends, however it ends.

use std::{
    fs::{self, File, TryLockError},
    path::Path,
};

use anyhow::{Context, Result};

use crate::terminal;

/// A lock that is held until it is dropped.
#[derive(Debug)]
#[must_use = "the lock is released when this is dropped"]
pub struct Lock(#[expect(dead_code, reason = "the open file is the lock")] File);

/// Takes the lock on `file`, which is created where it is missing. If another process or thread holds it, says until
/// when this one waits, and waits.
///
/// # Errors
/// If the file cannot be created or locked.
pub fn exclusive(file: &Path, until: &str) -> Result<Lock> {
    let shown = || format!("cannot lock {}", file.display());
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).with_context(shown)?;
    }
    let mut options = File::options();
    let open = options.create(true).truncate(false).write(true).open(file);
    let open = open.with_context(shown)?;
    match open.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            terminal::status("Waiting", &format!("until {until}"));
            open.lock().with_context(shown)?;
        }
        Err(TryLockError::Error(error)) => return Err(error).with_context(shown),
    }
    Ok(Lock(open))
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicUsize, Ordering},
        thread,
        time::Duration,
    };

    use super::exclusive;

    #[test]
    fn one_at_a_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("below").join("lock");
        let inside = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let _lock = exclusive(&file, "a test").expect("a lock");
                    assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                    thread::sleep(Duration::from_millis(5));
                    inside.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
    }
}
