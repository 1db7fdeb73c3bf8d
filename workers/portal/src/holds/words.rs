//! What the page of holds says.

use crate::words::words;

words! {
    title: "Yang ditahan", "Holds";
    lead: "Baris dan wilayah yang menunggu keputusan orang atau uang, dengan alasannya. Nama dan NIK disamarkan.",
        "Rows and regions that wait for a person or for money, and why. Names and NIKs are masked.";
    none: "Tidak ada yang menunggu keputusan di wilayah Anda.", "Nothing in your region waits for a decision.";
    next: "Berikutnya", "Next";
    first: "Dari awal", "From the start";
    row: "baris", "row";
    of_batch: "Hanya daftar", "Only the list";
    show: "Tampilkan", "Show";
    part: "Seluruh bagian wilayah", "A whole part of a region";
    families: "keluarga", "families";
    available: "sisa alokasi", "left of the allocation";
    this_row: "Baris ini", "This row";
    other_row: "Sudah ada", "Already there";
    registry: "Catatan sipil", "Civil registry";
    findings: "Temuan lain", "Other findings";
    since: "sejak", "since";
    not_yet: "Daftarnya belum dirilis; putuskan setelah itu.", "Its list is not released yet; decide after that.";
    choose: "Pilih", "Choose";
    decide: "Putuskan yang dipilih", "Decide what was chosen";
    ruling: "Keputusan", "Decision";
    release: "Lepaskan: dibayar kali ini", "Release: is paid this time";
    distinct: "Keluarga berbeda: dibayar, dan pasangan ini tidak ditahan lagi", "Distinct families: paid, and this pair is not held again";
    reject: "Tolak: berakhir di sini", "Reject: ends here";
    reason: "Alasan", "Reason";
    reason_hint: "Jangan sebut nama atau NIK.", "Name no person and no NIK.";
    sent: "keputusan terkirim. Muat ulang untuk melihat hasilnya.", "decisions were sent. Reload to see what came of them.";
}
