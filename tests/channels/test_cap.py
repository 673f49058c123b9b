"""CAP 1.2: valid by the OASIS schema, signed, updated, cancelled, current in the index."""

import base64
import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import feedparser
import pytest
from capvalidator import check_signature
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from lxml import etree
from signxml.verifier import XMLVerifier

from channels.build import build_channel
from channels.options import AccountSpec, BadChannel, ChannelSpec, Context
from channels.plain_words import for_xml, one_line
from channels.values import Absent, Attachment, Delivered, Message, Rejected, Retry
from channels.wire import Wire
from tests.channels.conftest import NOW, RealClock, Soon, a_message
from tests.channels.hostile import HOSTILE

CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"
ATOM = "{http://www.w3.org/2005/Atom}"
DS = "{http://www.w3.org/2000/09/xmldsig#}"
SCHEMA = etree.XMLSchema(etree.fromstring(
    (resources.files("capvalidator") / "static/CAP-v1.2-schema.xsd").read_bytes()))
MESSAGE = a_message("cap", text="Công an không gọi điện.\nGọi 113.", extra={
    "summary": "Không chuyển tiền", "priority": "khan_cap", "item": "gia-danh"})
KEY = MESSAGE.key


class Clock(RealClock):
    """Stands still until it is told."""

    moment = NOW

    def now(self) -> datetime:
        return self.moment


def cap(
    folder: Path, *, secrets: dict[str, str] | None = None, clock: Clock | None = None,
    training: bool = False, **options: Any,
) -> Any:
    spec = ChannelSpec(
        "cap", "cap", (AccountSpec("a", dict.fromkeys(secrets or {}, "") | {
            name: name for name in secrets or {}}),),
        options={"sender": "canh-bao@vi-du.invalid", **options})
    return build_channel(spec, Context(
        Wire(training=True), clock or Clock(), (secrets or {}).__getitem__, folder, folder,
        training=training))


def alert(folder: Path, name: str = KEY) -> Any:
    """The alert, valid by the schema."""
    root = etree.fromstring((folder / "cap" / f"{name}.xml").read_bytes())
    SCHEMA.assertValid(root)
    return root


def said(root: Any, path: str) -> str | None:
    found: str | None = root.findtext("/".join(f"{CAP}{step}" for step in path.split("/")))
    return found


def index(folder: Path) -> Any:
    return etree.fromstring((folder / "cap" / "index.atom").read_bytes())


def test_an_alert_says_what_the_standard_wants(tmp_path: Path, soon: Soon) -> None:
    """Valid, in Vietnam's time and without Z, graded by its class, placed by its target."""
    areas = {"luc-ngan": {"desc": "Xã Lục Ngạn", "geocode": {"ma-xa": "07567"}}}
    channel = cap(tmp_path, areas=areas, sender_name="UBND xã", contact="Trực ban",
                  base_url="https://vi-du.invalid/cap/")

    outcome = channel.send(MESSAGE, deadline=soon())

    assert outcome == Delivered(
        KEY, f"https://vi-du.invalid/cap/{KEY}.xml", "Cảnh báo đã ghi vào thư mục CAP")
    root = alert(tmp_path)
    assert {p: said(root, p) for p in (
        "identifier", "sent", "status", "msgType", "scope", "references", "info/language",
        "info/category", "info/urgency", "info/severity", "info/headline", "info/description",
        "info/instruction", "info/contact", "info/senderName", "info/expires",
        "info/parameter/value", "info/area/areaDesc", "info/area/geocode/value")} == {
        "identifier": KEY, "sent": "2026-11-24T08:00:00+07:00", "status": "Actual",
        "msgType": "Alert", "scope": "Public", "references": None, "info/language": "vi-VN",
        "info/category": "Security", "info/urgency": "Immediate", "info/severity": "Severe",
        "info/headline": MESSAGE.title, "info/description": MESSAGE.text,
        "info/instruction": "Không chuyển tiền", "info/contact": "Trực ban",
        "info/senderName": "UBND xã", "info/expires": "2026-11-25T08:00:00+07:00",
        "info/parameter/value": "LN-0412", "info/area/areaDesc": "Xã Lục Ngạn",
        "info/area/geocode/value": "07567"}


def test_a_programme_may_grade_in_its_own_way(tmp_path: Path, soon: Soon) -> None:
    """`levels` replaces a row; a class nobody told is Unknown, not invented."""
    level = {"urgency": "Future", "severity": "Extreme", "certainty": "Observed"}
    channel = cap(tmp_path, levels={"khan_cap": level})
    channel.send(MESSAGE, deadline=soon())
    channel.send(replace(MESSAGE, key="khac", extra={}), deadline=soon())

    assert said(alert(tmp_path), "info/severity") == "Extreme"
    assert said(alert(tmp_path, "khac"), "info/severity") == "Unknown"


