//! Rules about who captured, and about who wrote the file: the camera, or an editor after it.

use super::{Capture, Code, Findings, Origin};

/// Programs that change pictures, as they name themselves. Cameras and their firmware stand in the same field under other names.
const EDITORS: [&str; 22] = [
    "photoshop",
    "lightroom",
    "adobe",
    "gimp",
    "snapseed",
    "picsart",
    "pixlr",
    "canva",
    "meitu",
    "beautyplus",
    "facetune",
    "faceapp",
    "remini",
    "vsco",
    "photoroom",
    "paint.net",
    "paintshop",
    "affinity",
    "photopea",
    "imagemagick",
    "stable diffusion",
    "midjourney",
];

/// Who captured it.
pub fn claimed(origin: Origin, findings: &mut Findings<'_>) {
    findings.note_unless(origin.signature_valid, Code::Sig01);
    findings.note_unless(origin.token_of_claim, Code::Tok01);
    findings.note_unless(origin.device_of_claim, Code::Dev01);
}

/// Who wrote the file.
pub fn written(capture: &Capture, findings: &mut Findings<'_>) {
    let Capture { exif, file, picture, .. } = capture;
    findings.note_unless(exif.present, Code::Exf01);
    findings.note_unless(!exif.malformed, Code::Exf02);
    let editor = file.editor.as_deref().map(|editor| ("file", editor));
    let software = exif.software.as_deref().map(|software| ("exif", software));
    if let Some((source, editor)) = [editor, software].into_iter().flatten().find(|(_, name)| is_editor(name)) {
        findings.note(Code::Ori01, &[("source", source.to_owned()), ("editor", editor.to_owned())]);
    }
    let most = findings.policy.embedded_bits;
    if let Some(apart) = picture.embedded_apart.filter(|apart| *apart > most) {
        findings.note(Code::Ori02, &[("bits_apart", apart.to_string()), ("most", most.to_string())]);
    }
    let least = findings.policy.least_quality;
    if let Some(quality) = file.quality.filter(|quality| *quality < least) {
        findings.note(Code::Ori03, &[("quality", quality.to_string()), ("least", least.to_string())]);
    }
}

fn is_editor(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    EDITORS.iter().any(|editor| name.contains(editor))
}
