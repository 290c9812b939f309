"""Files of every kind, made by other tools → the same policy; hostile files → one sentence."""

import html
import io
import shutil
import socket
import subprocess
import zipfile
import zlib
from collections.abc import Callable
from datetime import date
from pathlib import Path

import docx
import hypothesis
import openpyxl
import pypdf
import pytest
from hypothesis import strategies
from PIL import Image

from index.documents import Document, cut
from index.errors import PolicyError
from index.passages import Passage, split
from index.readers import MAX_BYTES, Text, read

Make = Callable[[Path, str], Path]
HEADS = ["序号", "项目", "金额(万元)", "比例"]
ROWS = [["1", "超高压充电桩", "300", "5%"], ["2", "加氢站", "1200", "30%"], ["3", "换电站", "80.5", "12.5%"]]
AS_READ = "序号: 2; 项目: 加氢站; 金额(万元): 1200万元; 比例: 30%"
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
CHROMIUM = shutil.which("chromium") or "chromium"
SOFFICE = shutil.which("soffice") or ""


def understood(path: Path) -> tuple[list[Document], list[Passage]]:
    text = read(path)
    documents = cut(text.lines, path.name, text.page_starts)
    return documents, [passage for document in documents for passage in split(document)]


def page_of(body: str, style: str = "p{text-indent:2em;text-align:justify}") -> str:
    return f"<!doctype html><html><head><meta charset=utf-8><title>页面_某网站</title><style>{style}</style></head><body>{body}</body></html>"


def paragraphs(policy: str) -> str:
    return "".join(f"<p>{html.escape(line)}</p>\n" for line in policy.strip().split("\n"))


def html_table() -> str:
    head = "".join(f"<th>{h}</th>" for h in HEADS)
    return f"<table border=1><tr>{head}</tr>{''.join('<tr>' + ''.join(f'<td>{c}</td>' for c in row) + '</tr>' for row in ROWS)}</table>"


def as_txt(folder: Path, policy: str) -> Path:
    path = folder / "policy.txt"
    path.write_text(policy, encoding="utf-8")
    return path


def as_md(folder: Path, policy: str) -> Path:
    lines = policy.strip().split("\n")
    path = folder / "policy.md"
    path.write_text("\n".join([f"# {lines[0]}", "", *lines[1:]]), encoding="utf-8")
    return path


def as_html(folder: Path, policy: str) -> Path:
    path = folder / "policy.html"
    path.write_text(page_of(paragraphs(policy)), encoding="utf-8")
    return path


def as_docx(folder: Path, policy: str) -> Path:
    document = docx.Document()
    first, *rest = policy.strip().split("\n")
    document.add_heading(first, 0)
    for line in rest:
        document.add_heading(line, 1) if line[1:2] == "、" else document.add_paragraph(line)
    path = folder / "policy.docx"
    document.save(str(path))
    return path


def as_bare_docx(folder: Path, policy: str) -> Path:
    """As other programs write it: the smallest parts, no styles."""
    body = "".join(f"<w:p><w:r><w:t>{html.escape(line)}</w:t></w:r></w:p>" for line in policy.strip().split("\n"))
    return word(folder / "policy.docx", body)


def as_pdf(folder: Path, policy: str) -> Path:
    return printed(as_html(folder, policy))


def printed(page: Path) -> Path:
    """What Chromium prints of a page, with its heads, feet and page numbers."""
    pdf = page.with_suffix(".pdf")
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={page.parent / 'profile'}"]
    subprocess.run([*command, f"--print-to-pdf={pdf}", str(page)], check=True, capture_output=True, timeout=120)
    return pdf


def by_office(file: Path, kind: str) -> Path:
    """What LibreOffice makes of a file."""
    out = file.parent / "office"
    profile = f"-env:UserInstallation={(file.parent / 'soffice').as_uri()}"
    command = [SOFFICE, profile, "--headless", "--convert-to", kind, "--outdir", str(out), str(file)]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    return out / f"{file.stem}.{kind.split(':')[0]}"


