//! A 1-bit canvas: the least memory a printed page needs, and what a PNG of depth 1 takes as it is.
//!
//! One bit a pixel, rows padded to bytes, most significant bit left, 1 = paper, 0 = ink (greyscale of PNG). Everything drawn is clipped
//! to the canvas, so no coordinate can reach outside.

/// Colour of what is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// Ink on paper.
    Black,
    /// Paper left free in black.
    White,
}

/// A rectangle of pixels, its upper left corner first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rect {
    /// Pixels from the left.
    pub x: usize,
    /// Pixels from the top.
    pub y: usize,
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
}

impl Rect {
    /// A rectangle.
    pub const fn new(x: usize, y: usize, width: usize, height: usize) -> Self {
        Self { x, y, width, height }
    }
}

/// A picture in ink and paper.
#[derive(Clone)]
pub struct Canvas {
    width: usize,
    height: usize,
    stride: usize,
    bits: Vec<u8>,
}

impl Canvas {
    /// Blank paper.
    pub fn new(width: usize, height: usize) -> Self {
        let stride = width.div_ceil(8);
        Self { width, height, stride, bits: vec![0xff; stride * height] }
    }

    /// Width in pixels.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> usize {
        self.height
    }

    /// The rows, packed.
    pub fn bytes(&self) -> &[u8] {
        &self.bits
    }

    /// Whether a pixel is ink; outside is paper.
    pub fn is_ink(&self, x: usize, y: usize) -> bool {
        x < self.width && y < self.height && self.bits[y * self.stride + x / 8] & (0x80 >> (x % 8)) == 0
    }

    /// Draws one pixel.
    pub fn dot(&mut self, x: usize, y: usize, ink: Ink) {
        self.span(x, y, 1 << 63, ink);
    }

    /// Fills a rectangle.
    pub fn fill(&mut self, rect: Rect, ink: Ink) {
        for y in rect.y..(rect.y + rect.height).min(self.height) {
            for x in (0..rect.width).step_by(64) {
                let ones = u64::MAX << (64 - (rect.width - x).min(64));
                self.span(rect.x + x, y, ones, ink);
            }
        }
    }

    /// Draws the edge of a rectangle, `thickness` pixels to the inside.
    pub fn frame(&mut self, rect: Rect, thickness: usize, ink: Ink) {
        let Rect { x, y, width, height } = rect;
        self.fill(Rect::new(x, y, width, thickness), ink);
        self.fill(Rect::new(x, (y + height).saturating_sub(thickness), width, thickness), ink);
        self.fill(Rect::new(x, y, thickness, height), ink);
        self.fill(Rect::new((x + width).saturating_sub(thickness), y, thickness, height), ink);
    }

    /// Draws the set bits of `pattern`, most significant first, as pixels to the right of (x, y).
    pub fn span(&mut self, x: usize, y: usize, pattern: u64, ink: Ink) {
        if x >= self.width || y >= self.height {
            return;
        }
        let shifted = (u128::from(pattern) << 64 >> (x % 8)).to_be_bytes();
        let row = &mut self.bits[y * self.stride..(y + 1) * self.stride];
        for (byte, bits) in row[x / 8..].iter_mut().zip(shifted).take(9) {
            match ink {
                Ink::Black => *byte &= !bits,
                Ink::White => *byte |= bits,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inked(canvas: &Canvas) -> Vec<(usize, usize)> {
        (0..canvas.height()).flat_map(|y| (0..canvas.width()).map(move |x| (x, y))).filter(|&(x, y)| canvas.is_ink(x, y)).collect()
    }

    #[test]
    fn a_filled_rectangle_inks_exactly_its_pixels() {
        for (x, width) in [(0, 1), (3, 7), (5, 64), (7, 65), (1, 130), (9, 0)] {
            let mut canvas = Canvas::new(150, 4);
            canvas.fill(Rect::new(x, 1, width, 2), Ink::Black);
            let wanted: Vec<_> = (1..3).flat_map(|y| (x..x + width).map(move |x| (x, y))).collect();
            assert_eq!(inked(&canvas), wanted, "{x} {width}");
            canvas.fill(Rect::new(x, 1, width, 2), Ink::White);
            assert_eq!(inked(&canvas), [], "{x} {width}");
        }
    }

    #[test]
    fn what_is_drawn_outside_is_clipped() {
        let mut canvas = Canvas::new(20, 3);
        canvas.fill(Rect::new(18, 2, 500, 500), Ink::Black);
        canvas.dot(20, 0, Ink::Black);
        canvas.dot(0, 3, Ink::Black);
        assert_eq!(inked(&canvas), [(18, 2), (19, 2)]);
    }
}
