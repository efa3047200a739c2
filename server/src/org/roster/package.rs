//! What may be said of an `.xlsx` before any of it is unpacked: size, kind, and how large it says it becomes.
//!
//! The sizes are those of the zip's central directory (APPNOTE.TXT 4.3.12, 4.3.16). They can be relied on: the reader
//! behind calamine fails as soon as an entry grows past what is declared for it. A file that two readers could take
//! for two different archives (several end records, gaps, ZIP64) is refused rather than interpreted.

use std::io::{Cursor, Read};

use poem::http::StatusCode;

use crate::error::{ApiError, ApiResult};

/// Of the file as sent, and of all its entries unpacked (design D20).
const MAX_BYTES: usize = 5 * 1024 * 1024;
const MAX_UNPACKED: u64 = 50 * 1024 * 1024;

const LOCAL: &[u8] = b"PK\x03\x04";
const CENTRAL: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";
/// An OLE file: the old `.xls`, or a workbook with a password.
const OLE: &[u8] = b"\xD0\xCF\x11\xE0";
const COUNT: &[u8] = b"uniqueCount";
const END_LENGTH: usize = 22;
const CENTRAL_LENGTH: usize = 46;
/// Stands in a 32-bit size field when the true size is in a ZIP64 record.
const ELSEWHERE: u32 = u32::MAX;

/// The codes under which a workbook of some kind is refused.
pub struct Codes {
    pub not_xlsx: &'static str,
    pub unpacks_too_large: &'static str,
    pub unreadable: &'static str,
}

const ROSTER: Codes = Codes {
    not_xlsx: "org.roster_not_xlsx",
    unpacks_too_large: "org.roster_unpacks_too_large",
    unreadable: "org.roster_unreadable",
};

/// Refuses what is not a workbook, or would unpack to more than the limit.
pub fn check(bytes: &[u8]) -> ApiResult<()> {
    if bytes.len() > MAX_BYTES {
        return Err(ApiError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "limit.too_large",
            "名册文件超过 5 MB,请删去图片等无关内容后再传。",
        ));
    }
    check_as(bytes, &ROSTER)
}

/// The same for a workbook of another kind, whose size as sent is for the caller to judge.
pub fn check_as(bytes: &[u8], codes: &Codes) -> ApiResult<()> {
    if bytes.starts_with(OLE) {
        return Err(ApiError::refused(
            codes.not_xlsx,
            "这是旧版 .xls 或设了密码的工作簿,请另存为不加密的 .xlsx 后再传。",
        ));
    }
    if !bytes.starts_with(LOCAL) {
        return Err(ApiError::refused(codes.not_xlsx, "这不是 .xlsx 工作簿,请用下载的模板填写。"));
    }
    let unpacked = unpacked_size(bytes).ok_or_else(|| unreadable_as(codes))?;
    if unpacked > MAX_UNPACKED {
        return Err(ApiError::refused(
            codes.unpacks_too_large,
            "工作簿解压后超过 50 MB,请删去无关的工作表和格式后再传。",
        ));
    }
    strings_are_honest(bytes).then_some(()).ok_or_else(|| unreadable_as(codes))
}

/// Whether no part claims an absurd number of shared strings: calamine 0.38 reserves room for `uniqueCount` before it
/// reads a single one, and an allocation that fails ends the process.
fn strings_are_honest(bytes: &[u8]) -> bool {
    let Ok(mut archive) = zip::ZipArchive::new(Cursor::new(bytes)) else { return false };
    (0..archive.len()).all(|at| {
        let Ok(mut entry) = archive.by_index(at) else { return false };
        let mut text = Vec::new();
        let read = (&mut entry).take(MAX_UNPACKED).read_to_end(&mut text).is_ok();
        let mut counts = text.windows(COUNT.len()).enumerate().filter(|(_, window)| *window == COUNT);
        read && counts.all(|(at, _)| {
            let rest = text[at + COUNT.len()..].iter();
            let value = rest
                .skip_while(|byte| byte.is_ascii_whitespace() || **byte == b'=')
                .skip(1)
                .take_while(|byte| !matches!(byte, b'"' | b'\''));
            value.count() < 8
        })
    })
}

/// The refusal of a workbook that cannot be read.
pub fn unreadable() -> ApiError {
    unreadable_as(&ROSTER)
}

/// The same for a workbook of another kind.
pub fn unreadable_as(codes: &Codes) -> ApiError {
    ApiError::refused(codes.unreadable, "工作簿已损坏或格式特殊,请用 Excel 或 WPS 另存为 .xlsx 后再传。")
}

