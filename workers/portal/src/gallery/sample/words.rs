//! What the page of a sample says.

use crate::words::words;

words! {
    title: "Sampel acak", "Random sample";
    draw: "Ambil sampel acak", "Draw a random sample";
    lead: "Setiap bukti yang lolos saringan mempunyai peluang yang sama.", "Every proof that the filters let through has the same chance.";
    number: "Banyaknya (1 sampai 500)", "How many (1 to 500)";
    seed: "Benih", "Seed";
    seed_hint: "kosongkan untuk benih baru", "leave empty for a new one";
    draw_button: "Ambil", "Draw";
    drawn: "Terambil", "Drawn";
    of: "dari", "of";
    about: "kira-kira", "about";
    proofs: "bukti", "proofs";
    filters: "Saringan", "Filters";
    no_filters: "tanpa saringan", "none";
    as_of: "Keadaan pada", "As of";
    transaction: "transaksi", "transaction";
    as_of_number: "Keadaan sebelum transaksi nomor", "As of before transaction number";
    as_of_hint: "kosongkan untuk keadaan sekarang", "leave empty for now";
    by: "Diambil oleh", "Drawn by";
    repeat: "Untuk mengulang: saringan, banyaknya, benih, dan nomor transaksi yang sama memberikan sampel yang sama kepada siapa pun.",
        "To repeat it: the same filters, number, seed and transaction give the same sample to anybody.";
    how: "Benih memberi setiap nomor bukti satu peringkat (domain::sample); sampel adalah yang peringkatnya terendah.",
        "The seed gives each proof's number a rank (domain::sample); the sample is those with the lowest ranks.";
    again: "Ambil sampel lain", "Draw another sample";
    progress: "Sudah Anda buka", "Opened by you";
    opened: "dibuka", "opened";
    not_opened: "belum", "not yet";
    photos: "Foto dalam sampel", "Photos of the sample";
    list: "Daftar sampel", "List of the sample";
    place_no: "No.", "No.";
    proof_no: "Nomor bukti", "Proof number";
    capture: "Foto", "Capture";
    at: "Waktu", "Time";
    place: "Tempat", "Place";
    amount: "Jumlah", "Amount";
    state: "Keadaan", "State";
    none: "Tidak ada bukti dengan saringan ini.", "There is no proof with these filters.";
    place_filter: "Tempat", "Place";
    pay_point: "Titik bayar", "Pay point";
    teller: "Juru bayar", "Teller";
    device: "Perangkat", "Device";
    from: "Dari tanggal", "From day";
    to: "Sampai tanggal", "To day";
    least: "Rupiah paling sedikit", "Least rupiah";
    most: "Rupiah paling banyak", "Most rupiah";
    finding: "Temuan", "Finding";
    back: "Kembali ke lembar", "Back to the sheet";
}
