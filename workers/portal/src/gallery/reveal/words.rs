//! What is said where a NIK is shown whole.

use crate::words::words;

words! {
    title: "NIK lengkap", "The whole NIK";
    open: "Perlihatkan NIK lengkap", "Show the whole NIK";
    lead: "NIK diperlihatkan sekali. Nama Anda, waktunya, dan alasan ini dicatat sebelum NIK tampil.",
        "The NIK is shown once. Your name, the time and this reason are recorded before it appears.";
    why: "Alasan untuk NIK ini", "Reason for this NIK";
    why_example: "misalnya: NIK di KTP pada foto tidak terbaca", "for example: the NIK on the card in the photo cannot be read";
    why_wrong: "Tulis alasan 8 sampai 200 huruf dalam satu baris, tanpa nomor siapa pun.",
        "Write a reason of 8 to 200 characters on one line, without anybody's number.";
    button: "Catat dan perlihatkan", "Record and show";
    recorded: "Dicatat dengan alasan:", "Recorded with the reason:";
    gone: "Halaman ini tidak disimpan. Muat ulang berarti meminta lagi, dan dicatat lagi.",
        "This page is kept nowhere. To load it again is to ask again, and is recorded again.";
    back: "Kembali ke kasus", "Back to the case";
}
