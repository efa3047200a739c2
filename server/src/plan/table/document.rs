//! The plan as a document that looks like the annex: a title, a landscape table whose headings come again on every page,
//! actions and items in merged cells.
//!
//! Written as Office Open XML (ECMA-376) by ourselves: docx-rs 0.4.22 cannot mark a row as a heading to repeat
//! (`w:tblHeader`, 17.4.78), and the document is one table. Zip times are fixed: the same plan is the same file.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{HEADINGS, action_no, spans};
use crate::error::{ApiError, ApiResult};
use crate::plan::view::TaskView;

/// Column widths in twentieths of a point; together the 257 mm between the margins of a landscape A4.
const WIDTHS: [u32; 8] = [600, 1_600, 500, 2_300, 5_600, 1_600, 1_100, 1_270];
const TYPES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/><Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/><Override PartName="/word/footer1.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"/></Types>"#;
const RELATIONS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>"#;
const PARTS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/footer" Target="footer1.xml"/></Relationships>"#;
const STYLES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="仿宋" w:cs="Times New Roman"/><w:sz w:val="21"/><w:szCs w:val="21"/><w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults><w:style w:type="paragraph" w:default="1" w:styleId="a"><w:name w:val="Normal"/></w:style></w:styles>"#;
const FOOTER: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<w:ftr xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:p><w:pPr><w:jc w:val="center"/></w:pPr><w:r><w:t xml:space="preserve">— </w:t></w:r><w:fldSimple w:instr=" PAGE "><w:r><w:t>1</w:t></w:r></w:fldSimple><w:r><w:t xml:space="preserve"> —</w:t></w:r></w:p></w:ftr>"#;

/// The plan in its own words.
pub fn plan(title: &str, tasks: &[TaskView]) -> ApiResult<Vec<u8>> {
    let body = body(title, tasks);
    let mut file = ZipWriter::new(Cursor::new(Vec::new()));
    let parts = [
        ("[Content_Types].xml", TYPES),
        ("_rels/.rels", RELATIONS),
        ("word/document.xml", body.as_str()),
        ("word/_rels/document.xml.rels", PARTS),
        ("word/styles.xml", STYLES),
        ("word/footer1.xml", FOOTER),
    ];
    for (name, text) in parts {
        // The default time is the first that a zip can hold.
        file.start_file(name, SimpleFileOptions::default()).map_err(ApiError::internal)?;
        file.write_all(text.as_bytes()).map_err(ApiError::internal)?;
    }
    Ok(file.finish().map_err(ApiError::internal)?.into_inner())
}

fn body(title: &str, tasks: &[TaskView]) -> String {
    let mut xml = String::from(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><w:body>"#,
    );
    xml.push_str(&paragraph("附件1", "黑体", 32, false, "left"));
    xml.push_str(&paragraph(title, "宋体", 36, true, "center"));
    xml.push_str(r#"<w:tbl><w:tblPr><w:tblW w:w="5000" w:type="pct"/><w:tblBorders>"#);
    for side in ["top", "left", "bottom", "right", "insideH", "insideV"] {
        let _ = write!(xml, r#"<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>"#);
    }
    xml.push_str(r#"</w:tblBorders><w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>"#);
    for width in WIDTHS {
        let _ = write!(xml, r#"<w:gridCol w:w="{width}"/>"#);
    }
    xml.push_str("</w:tblGrid>");
    head(&mut xml);
    for (task, spans) in tasks.iter().zip(spans(tasks)) {
        xml.push_str("<w:tr><w:trPr><w:cantSplit/></w:trPr>");
        let cells = [
            (action_no(task), Some(spans.action), "center"),
            (task.action.clone(), Some(spans.action), "center"),
            (spans.item_no.to_string(), Some(spans.item), "center"),
            (task.item.clone(), Some(spans.item), "left"),
            (task.requirement.clone(), None, "left"),
            (task.time.clone(), None, "center"),
            (task.lead.clone(), Some(spans.lead), "center"),
            (task.note.clone(), None, "left"),
        ];
        for ((words, reach, align), width) in cells.into_iter().zip(WIDTHS) {
            let merge = match reach {
                None | Some(1) => "",
                Some(0) => "<w:vMerge/>",
                Some(_) => r#"<w:vMerge w:val="restart"/>"#,
            };
            let words = if reach == Some(0) { "" } else { &words };
            cell(&mut xml, width, merge, &paragraph(words, "仿宋", 21, false, align));
        }
        xml.push_str("</w:tr>");
    }
    // A landscape A4 with 20 mm on all sides.
    xml.push_str(
        r#"</w:tbl><w:sectPr><w:footerReference w:type="default" r:id="rId2"/><w:pgSz w:w="16838" w:h="11906" w:orient="landscape"/><w:pgMar w:top="1134" w:right="1134" w:bottom="1134" w:left="1134" w:header="567" w:footer="567" w:gutter="0"/></w:sectPr></w:body></w:document>"#,
    );
    xml
}

/// The headings, again on every page.
fn head(xml: &mut String) {
    xml.push_str("<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>");
    for (column, (name, width)) in HEADINGS.iter().zip(WIDTHS).enumerate() {
        let heading = paragraph(name, "宋体", 21, true, "center");
        match column {
            2 => cell(xml, width + WIDTHS[3], r#"<w:gridSpan w:val="2"/>"#, &heading),
            3 => {}
            _ => cell(xml, width, "", &heading),
        }
    }
    xml.push_str("</w:tr>");
}

fn cell(xml: &mut String, width: u32, merge: &str, content: &str) {
    let _ = write!(
        xml,
        r#"<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{merge}<w:vAlign w:val="center"/></w:tcPr>{content}</w:tc>"#
    );
}

/// `half_points`: the size, in half points.
fn paragraph(words: &str, font: &str, half_points: u32, bold: bool, align: &str) -> String {
    let bold = if bold { "<w:b/>" } else { "" };
    let look = format!(
        r#"<w:rPr><w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="{font}"/>{bold}<w:sz w:val="{half_points}"/><w:szCs w:val="{half_points}"/></w:rPr>"#
    );
    let mut runs = String::new();
    for (at, line) in words.lines().enumerate() {
        let wrap = if at > 0 { "<w:br/>" } else { "" };
        let _ = write!(runs, r#"<w:r>{look}{wrap}<w:t xml:space="preserve">{}</w:t></w:r>"#, escaped(line));
    }
    format!(r#"<w:p><w:pPr><w:jc w:val="{align}"/></w:pPr>{runs}</w:p>"#)
}

/// Words as XML holds them; what XML cannot hold is left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\t' => out.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}