def word(path: Path, body: str, **parts: str) -> Path:
    """A .docx of hand-written XML."""
    types = "http://schemas.openxmlformats.org/package/2006/content-types"
    relations = "http://schemas.openxmlformats.org/package/2006/relationships"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml"
    overrides = "".join(f'<Override PartName="/word/{p}.xml" ContentType="{kind}.{p}+xml"/>' for p in parts)
    links = "".join(f'<Relationship Id="r{p}" Type="{office}/{p}" Target="{p}.xml"/>' for p in parts)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{types}"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="{kind}.document.main+xml"/>{overrides}</Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{relations}"><Relationship Id="r1" Type="{office}/officeDocument" Target="word/document.xml"/></Relationships>',
        )
        archive.writestr("word/_rels/document.xml.rels", f'<Relationships xmlns="{relations}">{links}</Relationships>')
        prolog = body if body.startswith("<?xml") else f"<w:document {W}><w:body>{body}</w:body></w:document>"
        archive.writestr("word/document.xml", prolog)
        for name, text in parts.items():
            archive.writestr(f"word/{name}.xml", text)
    return path


MAKERS = [as_txt, as_md, as_html, as_docx, as_bare_docx, pytest.param(as_pdf, marks=pytest.mark.browser)]


@pytest.mark.parametrize("make", MAKERS)
def test_a_policy_reads_the_same_from_every_kind_of_file(tmp_path: Path, policy: str, make: Make) -> None:
    documents, passages = understood(make(tmp_path, policy))
    (document,) = documents
    assert document.title == "关于印发测试市充电设施补贴办法的通知"
    assert document.document_number == "渝测发〔2024〕3号"
    assert (document.issued_on, document.valid_until) == (date(2024, 3, 5), date(2025, 12, 31))
    (grant,) = [p for p in passages if "400元/千瓦" in p.text and p.kind != "head"]
    assert grant.section[-1] == "一、补贴标准"
    assert grant.text == "对单桩功率不低于350千瓦的超高压充电桩,给予400元/千瓦的一次性建设补贴。"


@pytest.mark.skipif(not SOFFICE, reason="LibreOffice is not installed")
@pytest.mark.parametrize("kind", ["docx:MS Word 2007 XML", "pdf"])
def test_a_policy_that_libreoffice_wrote(tmp_path: Path, policy: str, kind: str) -> None:
    documents, passages = understood(by_office(as_docx(tmp_path, policy), kind))
    assert [d.document_number for d in documents] == ["渝测发〔2024〕3号"]
    assert any(p.text == "对新建加氢站,按设备投资额的30%给予补贴,最高不超过300万元。" for p in passages)


def as_table_docx(folder: Path) -> Path:
    document = docx.Document()
    table = document.add_table(0, 4)
    for row in [HEADS, *ROWS]:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    document.save(str(folder / "t.docx"))
    return folder / "t.docx"


