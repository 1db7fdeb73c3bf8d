"""Signs and draws the same cheques with Pillow and qrcode (PNG) and with reportlab (PDF, three to a page): what a team without our code would write.

Both keep what can be kept: fonts are loaded once, the QR is a bitmap of its modules. Prints one JSON object, rates per second of processor time."""

import hashlib
import io
import json
import sys
import time

import qrcode
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen import canvas

FONTS = "/usr/share/fonts/truetype/dejavu/"
WIDTH, HEIGHT = 1240, 600
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
KEY = Ed25519PrivateKey.from_private_bytes(bytes([7] * 32))
LINES = [
    (104, 27, True, "Bantuan Sosial Tunai Kementerian Sosial RI"), (131, 23, False, "Tahap 4 – Juli 2020"), (172, 27, True, "S*** A*******"),
    (204, 27, True, "1902******0007"), (266, 56, True, "Rp300.000"), (294, 23, False, "tiga ratus ribu rupiah"),
    (360, 27, True, "Kantor Pos Tanjung Pandan"), (386, 23, False, "Jalan Merdeka Nomor 12, Kelurahan Parit, Kecamatan"),
    (411, 23, False, "Tanjung Pandan, Kabupaten Belitung"), (441, 27, True, "14 Jul 2020 – 13 Agu 2020"),
    (508, 27, True, "Bawa: KTP asli dan Kartu Keluarga (KK)"), (531, 19, False, "Berhalangan? Boleh diwakili anggota KK yang sama."),
    (553, 19, False, "Tanpa biaya, tanpa potongan."), (575, 19, False, "Pengaduan: https://bst.example/complaint"),
]


def base45(data):
    out = []
    for at in range(0, len(data), 2):
        pair = data[at:at + 2]
        number = int.from_bytes(pair, "big")
        for _ in range(len(pair) + 1):
            out.append(ALPHABET[number % 45])
            number //= 45
    return "".join(out)


def token(n):
    """As long as ours: claims of 87 bytes and a signature of 64, in 170 bytes."""
    claims = (hashlib.sha512(n.to_bytes(16, "big")).digest() * 2)[:87]
    return "SLR1:" + base45(claims[:19] + claims + KEY.sign(claims))


def code(text):
    made = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=4, box_size=1)
    made.add_data(text)
    made.make()
    modules = made.get_matrix()
    picture = Image.new("1", (len(modules), len(modules)), 1)
    picture.putdata([0 if dark else 1 for row in modules for dark in row])
    return picture


FACES = {(size, bold): ImageFont.truetype(FONTS + ("DejaVuSansCondensed-Bold.ttf" if bold else "DejaVuSansCondensed.ttf"), size)
         for _, size, bold, _ in LINES}


def png(n):
    picture = Image.new("1", (WIDTH, HEIGHT), 1)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((8, 8, WIDTH - 8, 72), fill=0)
    for baseline, size, bold, words in LINES:
        draw.text((170, baseline), words, font=FACES[size, bold], anchor="ls", fill=0)
    modules = code(token(n))
    picture.paste(modules.resize((modules.width * 7, modules.height * 7), Image.NEAREST), (784, 80))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def pdf(numbers):
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=A4, pageCompression=1)
    scale = 0.4114
    for at, n in enumerate(numbers):
        page.saveState()
        page.translate(42, A4[1] - (at % 3 + 1) * A4[1] / 3 + 16)
        page.scale(scale, scale)
        page.rect(8, HEIGHT - 72, WIDTH - 16, 64, fill=1)
        for baseline, size, bold, words in LINES:
            page.setFont("B" if bold else "T", size)
            page.drawString(170, HEIGHT - baseline, words)
        page.drawImage(ImageReader(code(token(n))), 784, 80, 440, 440)
        page.restoreState()
        if at % 3 == 2:
            page.showPage()
    page.save()
    return out.getvalue()


def main():
    cheques = int(sys.argv[1])
    pdfmetrics.registerFont(TTFont("T", FONTS + "DejaVuSansCondensed.ttf"))
    pdfmetrics.registerFont(TTFont("B", FONTS + "DejaVuSansCondensed-Bold.ttf"))
    png(0), pdf(range(3))
    began = time.process_time()
    size = sum(len(png(n)) for n in range(cheques))
    drawn = time.process_time()
    packed = len(pdf(range(cheques)))
    ended = time.process_time()
    print(json.dumps({"cheques": cheques, "pillow_png_per_s_core": round(cheques / (drawn - began)), "reportlab_cheques_per_s_core":
                      round(cheques / (ended - drawn)), "pillow_bytes": size // cheques, "reportlab_bytes": packed // cheques}))


main()
