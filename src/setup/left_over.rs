//! Files in a project's folder that were written for another project: what lies in `force-app` is deployed with it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::project::Project;

/// Where the classes are.
const CLASSES: &str = "force-app/main/default/classes";
/// What stands in each class that Salesforce runs after a copy.
const MARK: &str = "Written by `relay-scrub setup";

/// The files below `folder` that `setup` wrote, and that are not of this project, by their path with `/`. A class of
/// another name is known by its text; what can't be read is nobody's.
pub fn left_over(folder: &Path, project: &Project) -> Vec<String> {
    let own: BTreeSet<String> = project.files().into_iter().map(|file| file.path).collect();
    let others = project.paths_of_others().into_iter().chain(classes(folder));
    let others: BTreeSet<String> = others.filter(|path| !own.contains(path)).collect();
    others.into_iter().filter(|path| folder.join(path).is_file()).collect()
}

/// The files that belong to each class that was written for a project.
fn classes(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder.join(CLASSES)).into_iter().flatten().flatten();
    let named = entries.filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?.strip_suffix(".cls")?.to_string();
        fs::read_to_string(entry.path()).is_ok_and(|text| text.contains(MARK)).then_some(name)
    });
    let files = |name: String| {
        ["", "Test"].into_iter().flat_map(move |test| {
            let class = format!("{CLASSES}/{name}{test}.cls");
            [format!("{class}-meta.xml"), class]
        })
    };
    named.flat_map(files).collect()
}
