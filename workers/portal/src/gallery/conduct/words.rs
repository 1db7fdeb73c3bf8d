//! What the page of numbers about tellers, pay points and devices says.

use crate::words::words;

words! {
    title: "Cara kerja di loket", "How the counters work";
    lead: "Angka per juru bayar, titik bayar atau perangkat. Angka yang mencolok bukan bukti; ia menunjuk ke mana melihat.",
        "Numbers by teller, pay point or device. A number that stands out proves nothing; it says where to look.";
    by: "Menurut", "By";
    teller: "juru bayar", "teller";
    pay_point: "titik bayar", "pay point";
    device: "perangkat", "device";
    place: "Wilayah", "Place";
    place_hint: "Dua angka provinsi atau empat angka kabupaten.", "Two digits of a province, or four of a regency.";
    from: "Dari", "From";
    to: "Sampai", "To";
    sort: "Urut menurut", "Sort by";
    show: "Tampilkan", "Show";
    none: "Tidak ada bukti di wilayah dan hari itu.", "There are no proofs of that place and those days.";
    code: "Kode", "Code";
    proofs: "Bukti", "Proofs";
    questioned: "Dipertanyakan", "Questioned";
    not_proven: "Tidak terbukti", "Not proven";
    complaints: "Pengaduan", "Complaints";
    seconds: "Detik per kunjungan", "Seconds a visit";
    metres: "Meter dari titik bayar", "Metres from the pay point";
    hours: "Di luar jam", "Out of hours";
    findings: "Temuan", "Findings";
    median: "nilai tengah", "median";
}
