//! What stands around the sheets: which of them has data, the texts that cells share, which formats are dates.

use std::io::{Read, Seek};

use super::package::Package;
use super::sheet::{Dates, Shared, has_data};
use super::{MAX_CELL_BYTES, MAX_SHARED_BYTES, MAX_SHARED_TEXTS, MAX_SHEETS, SAVE_AGAIN};
use crate::RowError;
use crate::xml::{Fault, Step, Xml};

const BOOK: &str = "xl/workbook.xml";
const RELATIONS: &str = "xl/_rels/workbook.xml.rels";
/// Most relations of a workbook, most formats of numbers, most styles of cells: what spreadsheets allow.
const MAX_ENTRIES: usize = 65_536;

pub(super) struct Workbook {
    /// Name of the part.
    pub(super) sheet: String,
    pub(super) shared: Shared,
    pub(super) dates: Dates,
}

/// A relation of the workbook.
struct Relation {
    id: String,
    kind: String,
    target: String,
}

pub(super) fn read<R: Read + Seek>(package: &mut Package<R>) -> Result<Workbook, RowError> {
    let (sheets, is_1904) = sheets(package)?;
    let relations = relations(package)?;
    let mut with_data = Vec::new();
    for id in sheets {
        let relation = relations.iter().find(|relation| relation.id == id && relation.kind == "worksheet");
        if let Some(relation) = relation
            && has_data(package.part(&relation.target)?)?
        {
            with_data.push(relation.target.clone());
        }
    }
    let sheet = match with_data.as_slice() {
        [sheet] => sheet.clone(),
        [] => return Err(RowError::of_file(0, "the workbook has no data", "check that it is the right file")),
        more => {
            let what = format!("{} sheets have data, hidden ones included", more.len());
            return Err(RowError::of_file(0, what, "leave the list alone in the workbook"));
        }
    };
    let part = |kind: &str| relations.iter().find(|relation| relation.kind == kind).map(|relation| relation.target.as_str());
    let mut dates = Dates { is_1904, ..Dates::default() };
    if let Some(name) = part("styles").filter(|name| package.has(name)) {
        read_styles(package.part(name)?, &mut dates)?;
    }
    let mut shared = Shared::default();
    if let Some(name) = part("sharedStrings").filter(|name| package.has(name)) {
        read_shared(package.part(name)?, &mut shared)?;
    }
    Ok(Workbook { sheet, shared, dates })
}

/// Relations of the sheets, and whether dates count from 1904.
fn sheets<R: Read + Seek>(package: &mut Package<R>) -> Result<(Vec<String>, bool), RowError> {
    let mut xml = Xml::new(package.part(BOOK)?);
    let (mut sheets, mut is_1904) = (Vec::new(), false);
    loop {
        match xml.step().map_err(broken)? {
            Step::End => return Ok((sheets, is_1904)),
            Step::Open if xml.name() == "sheet" => {
                if sheets.len() == MAX_SHEETS {
                    return Err(RowError::of_file(0, format!("more than {MAX_SHEETS} sheets"), "leave the list alone in the workbook"));
                }
                sheets.extend(xml.attribute("id").map_err(broken)?);
            }
            Step::Open if xml.name() == "workbookPr" => {
                is_1904 = matches!(xml.attribute("date1904").map_err(broken)?.as_deref(), Some("1" | "true"));
            }
            _ => {}
        }
    }
}

fn relations<R: Read + Seek>(package: &mut Package<R>) -> Result<Vec<Relation>, RowError> {
    let mut xml = Xml::new(package.part(RELATIONS)?);
    let mut relations = Vec::new();
    loop {
        match xml.step().map_err(broken)? {
            Step::End => return Ok(relations),
            Step::Open if xml.name() == "Relationship" && relations.len() < MAX_ENTRIES => {
                let attribute = |name| xml.attribute(name).map(Option::unwrap_or_default).map_err(broken);
                let (id, kind, target) = (attribute("Id")?, attribute("Type")?, attribute("Target")?);
                let kind = kind.rsplit('/').next().unwrap_or_default().to_owned();
                let target = target.strip_prefix('/').map_or_else(|| format!("xl/{target}"), str::to_owned);
                relations.push(Relation { id, kind, target });
            }
            _ => {}
        }
    }
}