def test_training_is_an_exercise_and_signed_by_nobody(tmp_path: Path, soon: Soon) -> None:
    """A copy of it must not pass for a warning."""
    cap(tmp_path, training=True, secrets={"key": "không đọc tới"}).send(MESSAGE, deadline=soon())

    root = alert(tmp_path / "tap-huan")
    assert said(root, "status") == "Exercise"
    assert root.find(f"{DS}Signature") is None


def test_again_is_the_same_alert_to_the_last_byte(tmp_path: Path, soon: Soon) -> None:
    """Re-sent an hour later, after a restart: the same identifier, the same `sent`."""
    cap(tmp_path).send(MESSAGE, deadline=soon())
    first = (tmp_path / "cap" / f"{KEY}.xml").read_bytes()
    later = Clock()
    later.moment = NOW + timedelta(hours=1)

    outcome = cap(tmp_path, clock=later).send(MESSAGE, deadline=soon())

    assert isinstance(outcome, Delivered)
    assert (tmp_path / "cap" / f"{KEY}.xml").read_bytes() == first


def test_an_update_replaces_all_before_it(tmp_path: Path, soon: Soon) -> None:
    """References name every message of the chain; wrong words leave their old address, too."""
    clock = Clock()
    channel = cap(tmp_path, clock=clock)
    sent = channel.send(MESSAGE, deadline=soon())
    clock.moment += timedelta(minutes=5)
    edited = replace(MESSAGE, text="Lời đúng")

    outcomes = [channel.correct(edited, sent.ref, deadline=soon()) for _ in range(2)]
    channel.correct(replace(MESSAGE, text="Lời đúng hơn"), sent.ref, deadline=soon())

    assert outcomes[0].ref == KEY
    assert sorted(p.name for p in (tmp_path / "cap").glob("*.xml")) == [f"{KEY}.update.2.xml"]
    root = alert(tmp_path, f"{KEY}.update.2")
    assert said(root, "msgType") == "Update"
    assert (said(root, "references") or "").split(" ") == [
        f"canh-bao@vi-du.invalid,{KEY},2026-11-24T08:00:00+07:00",
        f"canh-bao@vi-du.invalid,{KEY}.update.1,2026-11-24T08:05:00+07:00"]
    entries = index(tmp_path).findall(f"{ATOM}entry")
    assert [e.find(f"{ATOM}link").get("href") for e in entries] == [f"{KEY}.update.2.xml"]


def test_a_cancel_stays_until_the_original_would_have_ended(tmp_path: Path, soon: Soon) -> None:
    """With its reference and without the words; then the index forgets it by itself."""
    clock = Clock()
    channel = cap(tmp_path, clock=clock)
    sent = channel.send(MESSAGE, deadline=soon())
    clock.moment += timedelta(hours=2)

    for _ in range(2):
        assert isinstance(channel.recall(MESSAGE, sent.ref), Delivered)

    root = alert(tmp_path, f"{KEY}.cancel.1")
    assert said(root, "msgType") == "Cancel"
    assert said(root, "references") == (
        f"canh-bao@vi-du.invalid,{KEY},2026-11-24T08:00:00+07:00")
    assert said(root, "info/expires") == "2026-11-25T08:00:00+07:00"
    for path in (tmp_path / "cap").rglob("*"):
        assert path.is_dir() or "Công an không" not in path.read_text("utf-8")
    term = index(tmp_path).find(f"{ATOM}entry/{ATOM}category").get("term")
    assert term == "Cancel"
    assert isinstance(channel.find(MESSAGE), Absent)
    clock.moment = NOW + timedelta(hours=24, seconds=1)
    assert channel.check("a").ok
    assert index(tmp_path).find(f"{ATOM}entry") is None


def test_what_was_recalled_is_not_published_again(tmp_path: Path, soon: Soon) -> None:
    """A try that comes late, or an edit of what is gone, changes nothing."""
    channel = cap(tmp_path)
    channel.send(MESSAGE, deadline=soon())
    channel.recall(MESSAGE, KEY)

    assert isinstance(channel.send(MESSAGE, deadline=soon()), Rejected)
    assert isinstance(channel.correct(MESSAGE, KEY, deadline=soon()), Rejected)
    assert isinstance(channel.correct(MESSAGE, "la", deadline=soon()), Rejected)
    assert [p.name for p in (tmp_path / "cap").glob("*.xml")] == [f"{KEY}.cancel.1.xml"]


