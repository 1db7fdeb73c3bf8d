//! The board's words.

use crate::words::words;

words! {
    title: "Papan penyaluran bantuan tunai", "Cash assistance board";
    subtitle: "Berapa dari alokasi yang sudah sampai ke keluarga, saat ini", "How much of the allocation has reached families, now";
    specimen: "CONTOH: keluarga dan uang di halaman ini rekaan", "SPECIMEN: families and money on this page are fictitious";
    connecting: "Menghubungkan", "Connecting";
    live: "Langsung", "Live";
    offline: "Terputus, mencoba lagi", "Disconnected, trying again";
    stale: "Angka tertahan", "Figures are delayed";
    paid_so_far: "Sudah diterima keluarga", "Received by families";
    of_allocation: "dari alokasi", "of an allocation of";
    families: "keluarga", "families";
    rows: "baris", "rows";
    allocation: "Alokasi", "Allocation";
    funded: "Didanai", "Funded";
    paid: "Dibayar", "Paid";
    in_question: "Bukti diperiksa", "In question";
    open: "Belum diambil", "Open";
    unfunded: "Belum didanai", "Not funded yet";
    held: "Ditahan", "Held";
    rejected: "Ditolak", "Rejected";
    returned: "Dikembalikan", "Returned";
    region: "Wilayah", "Region";
    share: "Dari alokasi", "Of allocation";
    equal: "Sama dengan buku besar", "Equal to the ledger";
    differs: "TIDAK SAMA DENGAN BUKU BESAR", "NOT EQUAL TO THE LEDGER";
    differs_hint: "Jangan pakai angka ini. Jalankan salur verify.", "Do not use these figures. Run salur verify.";
    on_board: "papan", "board";
    in_ledger: "buku besar", "ledger";
    handed_over: "Diserahkan", "Handed over";
    checked: "diperiksa", "checked";
    seconds_ago: "detik lalu", "s ago";
    at_hour: "pukul", "at";
    map: "Bagian alokasi yang dibayar, per provinsi", "Paid share of the allocation, by province";
    cells: "Bagian alokasi yang dibayar, per kabupaten dan kota", "Paid share of the allocation, by regency and city";
    indonesia: "Indonesia", "Indonesia";
    way: "Jalan ke sini", "The way here";
    choose: "Pilih tahap", "Choose a tranche";
    all_tranches: "Semua tahap", "All tranches";
    programme: "Program", "Programme";
    wall: "Mode dinding", "Wall mode";
    no_wall: "Tutup mode dinding", "Leave wall mode";
    methods: "Menurut cara bayar", "By method of payment";
    post_office: "Kantor pos", "Post office";
    community: "Titik komunitas", "Community point";
    home_visit: "Kunjungan rumah", "Home visit";
    no_pay_point: "Tanpa titik bayar", "Without a pay point";
    of_funded: "dari", "of";
    curve: "Dibayar terhadap jadwal", "Paid against the schedule";
    curve_paid: "dibayar", "paid";
    curve_due: "menurut jadwal, tanpa jadwal laju merata", "by the schedule, at an even pace without one";
    by_now: "sampai sekarang", "by now";
    ticker: "Baru saja dibayar", "Paid just now";
    ticker_none: "Menunggu pembayaran berikutnya.", "Waiting for the next payments.";
    few_note: "⋯ menutupi jumlah di bawah 5 keluarga, dan angka lain yang dapat membukanya.",
        "⋯ covers counts under 5 families, and figures that would give them away.";
    exact_note: "Angka persis, termasuk jumlah di bawah 5 keluarga: jangan diteruskan ke umum.",
        "Exact figures, counts under 5 families among them: do not pass them on to the public.";
    inside_note: "Desa dan titik bayar terlihat oleh yang bertugas di wilayah ini.", "Villages and pay points are shown to those who work in this region.";
    sign_in: "Masuk", "Sign in";
    pay_points: "Per titik bayar", "By pay point";
    villages: "Per desa dan kelurahan", "By village";
    village: "Desa", "Village";
    district: "Kecamatan", "District";
    pay_point: "Titik bayar", "Pay point";
    method: "Cara bayar", "Method";
    no_allocation: "tanpa alokasi", "no allocation";
    tranches: "Tahap", "Tranches";
    per_family: "per keluarga", "per family";
    until: "sampai", "to";
    paused: "Dihentikan sementara", "Paused";
    provinces: "Per provinsi", "By province";
    regencies: "Per kabupaten dan kota", "By regency and city";
    total: "Jumlah", "Total";
    elsewhere: "Tanpa wilayah yang terbaca", "Without a readable region";
    country: "514 kabupaten dan kota", "514 regencies and cities";
    country_hint: "Satu kotak satu kabupaten atau kota", "One square is one regency or city";
    of: "dari", "of";
    with_allocation: "beralokasi", "with an allocation";
    nothing: "Belum ada tahap. Papan terisi setelah tahap pertama disiapkan.", "There is no tranche yet. The board fills once the first one is set up.";
    open_note: "Belum diambil = didanai - dibayar - bukti diperiksa - dikembalikan - dibatalkan. Persen dipotong, tidak dibulatkan ke atas.",
        "Open = funded - paid - in question - returned - cancelled. Percentages are cut, never rounded up.";
    structural: "Verifikasi akun: hanya struktural (aturan NIK dan pasangan); catatan sipil tidak ditanya.",
        "Verification of accounts: structural only (rules of the NIK and pairs); no civil registry was asked.";
    confirmed: "Verifikasi akun: dikonfirmasi catatan sipil untuk", "Verification of accounts: confirmed by a civil registry for";
    rest_structural: "keluarga; selebihnya hanya struktural (aturan NIK dan pasangan).", "families; all others structural only (rules of the NIK and pairs).";
    regions_note: "Kode wilayah: idn-area-data (ODbL 1.0)", "Region codes: idn-area-data (ODbL 1.0)";
    complain: "Uang tidak sampai atau kurang? Adukan", "Money missing or short? Complain";
    data: "Data mentah (JSON)", "Raw data (JSON)";
}
