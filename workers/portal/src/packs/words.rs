//! What the page of packs says.

use crate::words::words;

words! {
    title: "Paket cek", "Packs of cheques";
    lead: "Tiap paket berisi daftar nominatif satu desa dan cek-ceknya, tiga per lembar A4. Yang datang belakangan menjadi paket susulan.",
        "Each pack holds the distribution list of a village and its cheques, three to an A4 sheet. What comes late is a supplement.";
    tranche: "Kode tahap", "Code of the tranche";
    village: "Kode desa", "Code of the village";
    show: "Tampilkan", "Show";
    none: "Belum ada paket. Paket dibuat sendiri setelah semua keluarga di desa itu punya cek.",
        "There is no pack yet. A pack is made by itself once every family of the village has a cheque.";
    number: "Paket", "Pack";
    late: "susulan", "supplement";
    cheques: "cek", "cheques";
    pages: "halaman", "pages";
    made: "Dibuat", "Made";
    unreadable: "keluarga tanpa nama lengkap: barisnya tidak dapat dibuka", "families without a full name: their row does not open";
    open: "Unduh PDF", "Download the PDF";
    open_hint: "Memuat nama lengkap dan alamat. Siapa yang mengunduh dicatat.", "It holds full names and addresses. Who downloads it is recorded.";
    handed_out: "Dibagikan", "Handed out";
    not_handed_out: "Belum dibagikan", "Not handed out";
    kept: "cek tidak diambil", "cheques not taken";
    by: "oleh", "by";
    say: "Nyatakan sudah dibagikan", "Say that it was handed out";
    on: "Tanggal pembagian", "Day of the hand-out";
    kept_label: "Cek yang tidak diambil", "Cheques nobody took";
    document: "Berita acara", "Signed report";
    document_hint: "Nomor daftar yang sudah ditandatangani, misalnya BA-17/2020.", "Number of the signed list, for example BA-17/2020.";
    send: "Sudah dibagikan", "It was handed out";
    said: "Pernyataan diterima; sebentar lagi tampak di sini.", "Your word was taken; it shows here in a moment.";
    next: "Berikutnya", "Next";
    first: "Dari awal", "From the start";
}