def test_a_recall_that_a_crash_cut_short_leaves_no_words(tmp_path: Path, soon: Soon) -> None:
    """The Cancel stands, the index does not: the next try also takes away text and picture."""
    data = b"\x89PNG anh"
    (tmp_path / "a.png").write_bytes(data)
    picture = Attachment("a.png", hashlib.sha256(data).hexdigest(), "Ảnh")
    channel = cap(tmp_path, base_url="https://vi-du.invalid/cap/")
    channel.send(replace(MESSAGE, attachments=(picture,)), deadline=soon())
    write = channel._folder._write

    def dies_at_index(path: Path, data: bytes) -> None:
        if path.name == "index.atom":
            raise OSError(28, "crash")
        write(path, data)

    channel._folder._write = dies_at_index
    assert isinstance(channel.recall(MESSAGE, KEY), Retry)
    channel._folder._write = write
    channel.recall(MESSAGE, KEY)

    assert [p.name for p in (tmp_path / "cap").glob("*.xml")] == [f"{KEY}.cancel.1.xml"]
    assert not list((tmp_path / "cap" / "anh").iterdir())


def test_a_crash_between_two_files_heals_with_the_next_try(tmp_path: Path, soon: Soon) -> None:
    """Alert and sidecar are there, the index is not."""
    channel = cap(tmp_path)
    write = channel._folder._write

    def dies_at_index(path: Path, data: bytes) -> None:
        if path.name == "index.atom":
            raise OSError(28, "crash")
        write(path, data)

    channel._folder._write = dies_at_index
    outcome = channel.send(MESSAGE, deadline=soon())
    channel._folder._write = write
    channel.send(MESSAGE, deadline=soon())

    assert isinstance(outcome, Retry)
    assert (outcome.code, outcome.scope) == ("disk", "account")
    assert len(index(tmp_path).findall(f"{ATOM}entry")) == 1


def test_the_index_is_a_feed_that_readers_read(tmp_path: Path, soon: Soon) -> None:
    """Ids that do not depend on the host, a link to each alert, newest first."""
    clock = Clock()
    channel = cap(tmp_path, clock=clock, base_url="https://vi-du.invalid/cap/")
    for n in range(3):
        clock.moment = NOW + timedelta(minutes=n)
        channel.send(replace(MESSAGE, key=f"k{n}", title=f"Tin <{n}> & hết"), deadline=soon())

    feed = feedparser.parse((tmp_path / "cap" / "index.atom").read_bytes())

    assert (feed.bozo, feed.version) == (False, "atom10")
    assert [e.links[0].href for e in feed.entries] == [
        f"https://vi-du.invalid/cap/k{n}.xml" for n in (2, 1, 0)]
    assert all(e.id.startswith("urn:uuid:") for e in feed.entries)
    assert feed.feed.id.startswith("urn:uuid:")
    assert feed.feed.author


