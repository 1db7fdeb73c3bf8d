//! What the public does not see: how few.
//!
//! A count of 1 to [`FEW`] - 1 families in a place can point at a family, so such a cell is hidden (primary suppression). A hidden cell can be worked out
//! where it is the only one in a sum whose other parts are shown: a province and its regencies, funded and paid and open, all tranches and each. There the
//! smallest other cell that counts anybody is hidden too (complementary suppression; Willenborg and de Waal, Elements of Statistical Disclosure Control),
//! until no sum has exactly one. Both look alike, so that a mark tells nothing. What is left: bounds, as that two hidden cells together are seven.

/// Fewest families that are told.
pub const FEW: i64 = 5;

/// Cells of a board and the sums between them.
#[derive(Debug, Default)]
pub struct Cells {
    families: Vec<i64>,
    is_hidden: Vec<bool>,
    sums: Vec<Vec<usize>>,
}

impl Cells {
    /// Adds a cell; cells are known by the order in which they came.
    pub fn add(&mut self, families: i64) {
        self.families.push(families);
        self.is_hidden.push((1..FEW).contains(&families.abs()));
    }

    /// Says that one of these cells is the sum of the others.
    pub fn relate(&mut self, cells: impl IntoIterator<Item = usize>) {
        let cells: Vec<usize> = cells.into_iter().collect();
        if cells.len() > 1 {
            self.sums.push(cells);
        }
    }

    /// Which cells are hidden, once no sum tells one.
    pub fn hidden(mut self) -> Vec<bool> {
        loop {
            let mut is_closed = true;
            for sum in &self.sums {
                let mut hidden = sum.iter().filter(|cell| self.is_hidden[**cell]);
                if hidden.next().is_none() || hidden.next().is_some() {
                    continue;
                }
                let others = sum.iter().copied().filter(|cell| !self.is_hidden[*cell]);
                if let Some(other) = others.min_by_key(|cell| (self.families[*cell] == 0, self.families[*cell].abs())) {
                    self.is_hidden[other] = true;
                    is_closed = false;
                }
            }
            if is_closed {
                return self.is_hidden;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether an onlooker who knows the sums can work a hidden cell out.
    fn is_told(families: &[i64], hidden: &[bool], sums: &[&[usize]]) -> bool {
        let mut hidden = hidden.to_vec();
        let mut told = false;
        loop {
            let one = sums.iter().find_map(|sum| {
                let unknown: Vec<usize> = sum.iter().copied().filter(|cell| hidden[*cell]).collect();
                (unknown.len() == 1).then(|| unknown[0])
            });
            let Some(one) = one else { return told };
            hidden[one] = false;
            told |= (1..FEW).contains(&families[one]);
        }
    }

    fn hide(families: &[i64], sums: &[&[usize]]) -> Vec<bool> {
        let mut cells = Cells::default();
        for families in families {
            cells.add(*families);
        }
        for sum in sums {
            cells.relate(sum.iter().copied());
        }
        cells.hidden()
    }

    #[test]
    fn few_are_hidden_and_the_next_smallest_with_them() {
        // a province of three regencies
        let sums: [&[usize]; 1] = [&[0, 1, 2, 3]];
        assert_eq!(hide(&[110, 3, 100, 7], &sums), [false, true, false, true]);
        assert_eq!(hide(&[0, 0, 0, 0], &sums), [false; 4], "nobody is told freely");
        assert_eq!(hide(&[3, 3, 0, 0], &sums), [true, true, false, false]);
    }

    #[test]
    fn no_onlooker_works_a_few_out() {
        // two tranches and their sum, of a province with three regencies: rows are slices, columns places
        let sums: Vec<Vec<usize>> = (0..3)
            .map(|slice| (0..4).map(|place| slice * 4 + place).collect())
            .chain((0..4).map(|place| vec![place, 4 + place, 8 + place]))
            .collect();
        let sums: Vec<&[usize]> = sums.iter().map(Vec::as_slice).collect();
        let mut seed = 7_u64;
        let mut alone = 0;
        for _ in 0..2_000 {
            let mut families = vec![0_i64; 12];
            for slice in 1..3 {
                for place in 1..4 {
                    seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    families[slice * 4 + place] = i64::try_from((seed >> 33) % 9).expect("small");
                    families[slice * 4] += families[slice * 4 + place];
                }
            }
            for place in 0..4 {
                families[place] = families[4 + place] + families[8 + place];
            }
            assert!(!is_told(&families, &hide(&families, &sums), &sums), "{families:?}");
            let primary: Vec<bool> = families.iter().map(|families| (1..FEW).contains(families)).collect();
            alone += usize::from(is_told(&families, &primary, &sums));
        }
        assert!(alone > 500, "negative control: hiding the few alone tells them {alone} times");
    }
}
