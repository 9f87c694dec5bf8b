//! Puts a project's files into a folder: all of them or none, and over nothing that is there.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::project::File;
use crate::domain::printable::printable;

/// Why a project was not written. Nothing of it is left behind, and what was there is as it was.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Files of these names are there. The user gives another folder, or says that they may go.
    #[error("{} has {} already, and nothing is overwritten without --force. Nothing was written.", shown(.folder), list(.paths))]
    There {
        /// The project's folder.
        folder: PathBuf,
        /// What is there, below it.
        paths: Vec<String>,
    },
    /// Something else is there than a folder, or a folder where a file is to be. `--force` does not help.
    #[error("{} is in the way: {}. Nothing was written; give another folder.", shown(.path), if *.is_folder { "it is a folder" } else { "it is no folder" })]
    InTheWay {
        /// What it is.
        path: PathBuf,
        /// True for a folder in the place of a file.
        is_folder: bool,
    },
    /// The system says no.
    #[error("{} can't be written: {error}. Nothing was written.", shown(.path))]
    Failed {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// As [`WriteError::Failed`], and then the files of before could not be brought back.
    #[error("{} can't be written: {error}. The files of before are in {}: bring them back by hand.", shown(.path), shown(.kept))]
    NotUndone {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        error: io::Error,
        /// Where the files of before are.
        kept: PathBuf,
    },
}

impl WriteError {
    /// True if the user asked for what can't be, and nothing was tried.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::There { .. } | Self::InTheWay { .. })
    }
}

/// Writes the files into `folder`, which is made where it is missing.
///
/// Everything is written beside it first, and moved into its place when it is whole. A folder that was missing appears
/// at once; into one that is there the files are moved one by one, and where a move fails, all are undone.
pub fn write(folder: &Path, files: &[File], overwrite: bool) -> Result<(), WriteError> {
    check(folder, files, overwrite)?;
    let failed = |path: &Path| {
        let path = path.to_path_buf();
        move |error| WriteError::Failed { path, error }
    };
    // On the same disk as the folder, so that moving is renaming.
    let near = folder.ancestors().skip(usize::from(!folder.is_dir())).find(|path| path.is_dir());
    let near = near.unwrap_or(Path::new("."));
    let work = tempfile::Builder::new().prefix(".relay-scrub-setup-").tempdir_in(near).map_err(failed(folder))?;
    let new = work.path().join("new");
    fs::create_dir(&new).map_err(failed(folder))?;
    for file in files {
        let path = new.join(&file.path);
        let made = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&path, &file.text));
        made.map_err(failed(&folder.join(&file.path)))?;
    }
    if folder.is_dir() {
        return Moves::new(folder, work).all(files);
    }
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::rename(&new, folder)).map_err(failed(folder))
}

/// Looks before anything is written.
fn check(folder: &Path, files: &[File], overwrite: bool) -> Result<(), WriteError> {
    let mut paths = Vec::new();
    if folder.symlink_metadata().is_ok() && !folder.is_dir() {
        return Err(WriteError::InTheWay { path: folder.into(), is_folder: false });
    }
    for file in files {
        let path = folder.join(&file.path);
        let between = path.ancestors().skip(1).take_while(|above| *above != folder);
        if let Some(above) = between.filter(|above| above.symlink_metadata().is_ok()).find(|above| !above.is_dir()) {
            return Err(WriteError::InTheWay { path: above.into(), is_folder: false });
        }
        match path.symlink_metadata() {
            Ok(found) if found.is_dir() => return Err(WriteError::InTheWay { path, is_folder: true }),
            Ok(_) => paths.push(file.path.clone()),
            Err(_) => {}
        }
    }
    if overwrite || paths.is_empty() { Ok(()) } else { Err(WriteError::There { folder: folder.into(), paths }) }
}

/// The files on their way into a folder that is there, and how to undo it.
struct Moves<'a> {
    folder: &'a Path,
    work: TempDir,
    done: Vec<Done>,
}

enum Done {
    /// This folder was made.
    Made(PathBuf),
    /// What was at the first path is kept at the second.
    Kept(PathBuf, PathBuf),
    /// A new file is in its place.
    Put(PathBuf),
}

impl<'a> Moves<'a> {
    fn new(folder: &'a Path, work: TempDir) -> Self {
        Self { folder, work, done: Vec::new() }
    }

    fn all(mut self, files: &[File]) -> Result<(), WriteError> {
        for (index, file) in files.iter().enumerate() {
            let path = self.folder.join(&file.path);
            if let Err(error) = self.one(index, file, &path) {
                return Err(match self.undo() {
                    Ok(()) => WriteError::Failed { path, error },
                    // What was there must not go with the folder of the work.
                    Err(_) => WriteError::NotUndone { path, error, kept: self.work.keep() },
                });
            }
        }
        Ok(())
    }

    fn one(&mut self, index: usize, file: &File, path: &Path) -> io::Result<()> {
        let missing: Vec<&Path> = path.ancestors().skip(1).take_while(|above| !above.is_dir()).collect();
        for above in missing.into_iter().rev() {
            fs::create_dir(above)?;
            self.done.push(Done::Made(above.into()));
        }
        if path.symlink_metadata().is_ok() {
            let kept = self.work.path().join(format!("old-{index}"));
            fs::rename(path, &kept)?;
            self.done.push(Done::Kept(path.into(), kept));
        }
        fs::rename(self.work.path().join("new").join(&file.path), path)?;
        self.done.push(Done::Put(path.into()));
        Ok(())
    }

    fn undo(&mut self) -> io::Result<()> {
        while let Some(done) = self.done.pop() {
            match done {
                Done::Made(path) => fs::remove_dir(path)?,
                Done::Kept(path, kept) => fs::rename(kept, path)?,
                Done::Put(path) => fs::remove_file(path)?,
            }
        }
        Ok(())
    }
}

fn shown(path: &Path) -> String {
    printable(&path.display().to_string())
}

/// The first few of them, and how many more there are.
fn list(paths: &[String]) -> String {
    let shown = paths.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
    match paths.len().saturating_sub(3) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests;
