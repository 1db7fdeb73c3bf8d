//! What makes two photos look alike: 32 x 32 grey cells, two hashes to find candidates by, and a comparison that decides.
//!
//! Families stand at the same counter, in the same light, in the same pose. So a hash of 64 bits finds candidates and proves nothing: on 500 such visits nearly
//! every one has another within eight bits (`docs/proof.md`). What decides is the correlation of local contrast over the cells: each cell less the mean of
//! its nine neighbours, so that light does not matter. A copy that was encoded, scaled, brightened or mirrored again is compared whole; one that was cropped is
//! searched for in windows of [`WINDOW`] of the side, coarsely and then around the best.
//!
//! Sources: difference hash and DCT hash as N. Krawetz described them; DCT-II by definition. Bounded: 1,024 cells, 33 windows a comparison.

use serde::{Deserialize, Serialize};

/// Cells along a side.
pub const SIDE: usize = 32;
/// Cells along a side of what windows are compared at.
const FINE: usize = 20;
/// Share of a side that a cropped copy shows.
const WINDOW: f32 = 0.95;
/// Places of windows along a side in the first look.
const PLACES: usize = 5;
/// Cells along a side of the look that says whether windows are worth a search.
const COARSE: usize = 10;
/// Correlation of that look below which they are not.
const HOPELESS: f32 = 0.68;

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

    /// How much this picture is another, whole against whole: 1 is the same.
    pub fn correlation(&self, other: &Self) -> f32 {
        inner(&self.contrast(), &other.contrast())
    }

    /// The same where either may be a part of the other, cropped by 5 % somewhere; at least the correlation of the whole.
    pub fn correlation_cropped(&self, other: &Self) -> f32 {
        let whole = self.correlation(other);
        if self.coarse(other) < HOPELESS {
            return whole;
        }
        whole.max(self.best_window(other)).max(other.best_window(self))
    }

    /// A look from further away, where a missing border changes little.
    fn coarse(&self, other: &Self) -> f32 {
        let coarse = |look: &Self| contrast(look.window(0.0, 0.0, 1.0, (COARSE, COARSE)), COARSE);
        inner(&coarse(self), &coarse(other))
    }

    /// The best correlation of a window of this picture with the whole of another.
    fn best_window(&self, part: &Self) -> f32 {
        let part = contrast(part.window(0.0, 0.0, 1.0, (FINE, FINE)), FINE);
        let at = |left: f32, top: f32| inner(&contrast(self.window(left, top, WINDOW, (FINE, FINE)), FINE), &part);
        let room = 1.0 - WINDOW;
        let step = room / 4.0; // PLACES - 1
        let places = (0..PLACES * PLACES).map(|n| (small(n % PLACES) * step, small(n / PLACES) * step));
        let best = places.map(|(left, top)| (at(left, top), left, top)).max_by(|a, b| a.0.total_cmp(&b.0)).expect("there are places");
        let near = (0..9).map(|n| (best.1 + (small(n % 3) - 1.0) * step / 2.0, best.2 + (small(n / 3) - 1.0) * step / 2.0));
        near.map(|(left, top)| at(left.clamp(0.0, room), top.clamp(0.0, room))).fold(best.0, f32::max)
    }

    fn contrast(&self) -> Vec<f32> {
        contrast(self.0.iter().map(|cell| f32::from(*cell)).collect(), SIDE)
    }

    /// Mean brightness of `columns` x `rows` fields of a window; places and share in parts of the side.
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
fn contrast(cells: Vec<f32>, side: usize) -> Vec<f32> {
    let at = |x: usize, y: usize| cells[y.min(side - 1) * side + x.min(side - 1)];
    let mean = |x: usize, y: usize| {
        let around = [x.saturating_sub(1), x, x + 1].map(|u| [y.saturating_sub(1), y, y + 1].map(|v| at(u, v)).iter().sum::<f32>());
        around.iter().sum::<f32>() / 9.0
    };
    let mut local: Vec<f32> = (0..side * side).map(|n| cells[n] - mean(n % side, n / side)).collect();
    let middle = local.iter().sum::<f32>() / small(local.len());
    local.iter_mut().for_each(|value| *value -= middle);
    let length = inner(&local, &local).sqrt() + f32::EPSILON;
    local.iter_mut().for_each(|value| *value /= length);
    local
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
