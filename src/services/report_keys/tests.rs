use super::*;

fn made(folder: &Path, seed: u8, former: Former) -> ReportKey {
    let key = ReportKey::from_seed([seed; KEY_BYTES]);
    assert!(keep(&folder.join(FOLDER), &key, former).unwrap());
    key
}

#[test]
fn a_first_key_is_for_its_owner_alone_and_never_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let place = ReportKeyPlace::of(Path::new(""), folder.path());
    assert!(place.read().unwrap().is_none());
    assert_eq!(place.known().unwrap(), []);
    let first = made(folder.path(), 1, Former::None);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let facts = std::fs::metadata(folder.path().join(FOLDER).join(PRIVATE_FILE)).unwrap();
        assert_eq!(facts.permissions().mode() & 0o777, 0o600);
    }
    let late = ReportKey::from_seed([2; KEY_BYTES]);
    assert!(!keep(&folder.path().join(FOLDER), &late, Former::None).unwrap());
    assert_eq!(place.read().unwrap().unwrap().public(), first.public());
    assert_eq!(place.known().unwrap(), [first.public()]);
}

#[test]
fn the_public_half_of_a_replaced_key_stays() {
    let folder = tempfile::tempdir().unwrap();
    let place = ReportKeyPlace::Archive(folder.path().to_owned());
    let first = made(folder.path(), 1, Former::None).public();
    let second = made(folder.path(), 2, Former::Replaced(first.id())).public();
    assert_eq!(place.read().unwrap().unwrap().public(), second);
    let known = place.known().unwrap();
    assert!(known.contains(&first) && known.contains(&second) && known.len() == 2);
}

#[test]
fn a_key_that_cannot_be_used_is_told_with_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.pem");
    let place = ReportKeyPlace::of(&path, folder.path());
    let told = || place.read().unwrap_err().to_string();
    assert!(told().contains("key.pem cannot be read"), "{}", told());

    std::fs::create_dir(&path).unwrap();
    assert!(told().contains("key.pem cannot be read"), "{}", told());
    std::fs::remove_dir(&path).unwrap();

    let secret = ReportKey::from_seed([3; KEY_BYTES]).to_pem();
    std::fs::write(&path, &secret).unwrap();
    close(&path, 0o644);
    #[cfg(unix)]
    assert!(told().contains("has the mode 644"), "{}", told());
    close(&path, 0o600);
    assert!(place.read().unwrap().is_some());

    std::fs::write(&path, [0xff; 40]).unwrap();
    assert!(told().contains("-----BEGIN PRIVATE KEY-----"), "{}", told());
    let body = secret.lines().nth(1).unwrap();
    std::fs::write(&path, secret.replace(body, &body[..40])).unwrap();
    assert!(told().contains("30 bytes, expected 48"), "{}", told());
    std::fs::write(&path, vec![b' '; 70_000]).unwrap();
    assert!(told().contains("larger than 65536 bytes"), "{}", told());
}

#[cfg(unix)]
fn close(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
fn close(_: &Path, _: u32) {}
