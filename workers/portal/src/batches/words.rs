//! What the pages of lists say.

use crate::words::words;

words! {
    title: "Daftar penerima", "Lists of recipients";
    lead: "Setiap daftar yang dikirim, dan apa yang terjadi pada setiap barisnya.", "Every list that was sent, and what became of each of its rows.";
    send_title: "Kirim daftar", "Send a list";
    send_lead: "CSV, Excel (xlsx), JSON Lines, atau pain.001. Daftar diperiksa dulu; tidak ada yang dikirim sebelum Anda menekan Kirim.",
        "CSV, Excel (xlsx), JSON Lines or pain.001. The list is looked at first; nothing is sent before you press Send.";
    tranche: "Tahap", "Tranche";
    file: "Berkas", "File";
    name: "Nama daftar", "Name of the list";
    name_hint: "Boleh kosong: lalu sidik isinya. Daftar yang sama dua kali tetap satu daftar.",
        "May be left empty: then the digest of its content. The same list twice is one list.";
    look: "Periksa", "Look ahead";
    send: "Kirim", "Send";
    sending: "Mengirim berkas", "Sending the file";
    reading: "Membaca baris", "Reading the rows";
    broken: "Terputus. Tidak apa-apa mengirim berkas yang sama lagi.", "The connection broke. The same file can be sent again safely.";
    needs_script: "Mengirim daftar dari halaman ini butuh JavaScript. Tanpa itu: salur submit.",
        "Sending lists from this page needs JavaScript. Without it: salur submit.";
    no_tranche: "Belum ada tahap yang terbuka.", "No tranche is open yet.";

    rows: "baris", "rows";
    rows_title: "Baris", "Rows";
    payable: "akan dibayar", "would be paid";
    held: "akan ditahan", "would be held";
    rejected: "akan ditolak", "would be rejected";
    not_compared: "Belum dibandingkan dengan yang sudah ada di tahap ini dan program lain; itu terjadi setelah dikirim.",
        "Not yet compared with what the tranche and other programmes hold; that happens once it is sent.";
    regencies: "Terhadap alokasi", "Against the allocation";
    regency: "Kabupaten atau kota", "Regency or city";
    room: "Sisa alokasi", "Left of the allocation";
    fits: "cukup", "fits";
    does_not_fit: "tidak cukup: bagian ini akan ditahan", "does not fit: this part will be held";
    findings: "Temuan", "Findings";
    code: "Kode", "Code";
    meaning: "Arti dan yang perlu dilakukan", "Meaning and what to do";
    faults: "kesalahan, dan tidak ada yang dikirim. Perbaiki, lalu periksa lagi.", "faults, and nothing was sent. Mend them and look again.";
    first_faults: "Yang pertama:", "The first ones:";
    line: "Baris berkas", "Line";
    column: "Kolom", "Column";
    what: "Apa yang salah", "What is wrong";
    remedy: "Yang perlu dilakukan", "What to do";
    sent: "Terkirim. Daftar ini bernama", "Sent. This list is called";
    follow: "Lihat barisnya", "See its rows";

    list: "Daftar", "List";
    source: "Sumber", "Source";
    sum: "Jumlah", "Sum";
    state: "Keadaan", "State";
    arrived: "datang", "arrived";
    arriving: "sedang datang", "arriving";
    complete: "lengkap, menunggu dirilis", "complete, waits for its release";
    released: "dirilis", "released";
    mismatch: "jumlah tidak cocok dengan yang dinyatakan", "totals differ from what was declared";
    none: "Belum ada daftar.", "There is no list yet.";
    next: "Berikutnya", "Next";
    first: "Dari awal", "From the start";

    any: "Semua status", "Any status";
    status: "Status", "Status";
    show: "Tampilkan", "Show";
    row: "Baris", "Row";
    amount: "Rupiah", "Rupiah";
    why: "Alasan dan yang perlu dilakukan", "Why, and what to do";
    report: "Unduh laporan:", "Take the report along:";
    too_long: "Daftar ini terlalu panjang untuk dihitung di halaman; unduh laporannya.",
        "This list is too long to be counted on a page; take its report along.";
    staged: "diterima, menunggu dirilis", "taken in, waits for release";
    s_held: "ditahan", "held";
    s_rejected: "ditolak", "rejected";
    to_lists: "Semua daftar", "All lists";
}
