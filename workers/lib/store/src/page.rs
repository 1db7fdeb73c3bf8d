//! A page of a list: so many rows at most, and whether more follow. One row more than a page shows is asked for, so that a list which ends with a page says so
//! instead of offering an empty one.

use serde::{Serialize, Serializer};

/// Rows of a page.
#[derive(Debug, Clone)]
pub struct Page<T> {
    rows: Vec<T>,
    has_more: bool,
}

/// How many rows to ask for to fill a page of this size and know whether more follow.
pub const fn asked(size: i64) -> i64 {
    size + 1
}

impl<T> Page<T> {
    /// The page of this size of what was read when [`asked`] for it.
    pub fn of(mut rows: Vec<T>, size: i64) -> Self {
        let size = usize::try_from(size).expect("pages are counted from 0");
        let has_more = rows.len() > size;
        rows.truncate(size);
        Self { rows, has_more }
    }

    /// The row behind which the next page begins, if there is one.
    pub fn last_before_more(&self) -> Option<&T> {
        self.rows.last().filter(|_| self.has_more)
    }
}

impl<T> std::ops::Deref for Page<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.rows
    }
}

impl<T> IntoIterator for Page<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.rows.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Page<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.rows.iter()
    }
}

/// As the list of its rows.
impl<T: Serialize> Serialize for Page<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.rows.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_ends_with_a_page_offers_no_next_one() {
        let next = |rows: i64| Page::of((0..rows.min(asked(50))).collect(), 50).last_before_more().copied();
        assert_eq!([0, 49, 50, 51, 100].map(next), [None, None, None, Some(49), Some(49)]);
        assert_eq!(Page::of((0..51).collect(), 50).len(), 50);
    }
}
