//! What is said where a case is carried out of the house, and inside of what is carried.

use crate::words::words;

words! {
    button: "Unduh kasus (ZIP)", "Download the case (ZIP)";
    hint: "Foto asli, data tersamar, dan bukti segel. Dicatat dengan alasan Anda.",
        "The original photo, masked data and the proof of the seal. Recorded with your reason.";
    readme: "Kasus {capture}, diunduh oleh {actor} pada {at}.
Alasan: {why}

Isi:
  case.json   yang tampil di halaman kasus; nama dan NIK tersamar
  photo.jpg   foto persis seperti dinilai ({photo})
  proof.json  jejak setiap baris bukti sampai akar log yang disegel ({sealed})
  keys.txt    kunci publik log dan jurnal menurut portal ini

Periksa foto:
  sha256sum photo.jpg
  harus sama dengan \"sha256\" di case.json, dan dengan kolom keenam baris \"proofs\" di proof.json.
Periksa segel, dengan kunci yang Anda terima lewat jalan lain, bukan dari keys.txt:
  python3 verify.py --proof proof.json --log KUNCI_LOG --journal KUNCI_JURNAL
  verify.py ada di tests/it/evidence/ pada kode sumber salur; formatnya di docs/evidence.md.
Bandingkan checkpoint di proof.json dengan yang Anda simpan atau yang ditandatangani saksi.
",
        "Case {capture}, downloaded by {actor} on {at}.
Reason: {why}

Inside:
  case.json   what the page of the case shows; name and NIK are masked
  photo.jpg   the photo exactly as it was judged ({photo})
  proof.json  the path of each row of evidence to the sealed root of the log ({sealed})
  keys.txt    public keys of log and journal as this portal has them

Check the photo:
  sha256sum photo.jpg
  must be \"sha256\" of case.json, and the sixth column of the row \"proofs\" in proof.json.
Check the seal, with keys that you were given another way, not those of keys.txt:
  python3 verify.py --proof proof.json --log LOG_KEY --journal JOURNAL_KEY
  verify.py stands in tests/it/evidence/ of salur's sources; docs/evidence.md is the format.
Compare the checkpoint in proof.json with one that you kept, or that witnesses signed.
";
    has_photo: "ada", "there";
    no_photo: "tidak ada gambar yang terbaca, jadi berkas ini tidak ada", "no picture could be read, so this file is not there";
    is_sealed: "semua disegel", "all are sealed";
    not_sealed: "belum semua disegel, lihat \"unsealed\"; unduh lagi nanti", "not all are sealed yet, see \"unsealed\"; download it again later";
    no_seal: "belum ada segel, jadi berkas ini tidak ada", "nothing was sealed yet, so this file is not there";
    broken_seal: "TIDAK COCOK DENGAN SEGEL: berkas ini tidak ada; beri tahu operator", "DOES NOT FIT ITS SEAL: this file is not there; tell the operator";
}
