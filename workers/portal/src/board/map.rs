//! Indonesia as tiles: one per province, roughly where it lies.
//!
//! Two halves of eight columns, west and east, stand side by side on wide screens and one above the other on telephones. Codes are those of
//! Kemendagri, abbreviations those of ISO 3166-2:ID.

/// Columns of a half.
pub const COLUMNS: u8 = 8;
/// Rows of a half.
pub const ROWS: u8 = 7;

/// A province on the map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tile {
    /// Two digits.
    pub province: &'static str,
    /// `BB`
    pub short: &'static str,
    /// 1 to 16, west to east.
    pub column: u8,
    /// 1 to 7, north to south.
    pub row: u8,
}

const fn tile(province: &'static str, short: &'static str, column: u8, row: u8) -> Tile {
    Tile { province, short, column, row }
}

/// All 38, by code.
pub const TILES: [Tile; 38] = [
    tile("11", "AC", 1, 1),
    tile("12", "SU", 2, 2),
    tile("13", "SB", 2, 3),
    tile("14", "RI", 3, 2),
    tile("15", "JA", 3, 3),
    tile("16", "SS", 4, 4),
    tile("17", "BE", 3, 4),
    tile("18", "LA", 4, 5),
    tile("19", "BB", 5, 4),
    tile("21", "KR", 4, 2),
    tile("31", "JK", 6, 6),
    tile("32", "JB", 6, 7),
    tile("33", "JT", 7, 6),
    tile("34", "YO", 7, 7),
    tile("35", "JI", 8, 6),
    tile("36", "BT", 5, 6),
    tile("51", "BA", 9, 7),
    tile("52", "NB", 10, 7),
    tile("53", "NT", 11, 7),
    tile("61", "KB", 6, 2),
    tile("62", "KT", 6, 3),
    tile("63", "KS", 7, 3),
    tile("64", "KI", 7, 2),
    tile("65", "KU", 7, 1),
    tile("71", "SA", 11, 1),
    tile("72", "ST", 10, 2),
    tile("73", "SN", 9, 4),
    tile("74", "SG", 10, 3),
    tile("75", "GO", 10, 1),
    tile("76", "SR", 9, 3),
    tile("81", "MA", 12, 4),
    tile("82", "MU", 12, 2),
    tile("91", "PA", 16, 3),
    tile("92", "PB", 14, 3),
    tile("93", "PS", 16, 5),
    tile("94", "PT", 15, 3),
    tile("95", "PE", 16, 4),
    tile("96", "PD", 13, 3),
];

/// Abbreviation of a province.
pub fn short(province: &str) -> &'static str {
    TILES.iter().find(|tile| tile.province == province).map_or("", |tile| tile.short)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use salur_domain::region;

    use super::*;

    #[test]
    fn every_province_has_one_tile_of_its_own() {
        let known: Vec<String> = region::provinces().map(|(code, _)| code.to_string()).collect();
        assert_eq!(TILES.map(|tile| tile.province.to_owned()).to_vec(), known);
        assert_eq!(TILES.iter().map(|tile| (tile.column, tile.row)).collect::<HashSet<_>>().len(), TILES.len());
        assert_eq!(TILES.iter().map(|tile| tile.short).collect::<HashSet<_>>().len(), TILES.len());
        assert!(TILES.iter().all(|tile| (1..=2 * COLUMNS).contains(&tile.column) && (1..=ROWS).contains(&tile.row)));
    }
}
