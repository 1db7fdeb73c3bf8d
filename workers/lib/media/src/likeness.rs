//! What makes two photos look alike: 32 x 32 grey cells, two hashes to find candidates by, and a comparison that decides.
//!
//! Families stand at the same counter, in the same light, in the same pose. So a hash of 64 bits finds candidates and proves nothing: on 500 such visits nearly
//! every one has another within eight bits (`docs/proof.md`). What decides is the correlation of local contrast over the cells: each cell less the mean of
//! its nine neighbours, so that light does not matter. A copy that was encoded, scaled, brightened or mirrored again is compared whole; one that was cropped is
//! laid over the other at 49 places, both ways round.
//!
//! Sources: difference hash and DCT hash as N. Krawetz described them; DCT-II by definition. Bounded: 1,024 cells, 196 products of 400 numbers a comparison.

use std::cell::OnceCell;

use serde::{Deserialize, Serialize};

/// Cells along a side.
pub const SIDE: usize = 32;
/// Cells along a side of what a crop is searched for at.
const FINE: usize = 20;
/// Share of a side that a cropped copy shows.
const PART: f32 = 0.95;
/// Places of a part along a side.
const PLACES: usize = 7;
/// Fine cells at each border that a part does not speak for: the outermost may lie outside of it, and the next one has it as a neighbour.
const BORDER: usize = 2;

/// How a photo looks, small.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Likeness(Vec<u8>);

impl std::fmt::Debug for Likeness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Likeness({:016x})", self.dct_hash())
    }
}

impl Likeness {
    /// From its cells, row by row; nothing for another number of them.
    pub fn new(cells: Vec<u8>) -> Option<Self> {
        (cells.len() == SIDE * SIDE).then_some(Self(cells))
    }

    /// The cells, row by row.
    pub fn cells(&self) -> &[u8] {
        &self.0
    }

    /// The picture in a mirror.
    #[must_use]
    pub fn mirrored(&self) -> Self {
        Self(self.0.chunks_exact(SIDE).flat_map(|row| row.iter().rev().copied()).collect())
    }

    /// Difference hash: nine grey fields in each of eight rows, one bit for each field that is brighter than its right neighbour. A crop of 5 % moves few bits.
    pub fn difference_hash(&self) -> u64 {
        let fields = self.window(0.0, 0.0, 1.0, (9, 8));
        let bits = fields.chunks_exact(9).flat_map(|row| row.windows(2).map(|pair| pair[0] > pair[1]));
        bits.fold(0, |hash, bit| hash << 1 | u64::from(bit))
    }

    /// DCT hash: one bit for each of the 8 x 8 lowest frequencies above the median, the mean left out. Encoding and scaling move almost no bit.
    pub fn dct_hash(&self) -> u64 {
        const LOW: usize = 8;
        let basis = cosines();
        let along: Vec<f32> =
            self.0.chunks_exact(SIDE).flat_map(|row| (1..=LOW).map(|k| dot(row.iter().map(|cell| f32::from(*cell)), &basis[k]))).collect();
        let frequency = |u: usize, v: usize| dot((0..SIDE).map(|y| along[y * LOW + u]), &basis[v + 1]);
        let low: Vec<f32> = (0..LOW).flat_map(|v| (0..LOW).map(move |u| (u, v))).map(|(u, v)| frequency(u, v)).collect();
        let mut sorted = low.clone();
        sorted.sort_by(f32::total_cmp);
        let median = f32::midpoint(sorted[LOW * LOW / 2 - 1], sorted[LOW * LOW / 2]);
        low.iter().fold(0, |hash, value| hash << 1 | u64::from(*value > median))
    }

    /// The picture as it is looked for among others.
    pub fn sought(&self) -> Sought {
        Sought::new([self.clone(), self.mirrored()])
    }

    fn contrast(&self) -> Vec<f32> {
        contrast(&self.0.iter().map(|cell| f32::from(*cell)).collect::<Vec<_>>(), SIDE)
    }

    fn fine(&self, left: f32, top: f32, share: f32) -> Vec<f32> {
        contrast(&self.window(left, top, share, (FINE, FINE)), FINE)
    }

    /// Mean brightness of `columns` x `rows` fields of a window; places and share in parts of the side. What lies outside of the picture is 0.
    fn window(&self, left: f32, top: f32, share: f32, (columns, rows): (usize, usize)) -> Vec<f32> {
        let (across, down) = (shares(left, share, columns), shares(top, share, rows));
        let narrow: Vec<f32> = self
            .0
            .chunks_exact(SIDE)
            .flat_map(|row| across.iter().map(|field| field.iter().map(|(at, weight)| f32::from(row[*at]) * weight).sum::<f32>()))
            .collect();
        down.iter()
            .flat_map(|field| (0..columns).map(|x| field.iter().map(|(at, weight)| narrow[at * columns + x] * weight).sum()))
            .collect()
    }
}

