//! How the machine's processor is called.

use std::process::Command;

/// Where Linux describes each processor (`proc(5)`).
const DESCRIPTION: &str = "/proc/cpuinfo";
/// What tells it on Apple's systems.
const SYSCTL: &str = "/usr/sbin/sysctl";

/// The processor's name as the system tells it; `None` where it does not.
pub(super) fn name() -> Option<String> {
    let text = std::fs::read_to_string(DESCRIPTION).ok();
    text.as_deref().and_then(described).or_else(asked)
}

/// The name in Linux's description: of x86 the model's, of Arm what maker and part are numbered.
fn described(text: &str) -> Option<String> {
    let value = |key: &str| {
        let mut pairs = text.lines().filter_map(|line| line.split_once(':'));
        let found = pairs.find(|(name, _)| name.trim() == key).map(|(_, value)| value.trim());
        found.filter(|value| !value.is_empty())
    };
    if let Some(model) = value("model name") {
        return Some(model.to_string());
    }
    let (maker, part) = (value("CPU implementer")?, value("CPU part")?);
    Some(format!("implementer {maker}, part {part}"))
}

fn asked() -> Option<String> {
    let answer = Command::new(SYSCTL).args(["-n", "machdep.cpu.brand_string"]).output().ok()?;
    let name = String::from_utf8(answer.stdout).ok()?.trim().to_string();
    (answer.status.success() && !name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_descriptions_of_linux_are_read() {
        let x86 =
            "processor\t: 0\nvendor_id\t: AuthenticAMD\nmodel\t\t: 17\nmodel name\t: AMD EPYC: 7\n";
        assert_eq!(described(x86).as_deref(), Some("AMD EPYC: 7"));
        let arm = "processor : 0\nBogoMIPS : 50.0\nCPU implementer : 0x41\nCPU part : 0xd0c\n";
        assert_eq!(described(arm).as_deref(), Some("implementer 0x41, part 0xd0c"));
        assert_eq!(described("processor : 0\nmodel name :\n"), None);
    }
}
