//! What stands in front of the camera: somebody at a counter who holds an identity card and a fan of notes. Nobody real.
//!
//! Many thousand photos need only a few pictures: [`super::photo`] mixes their tiles. So every picture has the same figure at the same place.
//! Pictures of one look share their colours and can be mixed; each tile has its own light, which is what makes mixed photos unlike each other
//! to a perceptual hash. Grain as of a cheap sensor in poor light gives the file the size of a photo.

use super::dice::Dice;

/// How large pictures are: tiles of one size, whose sides are multiples of what an encoder writes at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Width and height of a tile in pixels.
    pub tile: (u32, u32),
    /// Tiles side by side, and below each other.
    pub tiles: (u32, u32),
}

impl Size {
    /// 1280x960, 1.2 megapixels: more than photo-ingest asks for.
    pub const SMALL: Self = Self { tile: (160, 96), tiles: (8, 10) };
    /// 2048x1536, 3.1 megapixels: what a telephone of the field sends.
    pub const LARGE: Self = Self { tile: (256, 192), tiles: (8, 8) };

    /// In pixels.
    pub const fn width(self) -> u32 {
        self.tile.0 * self.tiles.0
    }

    /// In pixels.
    pub const fn height(self) -> u32 {
        self.tile.1 * self.tiles.1
    }
}

/// How far the light of a tile differs from the average, of 255.
const LIGHT: i32 = 34;
/// Grain, of 255: with the encoder's quality it makes about 180 kB of a small picture, 450 kB of a large one.
const GRAIN: i32 = 8;

/// Grains drawn once and laid over every picture, each time from another place on; a prime, so that rows do not repeat below each other.
const GRAINS: u32 = 65_521;

type Rgb = [i32; 3];

/// What a pixel shows.
#[derive(Debug, Clone, Copy)]
enum Part {
    Wall,
    Skin,
    Hair,
    Clothes,
    Card,
    Note,
    NoteEdge,
}

/// Who stands where: the same in every picture of a size.
#[derive(Debug)]
pub struct Figure {
    size: Size,
    parts: Vec<Part>,
    grains: Vec<i32>,
}

impl Figure {
    /// Draws the outlines.
    pub fn draw(size: Size, dice: &mut Dice) -> Self {
        let at = |pixel: u32, of: u32, outlined: u32| (pixel * outlined / of).cast_signed();
        let places = (0..size.height()).flat_map(|y| (0..size.width()).map(move |x| (x, y)));
        let small = Size::SMALL;
        let parts = places.map(|(x, y)| part(at(x, size.width(), small.width()), at(y, size.height(), small.height())));
        Self { size, parts: parts.collect(), grains: (0..GRAINS).map(|_| dice.around_zero(GRAIN)).collect() }
    }

    /// A picture of it as 8-bit RGB, row by row, in light of its own.
    pub fn colour(&self, look: &Look, dice: &mut Dice) -> Vec<u8> {
        let Size { tile, tiles } = self.size;
        let light: Vec<i32> = (0..tiles.0 * tiles.1).map(|_| dice.around_zero(LIGHT)).collect();
        let from = dice.below(GRAINS) as usize;
        let mut grains = self.grains.iter().cycle().skip(from);
        let mut rgb = Vec::with_capacity(self.parts.len() * 3);
        for (row, parts) in self.parts.chunks(self.size.width() as usize).enumerate() {
            let light = &light[row / tile.1 as usize * tiles.0 as usize..];
            for (parts, light) in parts.chunks(tile.0 as usize).zip(light) {
                for part in parts {
                    let shade = light + grains.next().expect("an endless cycle");
                    rgb.extend(look.of(*part).map(|channel| u8::try_from((channel + shade).clamp(0, 255)).expect("clamped")));
                }
            }
        }
        rgb
    }
}

/// What stands in front hides what stands behind; in pixels of a small picture.
fn part(x: i32, y: i32) -> Part {
    let within = |left: i32, top: i32, width: i32, height: i32| (left..left + width).contains(&x) && (top..top + height).contains(&y);
    let oval = |left: i32, top: i32, across: i32, down: i32| {
        let (dx, dy) = ((x - left) * 100 / across, (y - top) * 100 / down);
        dx * dx + dy * dy <= 10_000
    };
    let note = |note: i32| within(790 + 28 * note, 610 + 14 * note, 190, 84);
    match () {
        () if within(250, 680, 60, 80) => Part::Skin, // the picture on the card
        () if within(230, 640, 250, 158) => Part::Card,
        () if (0..5).any(note) => {
            if (x + y) % 28 < 3 {
                Part::NoteEdge
            } else {
                Part::Note
            }
        }
        () if oval(640, 340, 125, 160) => Part::Skin,
        () if oval(640, 305, 150, 180) => Part::Hair,
        () if oval(640, 960, 400, 440) => Part::Clothes,
        () => Part::Wall,
    }
}

/// The colours of a picture.
#[derive(Debug)]
pub struct Look {
    wall: Rgb,
    skin: Rgb,
    hair: Rgb,
    clothes: Rgb,
}

impl Look {
    /// Any.
    pub fn roll(dice: &mut Dice) -> Self {
        let mut brighter = |colour: Rgb, reach| {
            let by = dice.around_zero(reach);
            colour.map(|channel| channel + by)
        };
        let (wall, skin, hair) = (brighter([150, 160, 150], 30), brighter([165, 120, 90], 30), brighter([50, 45, 45], 15));
        Self { wall, skin, hair, clothes: [110, 90, 120].map(|channel| channel + dice.around_zero(60)) }
    }

    const fn of(&self, part: Part) -> Rgb {
        match part {
            Part::Wall => self.wall,
            Part::Skin => self.skin,
            Part::Hair => self.hair,
            Part::Clothes => self.clothes,
            Part::Card => [150, 185, 215],
            Part::Note => [205, 110, 115], // 100,000 rupiah
            Part::NoteEdge => [150, 60, 70],
        }
    }
}