def test_a_picture_is_named_by_its_digest(tmp_path: Path, soon: Soon) -> None:
    """SHA-1 as CAP 1.2 has it; an address only where the folder is seen."""
    data = b"\x89PNG anh"
    (tmp_path / "a.png").write_bytes(data)
    picture = Attachment("a.png", hashlib.sha256(data).hexdigest(), "Ảnh chụp")
    cap(tmp_path).send(replace(MESSAGE, attachments=(picture,)), deadline=soon())
    cap(tmp_path, base_url="https://vi-du.invalid/cap/").send(
        replace(MESSAGE, key="co-anh", attachments=(picture,)), deadline=soon())

    bare, shown = alert(tmp_path), alert(tmp_path, "co-anh")
    assert said(bare, "info/resource/digest") == hashlib.sha1(data).hexdigest()  # noqa: S324
    assert said(bare, "info/resource/mimeType") == "image/png"
    assert said(bare, "info/resource/size") == str(len(data))
    assert said(bare, "info/resource/uri") is None
    uri = said(shown, "info/resource/uri") or ""
    assert (tmp_path / "cap" / uri.removeprefix("https://vi-du.invalid/cap/")).read_bytes() == data


Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def pair(key: Key, *, ends: datetime | None = None) -> dict[str, str]:
    """The secrets of an account: a key and its certificate, self-signed."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "vi-du")])
    cert = (x509.CertificateBuilder().subject_name(name).issuer_name(name)
            .public_key(key.public_key()).serial_number(1)
            .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
            .not_valid_after(ends or datetime(2090, 1, 1, tzinfo=UTC))
            .sign(key, hashes.SHA256()))
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                            serialization.NoEncryption())
    return {"key": pem.decode(),
            "cert": cert.public_bytes(serialization.Encoding.PEM).decode()}


RSA = rsa.generate_private_key(65537, 2048)


@pytest.mark.parametrize("key", [RSA, ec.generate_private_key(ec.SECP256R1())],
                         ids=["RSA", "ECDSA"])
def test_a_signature_verifies_and_breaks_with_one_letter(
    tmp_path: Path, soon: Soon, key: Key
) -> None:
    """By a verifier that trusts our certificate; a letter changed in the text is found."""
    secrets = pair(key)
    cap(tmp_path, secrets=secrets).send(MESSAGE, deadline=soon())
    data = (tmp_path / "cap" / f"{KEY}.xml").read_bytes()

    alert(tmp_path)  # valid with the signature in it
    signed = XMLVerifier().verify(data, x509_cert=secrets["cert"]).signed_xml
    assert signed is not None
    assert said(signed, "info/description") == MESSAGE.text
    forged = data.replace("không gọi".encode(), "hay gọi".encode())
    assert forged != data
    with pytest.raises(Exception, match=r"[Dd]igest"):
        XMLVerifier().verify(forged, x509_cert=secrets["cert"])


def test_the_signature_holds_by_hand_and_by_another_tool(tmp_path: Path, soon: Soon) -> None:
    """Digest of the alert without the signature, signature over SignedInfo: cryptography alone."""
    cap(tmp_path, secrets=pair(RSA)).send(MESSAGE, deadline=soon())
    data = (tmp_path / "cap" / f"{KEY}.xml").read_bytes()
    root = etree.fromstring(data)
    signature = root.find(f"{DS}Signature")

    info = etree.tostring(signature.find(f"{DS}SignedInfo"), method="c14n", exclusive=True)
    value = base64.b64decode(signature.findtext(f"{DS}SignatureValue"))
    RSA.public_key().verify(value, info, padding.PKCS1v15(), hashes.SHA256())
    root.remove(signature)
    digest = hashlib.sha256(etree.tostring(root, method="c14n", exclusive=True)).digest()
    assert base64.b64encode(digest).decode() == signature.findtext(f".//{DS}DigestValue")
    assert check_signature(data).passed
    assert not check_signature(data.replace("không gọi".encode(), "hay gọi".encode())).passed


def test_a_key_that_cannot_sign_is_told_before_the_slot(tmp_path: Path) -> None:
    """No PEM, another's certificate, a kind nobody reads; an ended certificate by check()."""
    mine, other = pair(RSA), pair(ec.generate_private_key(ec.SECP256R1()))
    for secrets in ({"key": "không phải PEM"}, {**mine, "cert": other["cert"]}):
        with pytest.raises(BadChannel):
            cap(tmp_path, secrets=secrets)
    ended = datetime(2026, 11, 23, tzinfo=UTC)

    health = cap(tmp_path, secrets=pair(RSA, ends=ended)).check("a")

    assert (health.ok, health.code, health.expires_at) == (False, "cap-cert", ended)
    assert cap(tmp_path, secrets=mine).check("a").ok


def test_a_headline_has_160_characters_at_most(tmp_path: Path) -> None:
    """Told when it is planned, not cut in silence."""
    channel = cap(tmp_path)

    assert channel.validate(replace(MESSAGE, title="x" * 160)) == []
    assert [p.code for p in channel.validate(replace(MESSAGE, title="x" * 161))] == ["title"]
    assert [p.code for p in channel.validate(replace(MESSAGE, title=" "))] == ["title"]


def test_a_cancel_of_a_long_headline_is_not_longer(tmp_path: Path, soon: Soon) -> None:
    """What is put before it counts, too."""
    channel = cap(tmp_path)
    channel.send(replace(MESSAGE, title="x" * 160), deadline=soon())
    channel.recall(MESSAGE, KEY)

    headline = said(alert(tmp_path, f"{KEY}.cancel.1"), "info/headline") or ""
    assert headline.startswith("Thu hồi: xxx")
    assert len(headline) == 160


@contextmanager
def empty_folder() -> Iterator[Path]:
    with TemporaryDirectory() as name:
        yield Path(name)


@given(HOSTILE, HOSTILE, HOSTILE)
@settings(max_examples=60, deadline=None)
def test_a_hostile_text_leaves_alert_and_index_valid(title: str, text: str, key: str) -> None:
    """Valid by the schema, the words themselves, and no file outside the folder."""
    message = Message(key=key, target="]]>&<", text=text, title=title, tag="\x00<",
                      extra={"summary": title})
    with empty_folder() as folder:
        outcome = cap(folder).send(message, deadline=time.monotonic() + 60)

        assert isinstance(outcome, Delivered)
        assert not set(outcome.ref) & set(" ,<&/")
        root = alert(folder, outcome.ref)
        assert said(root, "info/description") == for_xml(text)
        assert said(root, "info/headline") == (one_line(for_xml(title))[:160] or None)
        feed = index(folder)
        assert len(feed.findall(f"{ATOM}entry")) == 1
        assert isinstance(cap(folder).recall(message, outcome.ref), Delivered)
        alert(folder, f"{outcome.ref}.cancel.1")
        assert {p.name for p in folder.iterdir()} == {"cap"}