/// Local contrast of fine cells, of length 1.
type Fine = Vec<f32>;

/// A picture that is looked for, as it is and in a mirror: everything about it that is the same for each candidate.
#[derive(Debug)]
pub struct Sought {
    /// Local contrast of the whole.
    wholes: [Vec<f32>; 2],
    looks: [Likeness; 2],
    /// Local contrast of its parts, to be compared with a whole; and of itself as a part of something, within its borders. Made when first asked for.
    parts: OnceCell<(Vec<Fine>, Vec<Fine>)>,
}

impl Sought {
    fn new(looks: [Likeness; 2]) -> Self {
        Self { wholes: [looks[0].contrast(), looks[1].contrast()], looks, parts: OnceCell::new() }
    }

    /// How much this picture is another, whole against whole: 1 is the same.
    pub fn correlation(&self, other: &Likeness) -> f32 {
        let other = other.contrast();
        self.wholes.iter().map(|whole| inner(whole, &other)).fold(-1.0, f32::max)
    }

    /// The same where one is a part of the other, cropped by 5 % somewhere.
    pub fn correlation_of_parts(&self, other: &Likeness) -> f32 {
        let (parts, placed) = self.parts.get_or_init(|| self.places());
        let other = other.fine(0.0, 0.0, 1.0);
        let within = unit(inside(&other));
        let of_parts = parts.iter().map(|part| inner(part, &other));
        of_parts.chain(placed.iter().map(|place| inner(place, &within))).fold(-1.0, f32::max)
    }

    fn places(&self) -> (Vec<Fine>, Vec<Fine>) {
        let step = (1.0 - PART) / small(PLACES - 1);
        let places = (0..PLACES * PLACES).map(|n| (small(n % PLACES) * step, small(n / PLACES) * step));
        places
            .flat_map(|(left, top)| self.looks.iter().map(move |look| (look, left, top)))
            .map(|(look, left, top)| (look.fine(left, top, PART), unit(inside(&look.fine(-left / PART, -top / PART, 1.0 / PART)))))
            .unzip()
    }
}

/// Fine cells without those at the border.
fn inside(cells: &[f32]) -> Vec<f32> {
    cells.chunks_exact(FINE).skip(BORDER).take(FINE - 2 * BORDER).flat_map(|row| row[BORDER..FINE - BORDER].iter().copied()).collect()
}

/// Which cells each field covers, and with what weight; the weights of a field sum to 1.
fn shares(from: f32, share: f32, fields: usize) -> Vec<Vec<(usize, f32)>> {
    let edge = |field: usize| (from + share * small(field) / small(fields)) * small(SIDE);
    (0..fields)
        .map(|field| {
            let (begin, end) = (edge(field), edge(field + 1));
            let covered = |at: usize| (end.min(small(at + 1)) - begin.max(small(at))).max(0.0) / (end - begin);
            (0..SIDE).map(|at| (at, covered(at))).filter(|(_, weight)| *weight > 0.0).collect()
        })
        .collect()
}

/// Each cell less the mean of its nine neighbours, of length 1 together.
fn contrast(cells: &[f32], side: usize) -> Vec<f32> {
    let at = |x: usize, y: usize| cells[y.min(side - 1) * side + x.min(side - 1)];
    let mean = |x: usize, y: usize| {
        let around = [x.saturating_sub(1), x, x + 1].map(|u| [y.saturating_sub(1), y, y + 1].map(|v| at(u, v)).iter().sum::<f32>());
        around.iter().sum::<f32>() / 9.0
    };
    unit((0..side * side).map(|n| cells[n] - mean(n % side, n / side)).collect())
}

/// Of mean 0 and length 1.
fn unit(mut values: Vec<f32>) -> Vec<f32> {
    let middle = values.iter().sum::<f32>() / small(values.len());
    for value in &mut values {
        *value -= middle;
    }
    let length = inner(&values, &values).sqrt() + f32::EPSILON;
    for value in &mut values {
        *value /= length;
    }
    values
}

/// The first nine cosines of the DCT-II over a side.
fn cosines() -> Vec<Vec<f32>> {
    let angle = |k: usize, i: usize| std::f32::consts::PI * small(k) * (2.0 * small(i) + 1.0) / (2.0 * small(SIDE));
    (0..9).map(|k| (0..SIDE).map(|i| angle(k, i).cos()).collect()).collect()
}

fn dot(values: impl Iterator<Item = f32>, with: &[f32]) -> f32 {
    values.zip(with).map(|(a, b)| a * b).sum()
}

fn inner(a: &[f32], b: &[f32]) -> f32 {
    dot(a.iter().copied(), b)
}

/// A small count as a number to calculate with.
fn small(count: usize) -> f32 {
    f32::from(u16::try_from(count).expect("a small count"))
}
