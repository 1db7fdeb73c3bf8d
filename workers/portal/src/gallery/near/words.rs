//! What is said of photos that look alike.

use crate::words::words;

words! {
    title: "Foto yang mirip", "Photos that look alike";
    lead: "Mirip gambarnya, belum tentu fotonya sama: bandingkan.", "Alike in picture, not always the same photo: compare them.";
    none: "Tidak ada foto lain yang mirip.", "No other photo looks alike.";
    this_one: "Foto ini", "This photo";
    distance: "beda", "differs in";
    bits: "dari 64 bit", "of 64 bits";
    same_visit: "kunjungan yang sama", "same visit";
    cut: "Terlalu banyak calon yang mirip, seperti pada foto gelap atau polos; tidak semua dibandingkan.",
        "There are too many candidates, as with dark or plain photos; not all were compared.";
}
