//! MT940, the customer statement message of SWIFT: fields one under the other, amounts with a comma.
//!
//! | field | ours |
//! |---|---|
//! | `:20:`, `:25:`, `:28C:` statement/page | reference, account, number |
//! | `:60F:`, `:62F:` mark, day, currency, amount | opening and closing balance |
//! | `:60M:`, `:62M:` | the same between the pages of one statement, which must stand in one file and one after the other |
//! | `:61:` value day, entry day, mark, funds code, amount, type, reference, `//` bank's reference; a second line | a line |
//! | `:86:` after a `:61:`, up to [`MAX_FIELD_LINES`] lines | its text |
//!
//! Marks: `C`, `D`; `RC` takes a credit back and is a debit, `RD` a debit, and is a credit. A page may stand in a message of SWIFT (`{1:..}{4: .. -}`) or end
//! with `-`. Other fields are read past. Bounds: UTF-8, [`MAX_LINE_BYTES`].

use std::io::BufRead;

mod line;

use chrono::NaiveDate;

use super::{ASK_THE_BANK, Balance, CURRENCY, Counted, Direction, Fault, Line, MAX_ID_CHARS, Statement, amount, unreadable};

/// Longest line of the file: the standard has 65 characters, banks write more.
const MAX_LINE_BYTES: usize = 2 * 1024;
/// Most lines of one field.
const MAX_FIELD_LINES: usize = 32;
const RIGHT_FILE: &str = "send camt.053.001.02, camt.053.001.08 or MT940";
/// Years of two digits above this are of the last century.
const LAST_YEAR: i32 = 79;

/// What is wrong with the value of a field, and what to do.
type Wrong = (String, &'static str);

/// A page as far as it is read.
#[derive(Debug, Default)]
struct Page {
    reference: String,
    account: String,
    number: String,
    opening: Option<(Balance, bool)>,
    lines: Vec<Line>,
    passed_over: u64,
    /// The last field was a `:61:`, whose `:86:` may follow.
    takes_text: bool,
}

/// A statement whose last page has not come.
struct Unfinished {
    statement: Statement,
    at: String,
}

#[derive(Default)]
struct Reading {
    page: Page,
    is_open: bool,
    unfinished: Option<Unfinished>,
    counted: Counted,
    done: Vec<Statement>,
}

/// A field with the line on which it begins.
#[derive(Default)]
struct Field {
    tag: String,
    lines: Vec<String>,
    at: u64,
}

/// The statements of a file.
pub(super) fn read(source: &mut impl BufRead) -> Result<Vec<Statement>, Fault> {
    let mut reading = Reading::default();
    let mut field = Field::default();
    let mut bytes = Vec::new();
    for at in 1_u64.. {
        let Some(text) = next_line(source, &mut bytes, at)? else { break };
        let text = text.rfind("{4:").map_or(text, |block| &text[block + 3..]);
        if let Some((tag, value)) = tagged(text) {
            reading.take(&std::mem::replace(&mut field, Field { tag: tag.to_owned(), lines: vec![value.to_owned()], at }))?;
        } else if text.starts_with('-') || text.starts_with("{5:") {
            reading.take(&std::mem::take(&mut field))?;
        } else if field.tag.is_empty() {
            if !text.trim().is_empty() && !text.starts_with("{1:") {
                return Err(Fault::new(format!("line {at}"), "", "neither a field of MT940 nor XML", RIGHT_FILE));
            }
        } else if field.lines.len() == MAX_FIELD_LINES {
            return Err(field.fault(format!("the field has more than {MAX_FIELD_LINES} lines"), ASK_THE_BANK));
        } else {
            field.lines.push(text.to_owned());
        }
    }
    reading.take(&field)?;
    if reading.is_open {
        return Err(Fault::new("the end of the file", ":62F:", "the last statement has no closing balance", "send the whole file"));
    }
    if let Some(unfinished) = reading.unfinished {
        return Err(Fault::new(
            unfinished.at,
            ":62M:",
            "the statement goes on, and its next page is missing",
            "send all its pages in one file",
        ));
    }
    Ok(reading.done)
}

/// The next line, without its end; none at the end of the file.
fn next_line<'a>(source: &mut impl BufRead, into: &'a mut Vec<u8>, at: u64) -> Result<Option<&'a str>, Fault> {
    into.clear();
    let mut limited = std::io::Read::take(source, MAX_LINE_BYTES as u64);
    let count = limited.read_until(b'\n', into).map_err(|error| unreadable(&error))?;
    let fault = |what: String, remedy: &str| Fault::new(format!("line {at}"), "", what, remedy);
    if count == MAX_LINE_BYTES && into.last() != Some(&b'\n') {
        return Err(fault(format!("longer than {MAX_LINE_BYTES} bytes"), RIGHT_FILE));
    }
    if count == 0 {
        return Ok(None);
    }
    let text = str::from_utf8(into).map_err(|_| fault("not UTF-8".to_owned(), "save the file as UTF-8"))?;
    if text.contains('\0') {
        return Err(fault("it holds a NUL character".to_owned(), "save the file as UTF-8"));
    }
    Ok(Some(text.trim_end_matches(['\n', '\r'])))
}

/// `:28C:17/1` as tag and value.
fn tagged(text: &str) -> Option<(&str, &str)> {
    let (tag, value) = text.strip_prefix(':')?.split_once(':')?;
    let is_tag = (2..=3).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_tag.then_some((tag, value))
}

impl Field {
    fn fault(&self, what: impl Into<String>, remedy: &str) -> Fault {
        Fault::new(format!("line {}", self.at), format!(":{}:", self.tag), what, remedy)
    }

    fn first(&self) -> &str {
        self.lines.first().map_or("", |line| line.trim())
    }
}

