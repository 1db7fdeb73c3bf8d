//! Rules about the file and what can be seen in the picture.

use super::{Code, File, Findings, Light, Picture};

/// What the file is.
pub fn file(picture: &Picture, file: &File, findings: &mut Findings<'_>) {
    findings.note_unless(picture.readable, Code::Fil01);
    findings.note_unless(picture.as_stated, Code::Fil02);
    if file.trailing > 0 {
        findings.note(Code::Fil03, &[("trailing_bytes", file.trailing.to_string())]);
    }
    if let Some(second) = file.second {
        findings.note(Code::Fil04, &[("also", second.to_owned())]);
    }
}

/// What there is to see.
pub fn seen(picture: &Picture, findings: &mut Findings<'_>) {
    let policy = findings.policy;
    let least = policy.min_pixels;
    if let Some(pixels) = picture.pixels.filter(|pixels| *pixels < least) {
        findings.note(Code::Pic01, &[("pixels", pixels.to_string()), ("least", least.to_string())]);
    }
    let Some(Light { mean, blown_per_mille, spread, sharpness }) = picture.light else { return };
    let measured = |name: &'static str, value: u32, limit: &'static str, at: u32| [(name, value.to_string()), (limit, at.to_string())];
    if mean < policy.dark_mean {
        findings.note(Code::Pic02, &measured("brightness", mean, "least", policy.dark_mean));
    }
    if blown_per_mille >= policy.blown_per_mille {
        findings.note(Code::Pic03, &measured("white_per_mille", blown_per_mille, "most", policy.blown_per_mille));
    }
    if sharpness < policy.least_sharpness {
        findings.note(Code::Pic04, &measured("sharpness", sharpness, "least", policy.least_sharpness));
    }
    if spread < policy.least_spread {
        findings.note(Code::Pic05, &measured("contrast", spread, "least", policy.least_spread));
    }
}
