//! What there is to see in a picture, in four numbers: too dark, blown out, blurred or flat is measured here and judged by a policy elsewhere.
//!
//! Measured on the upright thumbnail before it is encoded, so that a 2-megapixel and a 50-megapixel camera are measured alike. One pass over at most
//! 512 x 512 grey pixels.

use salur_domain::proof::Light;

/// Brightness at or above which a pixel shows nothing.
const BLOWN: u8 = 250;

/// Measures a grey picture of `width` pixels a row.
pub fn measure(grey: &[u8], width: usize) -> Light {
    let count = grey.len().max(1) as u64;
    let (sum, squares) = grey.iter().fold((0_u64, 0_u64), |(sum, squares), level| {
        let level = u64::from(*level);
        (sum + level, squares + level * level)
    });
    let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    let blown = grey.iter().filter(|level| **level >= BLOWN).count() as u64;
    Light {
        mean: small(sum / count),
        blown_per_mille: small(blown * 1_000 / count),
        spread: small((squares / count).saturating_sub((sum / count).pow(2)).isqrt()),
        sharpness: sharpness(grey, width),
    }
}

/// Variance of the Laplacian over all pixels that have four neighbours.
fn sharpness(grey: &[u8], width: usize) -> u32 {
    if width < 3 {
        return 0;
    }
    let rows: Vec<&[u8]> = grey.chunks_exact(width).collect();
    let (mut count, mut sum, mut squares) = (0_i64, 0_i64, 0_i64);
    for three in rows.windows(3) {
        let (above, row, below) = (three[0], three[1], three[2]);
        let beside = row.iter().zip(&row[2..]).zip(above[1..].iter().zip(&below[1..]));
        // without indices, whose checks cost more than the sums
        for (pixel, ((left, right), (above, below))) in row[1..].iter().zip(beside) {
            let edge = 4 * i32::from(*pixel) - i32::from(*left) - i32::from(*right) - i32::from(*above) - i32::from(*below);
            sum += i64::from(edge);
            squares += i64::from(edge * edge);
        }
        count += i64::try_from(width - 2).expect("a row of pixels");
    }
    if count == 0 {
        return 0;
    }
    u32::try_from(squares / count - (sum / count).pow(2)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_are_sharp_and_slopes_are_not() {
        let edges: Vec<u8> = (0..64 * 64).map(|at| if at / 4 % 2 == 0 { 40 } else { 200 }).collect();
        let slope: Vec<u8> = (0..64 * 64_u32).map(|at| u8::try_from(at % 64 * 3).expect("below 192")).collect();
        let (edges, slope) = (measure(&edges, 64), measure(&slope, 64));
        assert!(edges.sharpness > 5_000 && slope.sharpness < 5, "{edges:?} {slope:?}");
        assert!(slope.spread > 40, "{slope:?}");
    }

    #[test]
    fn night_snow_and_a_wall_are_told_apart() {
        let of = |level: u8| measure(&[level; 400], 20);
        assert_eq!(of(3), Light { mean: 3, blown_per_mille: 0, spread: 0, sharpness: 0 });
        assert_eq!((of(255).mean, of(255).blown_per_mille), (255, 1_000));
        assert_eq!(measure(&[], 0), Light { mean: 0, blown_per_mille: 0, spread: 0, sharpness: 0 });
    }
}
