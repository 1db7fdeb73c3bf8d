//! What stands in front of the camera: somebody at a counter who holds an identity card and a fan of notes. Nobody real.
//!
//! A few hundred thousand photos need only a few pictures: [`super::photo`] mixes their tiles. So every picture has the same figure at the same
//! place, in its own colours, and each tile has its own light, which is what makes mixed photos unlike each other to a perceptual hash. Grain
//! as of a cheap sensor in poor light gives the file the size of a photo.

use super::dice::Dice;

/// Width in pixels.
pub const WIDTH: u32 = 1_280;
/// Height in pixels: 1.2 megapixels with the width, more than photo-ingest asks for.
pub const HEIGHT: u32 = 960;
/// Width of a tile in pixels.
pub const TILE_WIDTH: u32 = 160;
/// Height of a tile in pixels.
pub const TILE_HEIGHT: u32 = 96;
/// Tiles side by side.
pub const TILES_ACROSS: u32 = WIDTH / TILE_WIDTH;
/// Tiles below each other.
pub const TILES_DOWN: u32 = HEIGHT / TILE_HEIGHT;

/// How far the light of a tile differs from the average, of 255.
const LIGHT: i32 = 34;
/// Grain, of 255: with the encoder's quality it makes 160 to 200 kB of a picture.
const GRAIN: i32 = 10;

type Rgb = [i32; 3];

/// The colours of one picture.
struct Look {
    wall: Rgb,
    skin: Rgb,
    hair: Rgb,
    clothes: Rgb,
}

/// A picture as 8-bit RGB, row by row.
pub fn draw(dice: &mut Dice) -> Vec<u8> {
    let look = Look::roll(dice);
    let light: Vec<i32> = (0..TILES_ACROSS * TILES_DOWN).map(|_| dice.around_zero(LIGHT)).collect();
    let mut rgb = Vec::with_capacity((WIDTH * HEIGHT * 3) as usize);
    for y in 0..HEIGHT {
        for x in 0..WIDTH {
            let tile = y / TILE_HEIGHT * TILES_ACROSS + x / TILE_WIDTH;
            let shade = light[tile as usize] + dice.around_zero(GRAIN);
            rgb.extend(look.at(x, y).map(|channel| u8::try_from((channel + shade).clamp(0, 255)).expect("clamped")));
        }
    }
    rgb
}

impl Look {
    fn roll(dice: &mut Dice) -> Self {
        let mut near = |[red, green, blue]: Rgb, reach| {
            let mut vary = |channel: i32| channel + dice.around_zero(reach);
            [vary(red), vary(green), vary(blue)]
        };
        Self { wall: near([150, 160, 150], 30), skin: near([165, 120, 90], 25), hair: near([50, 45, 45], 15), clothes: near([110, 90, 120], 60) }
    }

    /// The colour of a pixel: what stands in front hides what stands behind.
    fn at(&self, x: u32, y: u32) -> Rgb {
        let (x, y) = (x.cast_signed(), y.cast_signed());
        let within = |left: i32, top: i32, width: i32, height: i32| (left..left + width).contains(&x) && (top..top + height).contains(&y);
        let oval = |left: i32, top: i32, across: i32, down: i32| {
            let (dx, dy) = ((x - left) * 100 / across, (y - top) * 100 / down);
            dx * dx + dy * dy <= 10_000
        };
        if within(230, 640, 250, 158) {
            return if within(250, 680, 60, 80) { self.skin } else { [150, 185, 215] }; // the card with its picture
        }
        if (0..5).any(|note| within(790 + 28 * note, 610 + 14 * note, 190, 84)) {
            return if (x + y) % 28 < 3 { [150, 60, 70] } else { [205, 110, 115] }; // notes of 100,000
        }
        if oval(640, 340, 125, 160) {
            return self.skin;
        }
        if oval(640, 305, 150, 180) {
            return self.hair;
        }
        if oval(640, 960, 400, 440) {
            return self.clothes;
        }
        self.wall
    }
}