/// Styles of cells in their order, and whether each shows a date.
fn read_styles(part: impl Read, dates: &mut Dates) -> Result<(), RowError> {
    let mut xml = Xml::new(part);
    let mut own = Vec::new();
    let mut in_cells = false;
    loop {
        let step = xml.step().map_err(broken)?;
        if step == Step::End {
            return Ok(());
        }
        if step != Step::Open {
            continue;
        }
        let number = |xml: &Xml<_>| -> Result<u32, RowError> {
            Ok(xml.attribute("numFmtId").map_err(broken)?.and_then(|text| text.parse().ok()).unwrap_or(0))
        };
        match xml.name() {
            "numFmt" if own.len() < MAX_ENTRIES => {
                let code = xml.attribute("formatCode").map_err(broken)?.unwrap_or_default();
                if is_date_format(&code) {
                    own.push(number(&xml)?);
                }
            }
            "cellXfs" => in_cells = true,
            // These stand before and after the styles of cells, with styles of their own.
            "cellStyleXfs" | "cellStyles" | "dxfs" => in_cells = false,
            "xf" if in_cells && dates.styles.len() < MAX_ENTRIES => {
                let format = number(&xml)?;
                dates.styles.push(matches!(format, 14..=17 | 22 | 27..=36 | 50..=58) || own.contains(&format));
            }
            _ => {}
        }
    }
}

/// A format with a day or a year outside of quotes and brackets.
fn is_date_format(code: &str) -> bool {
    let (mut quoted, mut bracketed, mut escaped) = (false, false, false);
    code.chars().any(|c| {
        let literal = std::mem::take(&mut escaped);
        match c {
            _ if literal => {}
            '\\' | '_' | '*' => escaped = true,
            '"' => quoted = !quoted,
            '[' if !quoted => bracketed = true,
            ']' => bracketed = false,
            'd' | 'D' | 'y' | 'Y' if !quoted && !bracketed => return true,
            _ => {}
        }
        false
    })
}

fn read_shared(part: impl Read, shared: &mut Shared) -> Result<(), RowError> {
    let mut xml = Xml::new(part);
    let mut path = Vec::new();
    let mut begin = 0;
    loop {
        match xml.step().map_err(broken)? {
            Step::End => return Ok(()),
            Step::Open => {
                path.push(Tag::of(xml.name()));
                if path.last() == Some(&Tag::Item) {
                    begin = shared.text.len();
                }
            }
            // `rPh` holds how a text is spoken, not the text.
            Step::Text if path.last() == Some(&Tag::Text) && !path.contains(&Tag::Spoken) => {
                shared.text.push_str(xml.text());
                if shared.text.len() > MAX_SHARED_BYTES || shared.text.len() - begin > MAX_CELL_BYTES {
                    return Err(too_much());
                }
            }
            Step::Text => {}
            Step::Close => {
                if path.pop() == Some(Tag::Item) {
                    if shared.ends.len() == MAX_SHARED_TEXTS {
                        return Err(too_much());
                    }
                    shared.ends.push(u32::try_from(shared.text.len()).expect("at most MAX_SHARED_BYTES"));
                }
            }
        }
    }
}

fn too_much() -> RowError {
    RowError::of_file(0, "the texts of the workbook are too large", "split it, or send it as CSV, which has no limit")
}

#[derive(PartialEq, Eq)]
enum Tag {
    Item,
    Text,
    Spoken,
    Other,
}

impl Tag {
    fn of(name: &str) -> Self {
        match name {
            "si" => Self::Item,
            "t" => Self::Text,
            "rPh" => Self::Spoken,
            _ => Self::Other,
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
pub(super) fn broken(fault: Fault) -> RowError {
    let remedy = if fault.what.starts_with("the file cannot") { fault.remedy } else { SAVE_AGAIN };
    RowError::of_file(0, format!("in a part of the workbook: {}", fault.what), remedy)
}