/// The sum of the entries' declared sizes; none when the directory is not plainly one directory.
fn unpacked_size(bytes: &[u8]) -> Option<u64> {
    let end = bytes.len().checked_sub(END_LENGTH)?;
    let mut ends = bytes.windows(END.len()).enumerate().filter(|(_, window)| *window == END);
    let (at, _) = ends.next()?;
    if at > end || ends.next().is_some() {
        return None;
    }
    let comment = usize::from(u16_at(bytes, at + 20)?);
    let count = u16_at(bytes, at + 10)?;
    let (size, start) = (u32_at(bytes, at + 12)? as usize, u32_at(bytes, at + 16)? as usize);
    if at + END_LENGTH + comment != bytes.len() || start.checked_add(size)? != at {
        return None;
    }
    let (mut entry, mut total) = (start, 0_u64);
    for _ in 0..count {
        if bytes.get(entry..entry + 4)? != CENTRAL {
            return None;
        }
        let (packed, unpacked) = (u32_at(bytes, entry + 20)?, u32_at(bytes, entry + 24)?);
        if packed == ELSEWHERE || unpacked == ELSEWHERE {
            return None;
        }
        total += u64::from(unpacked);
        let [name, extra, note] = [28, 30, 32].map(|field| u16_at(bytes, entry + field).map(usize::from));
        entry += CENTRAL_LENGTH + name? + extra? + note?;
    }
    (entry == at).then_some(total)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workbook() -> Vec<u8> {
        let mut book = rust_xlsxwriter::Workbook::new();
        book.add_worksheet();
        book.save_to_buffer().expect("workbook")
    }

    fn code(bytes: &[u8]) -> &'static str {
        check(bytes).expect_err("refused").code
    }

    #[test]
    fn an_ordinary_workbook_passes() {
        check(&workbook()).expect("passes");
    }

    #[test]
    fn what_is_no_workbook_is_named_as_such() {
        assert_eq!(code(b"name,phone\n"), "org.roster_not_xlsx");
        assert_eq!(code(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 and so on"), "org.roster_not_xlsx");
        assert!(check(b"\xD0\xCF\x11\xE0").expect_err("refused").message.contains(".xls"));
        assert_eq!(code(&vec![0; MAX_BYTES + 1]), "limit.too_large");
        assert_eq!(code(b"PK\x03\x04 but nothing more"), "org.roster_unreadable");
        let whole = workbook();
        assert_eq!(code(&whole[..whole.len() - 5]), "org.roster_unreadable");
    }

    #[test]
    fn a_file_that_says_it_unpacks_to_too_much_is_refused_unparsed() {
        let mut bomb = workbook();
        let first = bomb.windows(4).position(|window| window == CENTRAL).expect("directory");
        bomb[first + 24..first + 28].copy_from_slice(&(60 * 1024 * 1024_u32).to_le_bytes());
        assert_eq!(code(&bomb), "org.roster_unpacks_too_large");
        bomb[first + 24..first + 28].copy_from_slice(&ELSEWHERE.to_le_bytes());
        assert_eq!(code(&bomb), "org.roster_unreadable");
    }

    #[test]
    fn a_file_that_says_less_than_it_unpacks_to_is_not_read_on() {
        let mut liar = workbook();
        let starts: Vec<usize> = (0..liar.len() - 4).filter(|at| liar[*at..].starts_with(CENTRAL)).collect();
        for at in starts {
            liar[at + 24..at + 28].copy_from_slice(&1_u32.to_le_bytes());
        }
        let read = super::super::sheet::read(liar, &mut super::super::findings::Findings::default());
        assert_eq!(read.expect_err("refused").code, "org.roster_unreadable");
    }

    #[test]
    fn a_file_with_two_directories_is_refused() {
        let twice = [workbook(), workbook()].concat();
        assert_eq!(code(&twice), "org.roster_unreadable");
    }
    #[test]
    fn a_file_that_claims_absurdly_many_strings_is_refused() {
        for (claim, passes) in [("12", true), ("100000000000", false), ("+9999999999", false)] {
            let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
            let options = zip::write::SimpleFileOptions::default();
            writer.start_file("xl/sharedStrings.xml", options).expect("entry");
            std::io::Write::write_all(&mut writer, format!("<sst uniqueCount=\"{claim}\">").as_bytes())
                .expect("text");
            let bytes = writer.finish().expect("zip").into_inner();
            assert_eq!(check(&bytes).is_ok(), passes, "{claim}");
        }
    }
}
