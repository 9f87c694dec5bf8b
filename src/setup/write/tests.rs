use std::collections::BTreeMap;

use super::*;

fn files(paths: &[&str]) -> Vec<File> {
    paths.iter().map(|path| File { path: (*path).into(), text: format!("new {path}") }).collect()
}

/// Every file and folder below, with its text.
fn tree(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).expect("a folder") {
            let path = entry.expect("an entry").path();
            let below = path.strip_prefix(folder).expect("a path below").to_string_lossy().replace('\\', "/");
            if path.is_dir() {
                found.insert(below, "(folder)".into());
                folders.push(path);
            } else {
                found.insert(below, fs::read_to_string(path).expect("a text"));
            }
        }
    }
    found
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

#[test]
fn a_missing_folder_appears_with_everything_in_it() {
    let place = folder();
    let target = place.path().join("a/b/project");
    write(&target, &files(&["one", "c/two"]), false).expect("written");
    let texts: Vec<String> = tree(place.path()).into_values().collect();
    assert_eq!(texts, ["(folder)", "(folder)", "(folder)", "(folder)", "new c/two", "new one"]);
}

#[test]
fn what_else_is_in_the_folder_stays() {
    let target = folder();
    fs::write(target.path().join("mine"), "mine").expect("a file");
    fs::create_dir(target.path().join("c")).expect("a folder");
    write(target.path(), &files(&["one", "c/two"]), false).expect("written");
    let texts: Vec<String> = tree(target.path()).into_values().collect();
    assert_eq!(texts, ["(folder)", "new c/two", "mine", "new one"]);
}

#[test]
fn nothing_is_overwritten_unless_it_was_said() {
    let target = folder();
    fs::write(target.path().join("two"), "mine").expect("a file");
    let before = tree(target.path());
    let error = write(target.path(), &files(&["one", "two"]), false).expect_err("refused");
    assert!(matches!(&error, WriteError::There { paths, .. } if *paths == ["two"]), "{error}");
    assert!(error.is_usage() && error.to_string().contains("has two already"), "{error}");
    assert_eq!(tree(target.path()), before);
    write(target.path(), &files(&["one", "two"]), true).expect("written");
    assert_eq!(tree(target.path()).into_values().collect::<Vec<_>>(), ["new one", "new two"]);
}

#[test]
fn what_is_in_the_way_is_found_before_anything_is_written() {
    for (there, is_folder) in [("c", false), ("c/two", true)] {
        let target = folder();
        let path = target.path().join(there);
        if is_folder { fs::create_dir_all(&path) } else { fs::write(&path, "mine") }.expect("something there");
        let before = tree(target.path());
        let error = write(target.path(), &files(&["one", "c/two"]), true).expect_err("refused");
        assert!(matches!(&error, WriteError::InTheWay { path: at, .. } if *at == path), "{error}");
        assert_eq!(tree(target.path()), before);
    }
    let place = folder();
    let target = place.path().join("file");
    fs::write(&target, "mine").expect("a file");
    let error = write(&target, &files(&["one"]), true).expect_err("refused");
    assert!(matches!(error, WriteError::InTheWay { .. }), "{error}");
}

#[test]
fn a_move_that_fails_takes_back_those_before_it() {
    let target = folder();
    fs::write(target.path().join("one"), "mine").expect("a file");
    fs::write(target.path().join("wall"), "mine").expect("a file");
    let before = tree(target.path());
    let new = files(&["one", "c/d/two", "wall/three"]);
    // The check would have found the wall: it came after it.
    let work = tempfile::Builder::new().tempdir_in(target.path()).expect("a folder");
    for file in &new {
        let path = work.path().join("new").join(&file.path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, &file.text).expect("a file");
    }
    let error = Moves::new(target.path(), work).all(&new).expect_err("it fails");
    assert!(matches!(&error, WriteError::Failed { path, .. } if path.ends_with("wall/three")), "{error}");
    assert!(!error.is_usage());
    assert_eq!(tree(target.path()), before);
}

#[test]
fn what_can_not_be_written_leaves_nothing_behind() {
    let place = folder();
    let too_long = "x".repeat(300);
    for target in [place.path().to_path_buf(), place.path().join("new")] {
        let error = write(&target, &files(&["one", &too_long]), false).expect_err("it fails");
        assert!(matches!(error, WriteError::Failed { .. }), "{error}");
        assert_eq!(tree(place.path()), BTreeMap::new());
    }
}