def as_xlsx(folder: Path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(HEADS)
    for number, name, amount, share in ROWS:
        sheet.append([int(number), name, float(amount), float(share[:-1]) / 100])
        sheet.cell(sheet.max_row, 4).number_format = "0%"
    book.save(folder / "t.xlsx")
    return folder / "t.xlsx"


def as_csv(folder: Path) -> Path:
    (folder / "t.csv").write_bytes("\r\n".join(";".join(row) for row in [HEADS, *ROWS]).encode("gb18030"))
    return folder / "t.csv"


def as_table_html(folder: Path) -> Path:
    (folder / "t.html").write_text(page_of(html_table()), encoding="utf-8")
    return folder / "t.html"


def as_table_md(folder: Path) -> Path:
    rows = [HEADS, ["---"] * 4, *ROWS]
    (folder / "t.md").write_text("\n".join("| " + " | ".join(row) + " |" for row in rows), encoding="utf-8")
    return folder / "t.md"


def as_table_pdf(folder: Path) -> Path:
    return printed(as_table_html(folder))


TABLES = [
    as_table_docx, as_xlsx, as_csv, as_table_html, as_table_md, pytest.param(as_table_pdf, marks=pytest.mark.browser),
]  # fmt: skip


@pytest.mark.parametrize("make", TABLES)
def test_a_table_comes_back_as_rows_with_columns_and_units(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    _, passages = understood(make(tmp_path))
    rows = [p for p in passages if p.kind == "row"]
    assert [p.text for p in rows][1] == AS_READ and len(rows) == 3
    assert rows[1].raw == AS_READ.replace("1200万元", "1200")
    assert rows[2].text == "序号: 3; 项目: 换电站; 金额(万元): 80.5万元; 比例: 12.5%"


@pytest.mark.skipif(not SOFFICE, reason="LibreOffice is not installed")
def test_a_workbook_that_libreoffice_wrote(tmp_path: Path) -> None:
    _, passages = understood(by_office(as_xlsx(tmp_path), "xlsx"))
    assert AS_READ in [p.text for p in passages]


def test_merged_cells_titles_and_subheads_of_a_sheet(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ["2024年补贴标准一览表"], ["类别", "项目", "标准", None], [None, None, "金额(万元)", "比例"],
        ["一、新能源"], ["整车", "客车", 30, "5%"], [None, "货车", 50, "6%"], ["二、其他"], ["设施", "加氢站", 300, "30%"],
    ):  # fmt: skip
        sheet.append(row)
    for area in ("A1:D1", "A2:A3", "B2:B3", "C2:D2", "A4:D4", "A5:A6", "A7:D7"):
        sheet.merge_cells(area)
    hidden = book.create_sheet("底稿")
    hidden.append(["不该出现", 999])
    hidden.sheet_state = "hidden"
    book.save(tmp_path / "x.xlsx")
    documents, passages = understood(tmp_path / "x.xlsx")
    assert documents[0].title == "2024年补贴标准一览表"
    assert [(p.text, p.section[-1]) for p in passages if p.kind == "row"] == [
        ("类别: 整车; 项目: 客车; 标准金额(万元): 30万元; 标准比例: 5%", "一、新能源"),
        ("类别: 整车; 项目: 货车; 标准金额(万元): 50万元; 标准比例: 6%", "一、新能源"),
        ("类别: 设施; 项目: 加氢站; 标准金额(万元): 300万元; 标准比例: 30%", "二、其他"),
    ]
    assert not any("不该出现" in p.text for p in passages)


def test_values_of_a_sheet_read_as_they_are_shown_but_never_rounded(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["项目", "值"])
    for name, value, form in (
        ("比例", 0.07, "0%"), ("细比例", 0.0725, "0.0%"), ("日期", date(2024, 3, 5), "yyyy-mm-dd"), ("和", 0.1 + 0.2, "0.00"),
        ("金额", 1234567, "#,##0"), ("带单位", 300, '0"万元"'), ("小", 0.00001, "General"),
    ):  # fmt: skip
        sheet.append([name, value])
        sheet.cell(sheet.max_row, 2).number_format = form
    book.save(tmp_path / "v.xlsx")
    lines = read(tmp_path / "v.xlsx").lines
    assert [line.split("值: ")[1] for line in lines if "值: " in line] == [
        "7%", "7.25%", "2024年3月5日", "0.3", "1234567", "300万元", "0.00001",
    ]  # fmt: skip


def test_word_shows_what_a_reader_sees(tmp_path: Path) -> None:
    level = (
        '<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="第%1条"/></w:lvl>'
    )
    numbering = f'<w:numbering {W}><w:abstractNum w:abstractNumId="0">{level}</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
    numbered = '<w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr>'
    body = (
        f"<w:p>{numbered}<w:r><w:t>补贴</w:t></w:r><w:ins><w:r><w:t>400元</w:t></w:r></w:ins><w:del><w:r><w:delText>300元</w:delText></w:r></w:del></w:p>"
        f"<w:sdt><w:sdtContent><w:p>{numbered}<w:r><w:t>在内容控件里</w:t></w:r></w:p></w:sdtContent></w:sdt>"
        "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>隐藏</w:t></w:r><w:r><w:t>一</w:t><w:br/><w:t>二</w:t></w:r></w:p>"
    )
    notes = f'<w:footnotes {W}><w:footnote w:type="separator" w:id="0"><w:p/></w:footnote><w:footnote w:id="1"><w:p><w:r><w:t>脚注文字</w:t></w:r></w:p></w:footnote></w:footnotes>'
    path = word(tmp_path / "w.docx", body, numbering=numbering, footnotes=notes)
    assert read(path).lines == ["第一条补贴400元", "第二条在内容控件里", "一", "二", "[1] 脚注文字"]


def test_a_page_without_its_furniture(tmp_path: Path) -> None:
    body = (
        "<nav>首页 栏目</nav><header>某市政府网</header><script>var 补贴='999万元'</script><noscript>请打开脚本</noscript><p hidden>藏1</p>"
        "<p style='display: none'>藏2</p><div class='footer'>版权</div><h1>测试市加氢站补贴办法</h1><p>来源:某局 发布日期:2024-01-01</p>"
        "<form><p>对新建加氢站给予<b>3<i>0</i>0</b>万元<br>补贴。</p><ol start=3><li><p>第三项</p></li><li>第四项</li></ol></form><!-- 注释 --><template>藏3</template>"
    )
    (tmp_path / "p.htm").write_text(page_of(body), encoding="utf-8")
    lines = read(tmp_path / "p.htm").lines
    assert lines == [
        "# 测试市加氢站补贴办法", "来源:某局 发布日期:2024-01-01", "对新建加氢站给予300万元", "补贴。", "3. 第三项", "4. 第四项",
    ]  # fmt: skip
    documents, _ = understood(tmp_path / "p.htm")
    assert [(d.title, d.kind) for d in documents] == [("测试市加氢站补贴办法", "regulation")]


def test_what_a_page_of_a_government_says_of_itself_above_the_title(tmp_path: Path, policy: str) -> None:
    facts = "<table><tr><td>发文字号:</td><td>渝测发〔2024〕9号</td><td>索引号:</td><td>1-2</td></tr><tr><td>发布机构:</td><td>测试市能源局</td><td>成文日期:</td><td>2024-05-06</td></tr></table>"
    title, *rest = [line for line in policy.split("\n") if "〔2024〕" not in line and "2024年3月5日" not in line]
    body = f"<p>首页 &gt; 政策</p>{facts}<div>{title}</div><div>来源:某网 发布时间:2024-05-08</div>{paragraphs(chr(10).join(rest))}"
    (tmp_path / "g.html").write_text(page_of(body).replace("页面_", f"{title}_"), encoding="utf-8")
    documents, _ = understood(tmp_path / "g.html")
    assert [(d.title, d.document_number, d.issued_on, d.valid_until) for d in documents] == [
        (title, "渝测发〔2024〕9号", date(2024, 5, 6), date(2025, 12, 31))
    ]


@pytest.mark.browser
def test_a_pdf_has_pages_paragraphs_and_no_page_furniture(tmp_path: Path) -> None:
    long = "".join(
        f"第{i}类企业经认定后按照实际投资额的百分之{i}给予一次性补贴并优先安排用地指标," for i in range(1, 90)
    )
    body = f"<h1>测试市产业补贴办法</h1><p>{long}最高900万元。</p><p>对第二类项目给予{1200}万元。</p><p style='break-before:page'>最后一段在新的一页,补贴77万元。</p>"
    (tmp_path / "l.html").write_text(page_of(body), encoding="utf-8")
    text = read(printed(tmp_path / "l.html"))
    assert text.lines == [
        "# 测试市产业补贴办法",
        f"{long}最高900万元。",
        "对第二类项目给予1200万元。",
        "最后一段在新的一页,补贴77万元。",
    ]
    assert len(text.page_starts) >= 3 and text.page_starts[0] == 1 and text.page_starts[-1] == 4
    (document,) = cut(text.lines, "l.pdf", text.page_starts)
    assert document.page(1) == 1 and document.page(4) == len(text.page_starts)


@pytest.mark.browser
def test_a_table_over_several_pages_keeps_its_columns(tmp_path: Path) -> None:
    rows = "".join(f"<tr><td>{i}<td>第{i}类项目的说明文字<td>{i * 10}<td>{i}%" for i in range(1, 120))
    head = "<tr><th rowspan=2>序号<th rowspan=2>项目<th colspan=2>标准<tr><th>金额(万元)<th>比例"
    (tmp_path / "t.html").write_text(page_of(f"<table border=1>{head}{rows}</table>"), encoding="utf-8")
    text = read(printed(tmp_path / "t.html"))
    assert len(text.page_starts) > 2
    assert text.lines == [
        f"| 序号: {i}; 项目: 第{i}类项目的说明文字; 标准 金额(万元): {i * 10}; 标准 比例: {i}%" for i in range(1, 120)
    ]


def test_formats_without_pages_have_none(tmp_path: Path, policy: str) -> None:
    documents, _ = understood(as_docx(tmp_path, policy))
    assert documents[0].page_starts == () and documents[0].page(1) is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings_of_chinese(tmp_path: Path, policy: str, encoding: str) -> None:
    (tmp_path / "e.txt").write_bytes(policy.encode(encoding))
    assert read(tmp_path / "e.txt").lines == policy.split("\n")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("各區縣人民政府:為促進產業發展,對企業給予補貼,最高不超過三百萬元。本辦法自印發之日起施行。", "big5"),
        ("L'aide s'élève à 5000 francs; la société doit être établie à Genève, et le dépôt fait en été.", "latin-1"),
    ],
)
def test_other_encodings(tmp_path: Path, text: str, encoding: str) -> None:
    (tmp_path / "e.txt").write_bytes(text.encode(encoding))
    assert read(tmp_path / "e.txt").lines == [text]


