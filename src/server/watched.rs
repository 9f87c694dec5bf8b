//! Files that are used while they may change.

use std::path::PathBuf;

use sha2::{Digest, Sha256};

/// Files, and what was in them when they were looked at last.
///
/// They are read each time: a time stamp has too coarse a grain, and says nothing where a link leads elsewhere.
#[derive(Debug)]
pub(super) struct Watched {
    paths: Vec<PathBuf>,
    seen: [u8; 32],
}

impl Watched {
    /// Looks at the files. Whoever uses them reads them after this.
    pub(super) fn new(paths: impl IntoIterator<Item = PathBuf>) -> Self {
        let paths: Vec<PathBuf> = paths.into_iter().collect();
        Self { seen: fingerprint(&paths), paths }
    }

    /// Whether they changed since they were looked at last: gone and come again are changes too.
    pub(super) fn changed(&mut self) -> bool {
        let seen = fingerprint(&self.paths);
        std::mem::replace(&mut self.seen, seen) != seen
    }
}

fn fingerprint(paths: &[PathBuf]) -> [u8; 32] {
    let mut all = Sha256::new();
    for path in paths {
        match std::fs::read(path) {
            Ok(content) => all.update(Sha256::digest(&content)),
            Err(error) => all.update(format!("{:?}", error.kind())),
        }
    }
    all.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_is_seen_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let [one, other] = ["one", "other"].map(|name| folder.path().join(name));
        std::fs::write(&one, "a").expect("a file");
        let mut watched = Watched::new([one.clone(), other.clone()]);
        assert!(!watched.changed());
        std::fs::write(&one, "b").expect("a file");
        assert!(watched.changed() && !watched.changed());
        std::fs::write(&other, "").expect("a file");
        assert!(watched.changed() && !watched.changed());
        std::fs::remove_file(&other).expect("gone");
        assert!(watched.changed() && !watched.changed());
    }
}
