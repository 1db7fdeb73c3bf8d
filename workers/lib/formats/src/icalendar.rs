//! A calendar as RFC 5545 has it, written event by event.
//!
//! Moments are UTC, so that no table of zones is needed. Texts are escaped and lines folded at 75 octets, never within a character (3.1, 3.3.11). Ids and
//! stamps are the caller's: the same events give the same bytes. Bound: one event in memory.

use std::io::{self, Write};

use chrono::{DateTime, Utc};

/// Longest line in octets, without its end.
const LINE: usize = 75;
const MOMENT: &str = "%Y%m%dT%H%M%SZ";

/// An event.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a> {
    /// Unique for ever, the same for the same event.
    pub uid: &'a str,
    /// Counts its changes.
    pub sequence: i64,
    /// It does not take place any more.
    pub is_cancelled: bool,
    /// When the calendar was made.
    pub stamp: DateTime<Utc>,
    /// Begins.
    pub from: DateTime<Utc>,
    /// Ends.
    pub to: DateTime<Utc>,
    /// What it is.
    pub summary: &'a str,
    /// Where.
    pub location: &'a str,
}

/// Writes a calendar.
#[derive(Debug)]
pub struct Calendar<W: Write>(W);

impl<W: Write> Calendar<W> {
    /// Begins a calendar of that name.
    pub fn begin(to: W, name: &str) -> io::Result<Self> {
        let mut calendar = Self(to);
        for line in ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//salur//schedule//ID", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"] {
            calendar.line(line)?;
        }
        calendar.line(&format!("X-WR-CALNAME:{}", escaped(name)))?;
        Ok(calendar)
    }

    /// Adds an event.
    ///
    /// ```
    /// use salur_formats::icalendar::{Calendar, Event};
    /// let at = "2026-07-14T01:00:00Z".parse().unwrap();
    /// let event = Event { uid: "a@salur", sequence: 0, is_cancelled: false, stamp: at, from: at, to: at, summary: "Desa A; 12 keluarga", location: "" };
    /// let mut calendar = Calendar::begin(Vec::new(), "KP-190201").unwrap();
    /// calendar.event(&event).unwrap();
    /// let text = String::from_utf8(calendar.end().unwrap()).unwrap();
    /// assert!(text.contains("SUMMARY:Desa A\\; 12 keluarga\r\n") && text.ends_with("END:VCALENDAR\r\n"));
    /// ```
    pub fn event(&mut self, event: &Event<'_>) -> io::Result<()> {
        self.line("BEGIN:VEVENT")?;
        self.line(&format!("UID:{}", escaped(event.uid)))?;
        self.line(&format!("SEQUENCE:{}", event.sequence))?;
        if event.is_cancelled {
            self.line("STATUS:CANCELLED")?;
        }
        for (name, moment) in [("DTSTAMP", event.stamp), ("DTSTART", event.from), ("DTEND", event.to)] {
            self.line(&format!("{name}:{}", moment.format(MOMENT)))?;
        }
        self.line(&format!("SUMMARY:{}", escaped(event.summary)))?;
        if !event.location.is_empty() {
            self.line(&format!("LOCATION:{}", escaped(event.location)))?;
        }
        self.line("END:VEVENT")
    }

    /// Ends the calendar.
    pub fn end(mut self) -> io::Result<W> {
        self.line("END:VCALENDAR")?;
        Ok(self.0)
    }

    fn line(&mut self, text: &str) -> io::Result<()> {
        let mut width = 0;
        for character in text.chars() {
            if width + character.len_utf8() > LINE {
                self.0.write_all(b"\r\n ")?;
                width = 1;
            }
            self.0.write_all(character.encode_utf8(&mut [0; 4]).as_bytes())?;
            width += character.len_utf8();
        }
        self.0.write_all(b"\r\n")
    }
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | ';' | ',' => safe.extend(['\\', character]),
            '\n' => safe.push_str("\\n"),
            character if character.is_control() => {}
            character => safe.push(character),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(summary: &str) -> String {
        let at = "2026-07-14T01:00:00Z".parse().expect("a moment");
        let mut calendar = Calendar::begin(Vec::new(), "KP").expect("memory takes text");
        calendar
            .event(&Event { uid: "u", sequence: 3, is_cancelled: true, stamp: at, from: at, to: at, summary, location: "Jl. A, 1" })
            .expect("memory takes text");
        String::from_utf8(calendar.end().expect("memory takes text")).expect("text")
    }

    #[test]
    fn no_line_is_longer_than_75_octets_and_unfolding_gives_the_text_back() {
        for length in 1..200 {
            let summary: String = "é€x".chars().cycle().take(length).collect();
            let text = written(&summary);
            assert!(text.split("\r\n").all(|line| line.len() <= LINE), "{text}");
            assert!(text.replace("\r\n ", "").contains(&format!("SUMMARY:{summary}\r\n")));
        }
    }

    #[test]
    fn a_text_cannot_end_its_line() {
        let text = written("a\r\nEND:VCALENDAR\\,;");
        assert!(text.contains("SUMMARY:a\\nEND:VCALENDAR\\\\\\,\\;\r\n"), "{text}");
        assert!(text.contains("LOCATION:Jl. A\\, 1\r\n") && text.contains("DTSTART:20260714T010000Z\r\n"));
    }
}
