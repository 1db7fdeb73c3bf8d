//! Who runs the command, for the audit: the effective user of the process, as the system's list of users calls it, not what the
//! environment claims.

use std::os::unix::fs::MetadataExt;

/// `siti (uid 1000)`; the number alone where the list has no name.
pub fn name() -> String {
    let Ok(process) = std::fs::metadata("/proc/self") else { return "unknown".to_owned() };
    let uid = process.uid();
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    user(&users, uid).map_or_else(|| format!("uid {uid}"), |name| format!("{name} (uid {uid})"))
}

/// The name of a user in a list as in passwd(5).
fn user(users: &str, uid: u32) -> Option<&str> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == uid.to_string()).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::user;

    #[test]
    fn a_user_is_found_by_number() {
        let users = "root:x:0:0:root:/root:/bin/sh\nsiti:x:1000:1000::/home/siti:/bin/sh\n";
        assert_eq!(user(users, 1000), Some("siti"));
        assert_eq!(user(users, 7), None);
    }
}