def test_the_encoding_that_a_page_declares(tmp_path: Path) -> None:
    page = page_of("<p>给予300万元补贴。</p>").replace(
        "charset=utf-8", 'http-equiv=x content="text/html; charset=gb2312"'
    )
    (tmp_path / "g.html").write_bytes(page.encode("gb18030"))
    assert "给予300万元补贴。" in read(tmp_path / "g.html").lines


def bomb(path: Path, name: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, b"0" * 300_000_000)
    return path


def lying_bomb(path: Path) -> Path:
    """The flood declares itself as ten bytes."""
    data = bytearray(bomb(path, "word/document.xml").read_bytes())
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.index(signature) + offset
        data[at : at + 4] = (10).to_bytes(4, "little")
    path.write_bytes(data)
    return path


def laughs(element: str) -> str:
    entities = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10))
    return f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "哈哈">{entities}]>{element}'


def laughing_docx(path: Path) -> Path:
    return word(path, laughs(f"<w:document {W}><w:body><w:p><w:r><w:t>&a9;</w:t></w:r></w:p></w:body></w:document>"))


def laughing_xlsx(path: Path) -> Path:
    book = openpyxl.Workbook()
    book.active.append(["a"])
    book.save(path)
    return rewritten(
        path, "xl/worksheets/sheet1.xml", lambda xml: laughs(xml.split("?>")[-1].replace("<v>0", "<v>&a9;"))
    )


