//! What pages say to those who are signed in.

use crate::words::words;

words! {
    skip: "Langsung ke isi", "Skip to the content";
    ways: "Halaman", "Pages";
    other_language: "English", "Bahasa Indonesia";
    board: "Papan", "Board";
    proofs: "Bukti foto", "Proof photos";
    payments: "Pembayaran", "Payments";
    batches: "Daftar", "Lists";
    families: "Cari keluarga", "Find a family";
    packs: "Paket cek", "Packs";
    complaints: "Pengaduan", "Complaints";
    callbacks: "Tanya ulang", "Call-backs";
    holds: "Ditahan", "Holds";
    tranches: "Tahap", "Tranches";
    cash: "Kas", "Cash";
    drawer: "Laci saya", "My drawer";
    bank: "Bank", "Bank";
    people: "Orang", "People";
    devices: "Perangkat", "Devices";
    operations: "Operasi", "Operations";
    to_home: "Ke halaman kerja", "To my work";
    forbidden: "Tidak untuk peran Anda", "Not for your role";
    not_found: "Tidak ditemukan", "Not found";
    failed: "Tidak berhasil", "That did not work";

    administrator: "administrator", "administrator";
    treasurer: "bendahara", "treasurer";
    upstream: "sistem pengirim", "upstream system";
    office: "dinas sosial", "social office";
    supervisor: "pengawas", "supervisor";
    teller: "juru bayar", "teller";
    auditor: "auditor", "auditor";
    ops: "operasi", "operations";
    viewer: "pimpinan", "leader";

    sign_in: "Masuk", "Sign in";
    sign_out: "Keluar", "Sign out";
    sign_in_lead: "Dengan nama, kata sandi, dan enam angka dari aplikasi autentikator Anda.",
        "With your name, your password and the six digits of your authenticator application.";
    sign_in_wrong: "Nama, kata sandi, dan angka tidak cocok, atau angkanya sudah dipakai. Setelah beberapa kali salah, tunggu sampai seperempat jam.",
        "Name, password and digits do not fit, or the digits were used before. After some wrong tries, wait up to a quarter of an hour.";
    sign_in_with: "Masuk dengan", "Sign in with";
    or_with: "atau", "or";
    elsewhere_failed: "Tidak berhasil masuk", "You could not be signed in";
    elsewhere_wrong: "Tidak berhasil: terlalu lama, sudah dipakai, atau jawabannya tidak dapat dipercaya. Mulai lagi dari halaman masuk.",
        "That did not work: it took too long, was used before, or its answer cannot be trusted. Begin again at the page of signing in.";
    elsewhere_unknown: "Akun ini belum ditautkan dengan siapa pun di sini. Sebutkan subjek ini kepada administrator Anda secara langsung:",
        "This account is linked to nobody here. Tell your administrator this subject in person:";
    elsewhere_in: "Anda sudah masuk.", "You are signed in.";
    name: "Nama", "Name";
    password: "Kata sandi", "Password";
    digits: "Enam angka autentikator", "Six digits of the authenticator";
    have_code: "Punya kode sekali pakai? Pasang kata sandi", "Do you have a one-time code? Set your password";
    enrol: "Pasang kata sandi", "Set your password";
    enrol_lead: "Masukkan kode sekali pakai yang Anda terima dari administrator.", "Enter the one-time code that an administrator gave you.";
    enrol_for: "Untuk", "For";
    code: "Kode sekali pakai", "One-time code";
    go_on: "Lanjut", "Go on";
    step_authenticator: "Pindai dengan aplikasi autentikator", "Scan this with your authenticator application";
    qr_label: "Kode QR untuk aplikasi autentikator", "QR code for the authenticator application";
    by_hand: "Atau ketik:", "Or type it in:";
    new_password: "Kata sandi baru", "New password";
    password_hint: "12 sampai 128 huruf, angka, atau tanda. Beberapa kata acak lebih mudah diingat.",
        "12 to 128 letters, digits or signs. A few random words are easier to remember.";
    password_has_name: "Jangan pakai nama Anda di dalam kata sandi.", "Do not use your name in the password.";
    again: "Sekali lagi", "Once more";
    not_the_same: "Kedua kata sandi tidak sama.", "The two passwords are not the same.";
    digits_wrong: "Angka tidak cocok. Periksa jam di ponsel, lalu ketik angka yang sedang tampil.",
        "The digits do not fit. Check the clock of your phone, then type the digits it shows now.";
    no_such_code: "Kode ini tidak dikenal, sudah dipakai, atau sudah habis waktunya. Minta kode baru kepada administrator.",
        "This code is not known, was used or is over. Ask an administrator for another one.";
    enrol_button: "Simpan", "Save";
}
