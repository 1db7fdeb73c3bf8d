//! Runbooks: what to do when something on the operators' page is not as it should be.
//!
//! `GET /operations/runbooks`; each has an anchor that the page beside it links to. They stand here in both languages, not in a document elsewhere, because
//! they are read when other things are down.

use askama::Template;
use axum::{extract::State, response::Response};
use salur_domain::{actor::Act, reason::Language};

use super::words::Words;
use crate::{
    Portal,
    pages::{Frame, PageRefusal, Viewer, show},
};

/// In Indonesian and in English.
type Said = [&'static str; 2];

/// One situation.
pub(super) struct Runbook {
    /// Where links go: `#dead-letters`.
    pub anchor: &'static str,
    title: Said,
    seen: Said,
    steps: &'static [Said],
}

/// All, in the order of the page that leads here.
pub(super) static RUNBOOKS: [Runbook; 7] = [
    Runbook {
        anchor: "dependency",
        title: ["Sesuatu yang kami perlukan tidak menjawab", "Something that we need does not answer"],
        seen: [
            "Lencana merah pada halaman operasi. Pekerja menunggu dan mencoba lagi sendiri; tidak ada pesan yang hilang.",
            "A red badge on the page of operations. Workers wait and try again by themselves; no message is lost.",
        ],
        steps: &[
            ["Lihat apakah prosesnya hidup dan diskanya tidak penuh.", "Look whether its process lives and its disk is not full."],
            [
                "Jalankan kembali layanannya. Jangan jalankan ulang pekerja: mereka menyambung sendiri.",
                "Start the service again. Do not restart workers: they connect by themselves.",
            ],
            [
                "Setelah menjawab, tunggu antrean habis, lalu jalankan: salur verify",
                "Once it answers, let the queues run empty, then run: salur verify",
            ],
        ],
    },
    Runbook {
        anchor: "lag",
        title: ["Antrean tumbuh", "A queue grows"],
        seen: [
            "Yang masuk lebih banyak daripada yang selesai; kolom Habis dalam menunjukkan lama atau tidak habis.",
            "More comes in than is done; the column Empty after says long, or never.",
        ],
        steps: &[
            [
                "Tambahkan pekerja sebanyak kolom Pekerja perlu: salur run NAMA-TAHAP, di mesin mana saja.",
                "Add as many workers as the column Workers needed says: salur run NAME-OF-STAGE, on any machine.",
            ],
            [
                "Jika penambahan tidak menolong, basis data sudah penuh kerjanya: lihat prosesor dan diskanya.",
                "If more workers do not help, the database is at its limit: look at its processor and disk.",
            ],
            [
                "Hentikan sementara tahap yang tidak mendesak, misalnya cheque-rendering, supaya yang lain maju.",
                "Pause a stage that is not urgent, as cheque-rendering, so that others go on.",
            ],
        ],
    },
    Runbook {
        anchor: "no-worker",
        title: ["Tahap tanpa pekerja", "A stage without workers"],
        seen: ["Kolom Pekerja menunjukkan nol dan ada yang menunggu.", "The column Workers says none, and something waits."],
        steps: &[
            [
                "Jalankan: salur run NAMA-TAHAP. Baris pertama lognya mengatakan apa yang kurang.",
                "Run: salur run NAME-OF-STAGE. The first lines of its log say what is missing.",
            ],
            ["Jika berhenti sendiri, alasannya di baris terakhir lognya.", "If it ends by itself, the last line of its log says why."],
        ],
    },
    Runbook {
        anchor: "suspects",
        title: ["Pesan yang dicurigai", "Suspects"],
        seen: [
            "Pesan yang berulang kali menjatuhkan pekerja dipisahkan dan dikerjakan sendiri-sendiri.",
            "Messages that ended workers again and again are set apart and worked on one by one.",
        ],
        steps: &[
            [
                "Tunggu: yang bersih kembali bekerja, yang buruk menjadi surat mati dengan sebabnya.",
                "Wait: what is sound goes on, what is not becomes a dead letter with its cause.",
            ],
            [
                "Jika pekerja kehabisan memori, lihat batas memorinya dan ukuran foto.",
                "If a worker ran out of memory, look at its limit and at the size of photos.",
            ],
        ],
    },
    Runbook {
        anchor: "dead-letters",
        title: ["Surat mati", "Dead letters"],
        seen: [
            "Pesan yang tidak dapat diproses, dikelompokkan menurut tahap dan sebab. Keluarganya menunggu dan terlihat menunggu.",
            "Messages that could not be processed, grouped by stage and cause. Their families wait, and are seen to wait.",
        ],
        steps: &[
            [
                "Buka kelompoknya dan baca sebabnya. Perbaiki dulu sebabnya: versi pekerja, data induk, kunci.",
                "Open the group and read its cause. Mend the cause first: a worker's version, master data, a key.",
            ],
            ["Coba ulang lima surat. Hasilnya tampil di halaman itu.", "Try five letters again. What comes of them is shown there."],
            [
                "Jika kelimanya selesai, ulangi semuanya. Mengulang dua kali tidak membayar dua kali.",
                "If all five are done, replay all. To replay twice does not pay twice.",
            ],
            [
                "Jika tetap gagal, catat cap sebabnya dan serahkan kepada pengembang.",
                "If they fail again, write down the mark of the cause and hand it to a developer.",
            ],
        ],
    },
    Runbook {
        anchor: "paused",
        title: ["Ada yang dihentikan sementara", "Something is paused"],
        seen: ["Daftar yang dihentikan, oleh siapa, dan sejak kapan.", "The list of what is paused, by whom and since when."],
        steps: &[
            ["Tanyakan kepada yang menghentikan apakah alasannya masih berlaku.", "Ask who paused it whether the reason still holds."],
            [
                "Lanjutkan di halaman ini, atau: salur resume. Yang menunggu bergerak sendiri.",
                "Resume it on the page, or: salur resume. What waits moves by itself.",
            ],
        ],
    },
    Runbook {
        anchor: "ledger",
        title: ["Papan tidak sama dengan buku besar", "The board is not equal to the ledger"],
        seen: [
            "Spanduk merah pada papan, dengan wilayah dan selisihnya.",
            "A red banner on the board, with the region and the difference.",
        ],
        steps: &[
            [
                "Jangan pakai angka papan. Hentikan sementara tahap pembayaran: salur pause.",
                "Do not use the board's figures. Pause the tranche: salur pause.",
            ],
            [
                "Jalankan: salur verify. Ia menyebut pembayaran, entri, atau hitungan yang tidak cocok.",
                "Run: salur verify. It names the payment, entry or tally that does not fit.",
            ],
            [
                "Simpan keluarannya dan panggil pengembang; jangan ubah tabel dengan tangan.",
                "Keep what it says and call a developer; change no table by hand.",
            ],
        ],
    },
];

#[derive(Template)]
#[template(path = "runbooks.html")]
struct RunbooksPage {
    f: Frame,
    w: &'static Words,
    books: Vec<Shown>,
}

/// A runbook in one language.
struct Shown {
    anchor: &'static str,
    title: &'static str,
    seen: &'static str,
    steps: Vec<&'static str>,
}

pub(super) async fn page(State(_): State<Portal>, viewer: Viewer) -> Result<Response, PageRefusal> {
    viewer.caller.must(Act::SeeStages).map_err(|refusal| viewer.refused(refusal))?;
    let said = |said: &Said| said[usize::from(viewer.language == Language::English)];
    let books = RUNBOOKS.iter().map(|book| Shown {
        anchor: book.anchor,
        title: said(&book.title),
        seen: said(&book.seen),
        steps: book.steps.iter().map(said).collect(),
    });
    Ok(show(&RunbooksPage { f: viewer.frame(), w: Words::of(viewer.language), books: books.collect() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_link_of_the_page_of_operations_has_its_runbook() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/templates/");
        let mut links = 0;
        for page in ["operations.html", "dead_letters.html"] {
            let template = std::fs::read_to_string(format!("{folder}{page}")).expect("readable");
            for (_, rest) in template.match_indices("/operations/runbooks#").map(|(at, link)| template.split_at(at + link.len())) {
                let anchor = rest.split('"').next().expect("a link ends");
                assert!(RUNBOOKS.iter().any(|book| book.anchor == anchor), "{page}: {anchor}");
                links += 1;
            }
        }
        assert!(links >= 4, "{links} links");
    }
}
