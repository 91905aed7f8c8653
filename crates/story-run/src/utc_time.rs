//! The time of day in UTC, for the names of folders and for what is written down of a run.

use std::time::{SystemTime, UNIX_EPOCH};

/// A second of the civil calendar, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UtcTime {
    year: u64,
    month: u64,
    day: u64,
    /// Since midnight.
    second: u64,
}

impl UtcTime {
    /// By the machine's clock.
    pub(crate) fn now() -> Self {
        Self::from(SystemTime::now())
    }

    /// `YYYYMMDD-HHMMSS`, for names.
    pub(crate) fn compact(self) -> String {
        let Self { year, month, day, .. } = self;
        let [hour, minute, second] = self.of_day();
        format!("{year:04}{month:02}{day:02}-{hour:02}{minute:02}{second:02}")
    }

    /// `YYYY-MM-DDTHH:MM:SSZ`, as ISO 8601 has it.
    pub(crate) fn iso(self) -> String {
        let Self { year, month, day, .. } = self;
        let [hour, minute, second] = self.of_day();
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }

    /// Hour, minute and second.
    fn of_day(self) -> [u64; 3] {
        [self.second / 3600, self.second % 3600 / 60, self.second % 60]
    }
}

/// By Howard Hinnant's civil-from-days formula; what lies before 1970 is its first second.
impl From<SystemTime> for UtcTime {
    fn from(time: SystemTime) -> Self {
        let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let (days, second) = (seconds / 86_400, seconds % 86_400);
        let z = days + 719_468;
        let era = z / 146_097;
        let day_of_era = z % 146_097;
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_index = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_index + 2) / 5 + 1;
        let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
        let year = year_of_era + era * 400 + u64::from(month <= 2);
        Self { year, month, day, second }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn seconds_are_civil_dates() {
        let at = |seconds| UtcTime::from(UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(at(0).compact(), "19700101-000000");
        assert_eq!(at(951_827_696).compact(), "20000229-123456");
        assert_eq!(at(1_767_225_599).compact(), "20251231-235959");
        assert_eq!(at(951_827_696).iso(), "2000-02-29T12:34:56Z");
    }
}