impl Reading {
    fn take(&mut self, field: &Field) -> Result<(), Fault> {
        let blamed = |(what, remedy): Wrong| field.fault(what, remedy);
        if field.tag != "20" && !self.is_open && ["25", "28C", "60F", "60M", "61", "62F", "62M"].contains(&field.tag.as_str()) {
            return Err(field.fault("it stands outside of a statement, which opens with :20:", RIGHT_FILE));
        }
        match field.tag.as_str() {
            "20" if self.is_open => return Err(field.fault("the statement before has no closing balance :62F:", ASK_THE_BANK)),
            "20" => {
                self.page = Page { reference: identifier(field.first()).map_err(blamed)?, ..Page::default() };
                self.is_open = true;
            }
            "25" | "25P" => self.page.account = identifier(field.first()).map_err(blamed)?,
            "28C" | "28" => self.page.number = number(field.first()).map_err(blamed)?,
            "60F" | "60M" => self.page.opening = Some((balance(field.first()).map_err(blamed)?, field.tag == "60M")),
            "61" => {
                self.counted.line(&format!("line {}", field.at))?;
                match line::line(&field.lines).map_err(blamed)? {
                    Some(line) => self.page.lines.push(line),
                    None => self.page.passed_over += 1,
                }
            }
            "86" if self.page.takes_text => line::add_text(self.page.lines.last_mut(), &field.lines),
            "62F" | "62M" => self.end(field)?,
            _ => {}
        }
        self.page.takes_text = field.tag == "61" && self.page.lines.last().is_some();
        Ok(())
    }

    /// A page ends: it begins a statement, or goes on with the one before.
    fn end(&mut self, field: &Field) -> Result<(), Fault> {
        let closing = balance(field.first()).map_err(|(what, remedy)| field.fault(what, remedy))?;
        let page = std::mem::take(&mut self.page);
        self.is_open = false;
        let missing = |tag: &str| Fault::new(format!("line {}", field.at), tag, "missing before the closing balance", ASK_THE_BANK);
        let (opening, goes_on) = page.opening.ok_or_else(|| missing(":60F:"))?;
        if page.account.is_empty() {
            return Err(missing(":25:"));
        }
        let statement = match (self.unfinished.take(), goes_on) {
            (None, false) => {
                self.counted.statement(&format!("line {}", field.at))?;
                let Page { reference, account, number, lines, passed_over, .. } = page;
                Statement { account, number, reference, opening, closing, lines, passed_over }
            }
            (Some(before), true) => joined(before, page, opening, closing, field)?,
            (None, true) => return Err(field.fault("the page before this one (:60M:) is missing", "send all pages in one file")),
            (Some(before), false) => {
                let what = "the statement goes on, and its next page is missing";
                return Err(Fault::new(before.at, ":62M:", what, "send all its pages in one file, one after the other"));
            }
        };
        statement.check(&format!("line {}", field.at), &format!(":{}:", field.tag))?;
        if field.tag == "62M" {
            self.unfinished = Some(Unfinished { statement, at: format!("line {}", field.at) });
        } else {
            self.done.push(statement);
        }
        Ok(())
    }
}

/// The next page of a statement.
fn joined(before: Unfinished, page: Page, opening: Balance, closing: Balance, field: &Field) -> Result<Statement, Fault> {
    let mut statement = before.statement;
    if (&statement.account, &statement.number) != (&page.account, &page.number) {
        return Err(Fault::new(
            before.at,
            ":62M:",
            "the page that follows is of another statement",
            "send all its pages one after the other",
        ));
    }
    if statement.closing.rupiah != opening.rupiah {
        let what = format!("the page before ends with {}, and this one begins with {}", statement.closing.rupiah, opening.rupiah);
        return Err(field.fault(what, ASK_THE_BANK));
    }
    statement.lines.extend(page.lines);
    statement.passed_over += page.passed_over;
    statement.closing = closing;
    Ok(statement)
}

fn identifier(text: &str) -> Result<String, Wrong> {
    let is_one = (1..=MAX_ID_CHARS).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if is_one { Ok(text.to_owned()) } else { Err(("empty or too long".to_owned(), ASK_THE_BANK)) }
}

/// The number of the statement; its pages are told by their balances.
fn number(text: &str) -> Result<String, Wrong> {
    let number = text.split('/').next().unwrap_or_default();
    if number.is_empty() || number.len() > 10 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(("no statement number as in 17/1".to_owned(), ASK_THE_BANK));
    }
    Ok(number.trim_start_matches('0').to_owned())
}

/// `C200714IDR300000,`
fn balance(text: &str) -> Result<Balance, Wrong> {
    let form = || ("no balance as in C200714IDR300000,00".to_owned(), ASK_THE_BANK);
    let direction = match text.get(..1) {
        Some("C") => Direction::Credit,
        Some("D") => Direction::Debit,
        _ => return Err(form()),
    };
    let (day, currency, figure) = (text.get(1..7).ok_or_else(form)?, text.get(7..10).ok_or_else(form)?, text.get(10..).ok_or_else(form)?);
    if currency != CURRENCY {
        return Err(("the account is not in IDR".to_owned(), "send the statement of the rupiah account"));
    }
    let on = self::day(day).ok_or_else(form)?;
    Ok(Balance { on, rupiah: direction.signed(amount::rupiah(figure, ',')?.get()) })
}

/// `200714`
fn day(text: &str) -> Option<NaiveDate> {
    if text.len() != 6 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |at: usize| text[at..at + 2].parse::<u32>().ok();
    let year = i32::try_from(part(0)?).ok()?;
    NaiveDate::from_ymd_opt(if year > LAST_YEAR { 1900 } else { 2000 } + year, part(2)?, part(4)?)
}
