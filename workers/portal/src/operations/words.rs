//! What the pages of operations say.

use crate::words::words;

words! {
    title: "Operasi", "Operations";
    lead: "Yang menunggu di setiap tahap kerja, siapa mengerjakannya, dan apa yang tidak dapat diproses.",
        "What waits before each stage, who works on it, and what could not be processed.";
    runbooks: "Panduan tindakan", "Runbooks";
    runbooks_lead: "Apa yang dilakukan bila sesuatu tidak seperti seharusnya.", "What to do when something is not as it should be.";
    what_to_do: "Apa yang dilakukan?", "What to do?";
    dependencies: "Yang kami perlukan", "What we need";
    answers: "menjawab", "answers";
    silent: "TIDAK MENJAWAB", "DOES NOT ANSWER";
    not_configured: "Kedalaman antrean tidak diketahui: isi broker.management_url di pengaturan.",
        "Depths of queues are not known: set broker.management_url.";
    no_answer: "Broker tidak menceritakan antreannya. Periksa RabbitMQ dan broker.management_url.",
        "The broker does not tell of its queues. Look at RabbitMQ and broker.management_url.";
    stages: "Tahap kerja", "Stages";
    stage: "Tahap kerja", "Stage";
    ready: "Menunggu", "Waiting";
    in_hand: "Dikerjakan", "In hand";
    workers: "Pekerja", "Workers";
    comes: "Masuk/dtk", "In /s";
    goes: "Selesai/dtk", "Done /s";
    empty_after: "Habis dalam", "Empty after";
    needed: "Pekerja perlu", "Workers needed";
    needed_hint: "Pekerja perlu: agar habis dalam sepuluh menit, dari laju sekarang. Satu pesan berisi 1 sampai 500 fakta.",
        "Workers needed: to be empty within ten minutes, from the rates now. A message holds 1 to 500 facts.";
    suspects: "Dicurigai", "Suspects";
    never: "tidak habis", "never";
    paused: "dihentikan", "paused";
    abandoned: "tanpa pekerja", "no worker";
    fine: "baik", "fine";
    unknown: "tidak diketahui", "not known";
    state: "Keadaan", "State";
    by_start: "Tambah pekerja: salur run TAHAP.", "Add a worker: salur run STAGE.";
    letters: "Yang tidak dapat diproses", "What could not be processed";
    no_letters: "Tidak ada surat mati.", "There are no dead letters.";
    cause: "Sebab", "Cause";
    count: "Jumlah", "Letters";
    oldest: "Tertua", "Oldest";
    look: "Lihat", "Look";
    pause: "Hentikan atau lanjutkan", "Pause or resume";
    pause_stage: "Hentikan", "Pause";
    resume_stage: "Lanjutkan", "Resume";
    reason: "Alasan", "Reason";
    reason_hint: "Jangan sebut nama atau NIK.", "Name no person and no NIK.";
    paused_now: "Sedang dihentikan", "Paused now";
    since: "sejak", "since";
    by: "oleh", "by";
    nothing_paused: "Tidak ada yang dihentikan.", "Nothing is paused.";
    pause_sent: "Terkirim; berlaku dalam lima detik.", "Sent; in effect within five seconds.";

    group: "Surat mati", "Dead letters";
    fact: "Jenis fakta", "Type of fact";
    newest: "Terbaru", "Newest";
    open: "belum diputar ulang", "not replayed yet";
    try_title: "Putar ulang", "Replay";
    try_lead: "Perbaiki sebabnya dulu. Coba lima surat; bila berhasil, putar ulang semuanya. Pesan yang sama tidak berakibat dua kali.",
        "Mend the cause first. Try five letters; if that works, replay all. A repeated message does nothing twice.";
    try_five: "Coba 5", "Try 5";
    replay_all: "Putar ulang semua", "Replay all";
    up_to: "paling banyak 10.000 sekali minta", "10,000 at most in one request";
    request: "Permintaan", "Request";
    asked: "diminta", "asked";
    replayed: "diputar ulang", "replayed";
    died_again: "mati lagi", "died again";
    refused: "tidak dapat", "cannot be";
    waiting: "menunggu pekerja", "wait for a worker";
    done: "Selesai.", "Done.";
    some_letters: "Sebagian suratnya", "Some of the letters";
    attempts: "Percobaan", "Attempts";
    message: "Pesan", "Message";
    kept: "Disimpan", "Kept";
    none_left: "Semua surat dari sebab ini sudah diputar ulang.", "All letters of this cause were replayed.";
    back: "Kembali ke operasi", "Back to operations";
}