def rewritten(path: Path, name: str, change: Callable[[str], str]) -> Path:
    with zipfile.ZipFile(path) as archive:
        parts = {info.filename: archive.read(info) for info in archive.infolist()}
    parts[name] = change(parts[name].decode()).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, data in parts.items():
            archive.writestr(part, data)
    return path


def scanned(path: Path) -> Path:
    Image.new("RGB", (300, 400), "white").save(path)
    return path


def encrypted(path: Path, password: str) -> Path:
    writer = pypdf.PdfWriter()
    writer.add_blank_page(100, 100)
    writer.encrypt(password, "owner", algorithm="RC4-128")
    writer.write(path)
    return path


def flate_bomb(path: Path) -> Path:
    writer = pypdf.PdfWriter()
    page = writer.add_blank_page(100, 100)
    packer = zlib.compressobj(1)
    stream = pypdf.generic.StreamObject()
    stream._data = b"".join(packer.compress(b"0 0 m " * 1_000_000) for _ in range(500)) + packer.flush()
    stream[pypdf.generic.NameObject("/Filter")] = pypdf.generic.NameObject("/FlateDecode")
    page[pypdf.generic.NameObject("/Contents")] = writer._add_object(stream)
    writer.write(path)
    return path


def many_pages(path: Path) -> Path:
    writer = pypdf.PdfWriter()
    for _ in range(2001):
        writer.add_blank_page(100, 100)
    writer.write(path)
    return path


def raw(data: bytes) -> Callable[[Path], Path]:
    def make(path: Path) -> Path:
        path.write_bytes(data)
        return path

    return make


OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


