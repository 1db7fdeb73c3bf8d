//! How many photos one core examines in a second: digest, segments, EXIF, decoding, light, likeness, thumbnail.
//!
//! `photo_rate make FOLDER MEGAPIXELS COUNT` writes photos as a phone takes them, no two alike: people at a counter, grain, quality 85. `photo_rate run FOLDER
//! PHOTOS` examines them over and over from memory, in this process and through a child over two pipes as a worker does, and prints one JSON object: photos
//! per second of processor time of both processes, and the most memory of each. Linux alone: times and memory are read from /proc.

use std::{
    error::Error,
    fs,
    hint::black_box,
    io::{Read, Write},
    path::Path,
    process::{Command, Stdio},
};

use image::{ExtendedColorType, codecs::jpeg::JpegEncoder};
use salur_media::{
    hash,
    wire::{self, Task},
};

/// Kernel ticks per second on every Linux that Rust's targets run on.
const TICKS_PER_S: f64 = 100.0;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["make", folder, megapixels, count] => make(Path::new(folder), megapixels.parse()?, count.parse()?),
        ["run", folder, photos] => run(Path::new(folder), photos.parse()?),
        ["child"] => child(),
        _ => Err("usage: photo_rate make FOLDER MEGAPIXELS COUNT | run FOLDER PHOTOS".into()),
    }
}

fn make(folder: &Path, megapixels: u32, count: u32) -> Result<(), Box<dyn Error>> {
    let unit = (f64::from(megapixels) * 1e6 / 12.0).sqrt();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a side of a photo")]
    let (width, height) = ((4.0 * unit) as u32, (3.0 * unit) as u32);
    for number in 0..count {
        let mut bytes = Vec::new();
        JpegEncoder::new_with_quality(&mut bytes, 85).encode(&scene(width, height, number), width, height, ExtendedColorType::Rgb8)?;
        fs::write(folder.join(format!("{megapixels}mp-{number}.jpg")), bytes)?;
    }
    Ok(())
}

/// A counter, somebody behind it, and grain; 8-bit RGB.
fn scene(width: u32, height: u32, number: u32) -> Vec<u8> {
    let mut state = u64::from(number) * 2 + 0x9e37_79b9_7f4a_7c15;
    let mut grain = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        i32::try_from(state >> 60).expect("four bits") - 8
    };
    let part = |at: u32, of: u32| f64::from(at) / f64::from(of);
    let mut rgb = Vec::with_capacity(width as usize * height as usize * 3);
    for y in 0..height {
        for x in 0..width {
            let (u, v, n) = (part(x, width), part(y, height), f64::from(number));
            let face = ((u - 0.5) / 0.11).powi(2) + ((v - 0.38) / 0.17).powi(2) < 1.0;
            let body = ((u - 0.5) / 0.32).powi(2) + ((v - 1.0) / 0.46).powi(2) < 1.0;
            let weave = 18.0 * ((u * 90.0 + n).sin() * (v * 70.0).cos());
            let colour = match () {
                () if face => [168.0, 122.0 + n % 9.0, 92.0],
                () if body => [96.0 + weave, 80.0 + weave, 130.0 - weave],
                () if v > 0.86 => [122.0, 86.0 + 9.0 * (u * 300.0).sin(), 60.0],
                () => [176.0 - 40.0 * v, 170.0 - 40.0 * v + 14.0 * (u * 11.0 + n).sin(), 158.0 - 30.0 * u],
            };
            let grain = grain();
            #[expect(clippy::cast_possible_truncation, reason = "a level")]
            rgb.extend(colour.map(|level| u8::try_from((level as i32 + grain).clamp(0, 255)).expect("clamped")));
        }
    }
    rgb
}

fn run(folder: &Path, photos: u32) -> Result<(), Box<dyn Error>> {
    let mut files: Vec<_> = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    files.sort();
    let photos_of: Vec<Vec<u8>> = files.iter().map(fs::read).collect::<Result<_, _>>()?;
    let bytes = photos_of.iter().map(Vec::len).sum::<usize>() / photos_of.len().max(1);
    let before = ticks("self")?;
    for photo in photos_of.iter().cycle().take(photos as usize) {
        black_box((hash::sha256(photo), wire::answer(Task::Examine, photo)));
    }
    let alone = f64::from(photos) / ((ticks("self")? - before) / TICKS_PER_S);
    let (through, memory_of_child) = through_a_child(&photos_of, photos)?;
    println!(
        "{{\"photos\":{photos},\"bytes\":{bytes},\"photos_per_s_core\":{through:.1},\"in_process_per_s_core\":{alone:.1},\
        \"child_memory_mb\":{memory_of_child:.1},\"worker_memory_mb\":{:.1}}}",
        most_memory("self")?
    );
    Ok(())
}

/// The same through a child: photos per second of both processes' time, and the child's most memory in MB.
fn through_a_child(photos_of: &[Vec<u8>], photos: u32) -> Result<(f64, f64), Box<dyn Error>> {
    let mut child = Command::new(std::env::current_exe()?).arg("child").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let (mut questions, mut answers) = (child.stdin.take().expect("asked for"), child.stdout.take().expect("asked for"));
    let pid = child.id().to_string();
    let used = || -> Result<f64, Box<dyn Error>> { Ok(ticks("self")? + ticks(&pid)?) };
    let before = used()?;
    for photo in photos_of.iter().cycle().take(photos as usize) {
        black_box(hash::sha256(photo));
        questions.write_all(&wire::head(Task::Examine, photo))?;
        questions.write_all(photo)?;
        for _ in 0..2 {
            let mut length = [0; wire::LENGTH];
            answers.read_exact(&mut length)?;
            let mut part = vec![0; u32::from_le_bytes(length) as usize];
            answers.read_exact(&mut part)?;
            black_box(part);
        }
    }
    let rate = f64::from(photos) / ((used()? - before) / TICKS_PER_S);
    let memory = most_memory(&pid)?;
    drop(questions);
    child.wait()?;
    Ok((rate, memory))
}

fn child() -> Result<(), Box<dyn Error>> {
    let _granted = rustix::pipe::fcntl_setpipe_size(std::io::stdin(), 1024 * 1024); // as the worker's child does
    let (mut questions, mut answers) = (std::io::stdin().lock(), std::io::stdout().lock());
    loop {
        let mut head = [0; wire::HEAD];
        if questions.read_exact(&mut head).is_err() {
            return Ok(());
        }
        let (task, length) = wire::read_head(head).ok_or("no question")?;
        let mut photo = vec![0; length];
        questions.read_exact(&mut photo)?;
        answers.write_all(&wire::answer(task, &photo))?;
        answers.flush()?;
    }
}

/// Processor time of a process in ticks, user and system.
fn ticks(pid: &str) -> Result<f64, Box<dyn Error>> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let fields: Vec<&str> = stat.rsplit_once(')').ok_or("no stat")?.1.split_whitespace().collect();
    Ok(fields[11].parse::<f64>()? + fields[12].parse::<f64>()?)
}

/// The most memory that a process ever had, in MB.
fn most_memory(pid: &str) -> Result<f64, Box<dyn Error>> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    Ok(line.split_whitespace().next().ok_or("no number")?.parse::<f64>()? / 1_024.0)
}