@pytest.mark.parametrize(
    ("name", "make", "says"),
    [
        ("a.docx", lambda p: bomb(p, "word/document.xml"), "unpacks to more"),
        ("a.xlsx", lambda p: bomb(p, "xl/workbook.xml"), "unpacks to more"),
        ("a.docx", lying_bomb, "unpacks to more|broken"),
        ("a.docx", laughing_docx, "broken|no text"),
        ("a.xlsx", laughing_xlsx, "broken"),
        ("a.html", raw(b"<div>" * 200_000 + b"x"), "nested too deeply|needs more memory|broken"),
        ("a.md", raw(b">" * 100_000 + b"x"), "no text|nested too deeply"),
        ("a.pdf", scanned, r"no text.*\(OCR\)"),
        ("a.pdf", lambda p: encrypted(p, "secret"), "locked with a password"),
        ("a.pdf", lambda p: encrypted(p, ""), r"no text.*\(OCR\)"),
        ("a.pdf", many_pages, "2,001 pages; split it"),
        ("a.pdf", raw(b"%PDF-1.7\nnothing more"), "broken"),
        ("a.pdf", raw(b"plain words"), "is no PDF"),
        ("a.pdf", raw(b"PK\x03\x04 and so on"), "is no PDF but a zip"),
        ("a.docx", raw(b"%PDF-1.7"), "is no .docx file but a PDF"),
        ("a.docx", raw(b"PK\x03\x04 cut off"), "broken"),
        ("a.docx", raw(OLD), "locked with a password or in the old format"),
        ("a.xlsx", raw(OLD), "locked with a password or in the old format"),
        ("a.xlsx", lambda p: word(p, "<w:p/>"), "broken"),
        ("a.docx", lambda p: word(p, "<w:p><w:r><w:t>unclosed"), "broken"),
        ("a.docx", lambda p: word(p, "<w:p/>"), "no text"),
        ("a.txt", raw(b"%PDF-1.7 \0\1\2"), "not a text file"),
        ("a.html", raw(b"%PDF-1.7"), "is a PDF"),
        ("a.html", raw(b"<script>1</script>"), "no text"),
        ("a.csv", raw(b"PK\x03\x04"), "is a zip or Office file"),
        ("a.csv", raw(b",,,\n,,,\n"), "no text"),
        ("a.md", raw(b""), "is empty"),
        ("a.txt", raw(b"x" * (MAX_BYTES + 1)), "20.0 MB; split it"),
        ("a.doc", raw(OLD), "of a kind that cannot be read; known are .csv, .docx"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_in_one_sentence(
    tmp_path: Path, name: str, make: Callable[[Path], Path], says: str
) -> None:
    with pytest.raises(PolicyError, match=f"^{name} .*({says})") as caught:
        read(make(tmp_path / name))
    assert "\n" not in str(caught.value) and "Traceback" not in str(caught.value)


@pytest.mark.slow
def test_a_flood_inside_a_pdf_harms_only_its_own_reading(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"memory or time|more memory|broken"):
        read(flate_bomb(tmp_path / "f.pdf"))


def test_no_file_makes_a_reader_call_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        outside = f'<?xml version="1.0"?><!DOCTYPE x SYSTEM "{address}/d.dtd" [<!ENTITY e SYSTEM "{address}/e">]>'
        body = f"<w:document {W}><w:body><w:p><w:r><w:t>文字&e;</w:t></w:r></w:p></w:body></w:document>"
        page = f"<link rel=stylesheet href={address}/s.css><img src={address}/i.png><iframe src={address}></iframe><p>文字</p><script src={address}/x.js></script>"
        (tmp_path / "a.html").write_text(page, encoding="utf-8")
        (tmp_path / "a.md").write_text(f"![x]({address}/i.png)\n\n文字", encoding="utf-8")
        assert read(tmp_path / "a.html").lines == ["文字"] and read(tmp_path / "a.md").lines == ["文字"]
        assert _lines_or_none(word(tmp_path / "a.docx", outside + body)) in (["文字"], None)
        with pytest.raises(TimeoutError):
            server.accept()


def _lines_or_none(path: Path) -> list[str] | None:
    try:
        return read(path).lines
    except PolicyError:
        return None


def test_plain_text_is_unchanged(tmp_path: Path) -> None:
    (tmp_path / "p.txt").write_text("第一行\n\n  第二行\n# 三", encoding="utf-8")
    assert read(tmp_path / "p.txt") == Text(["第一行", "", "  第二行", "# 三"])


def test_a_csv_of_ten_thousand_rows(tmp_path: Path) -> None:
    buffer = io.StringIO("项目,金额(元)\n" + "".join(f"项目{i},{i}\n" for i in range(10_000)))
    (tmp_path / "b.csv").write_text(buffer.getvalue(), encoding="utf-8")
    assert read(tmp_path / "b.csv").lines[-1] == "| 项目: 项目9999; 金额(元): 9999"


LINES = [
    "# 标题办法", "# 首页", "## 一、补贴", "| 项目: 甲; 金额(万元): 3", "| 小节", "| ", "| :", "#", "各区县:", "来源:某局", "2024年3月5日",
    "渝测发〔2024〕3号", "一、标准", "正文给予300万元。", "", "序号", "1", "• 项", "附件1", "长" * 70,
]  # fmt: skip


@hypothesis.settings(max_examples=300, deadline=None)
@hypothesis.given(strategies.lists(strategies.sampled_from(LINES), min_size=1, max_size=14))
def test_whatever_stands_in_a_file_every_passage_is_a_slice_of_its_lines(lines: list[str]) -> None:
    for document in cut(lines, "x"):
        for passage in split(document):
            assert passage.raw in "\n".join(lines[passage.line_start - 1 : passage.line_end])
