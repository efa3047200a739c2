//! Why a file is not taken as a photo: a stable code for programs, a sentence for the person who sent it.

use serde::{Deserialize, Serialize};

/// A photo that is not taken. Nothing about the server is wrong; another photo may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[error("{}", self.code())]
pub enum Refusal {
    /// An iPhone's HEIC, on a server without the tool that reads it.
    HeicUnavailable,
    /// A picture in a format that no camera of a phone writes.
    Avif,
    Gif,
    Bmp,
    /// Cameras' raw files among them.
    Tiff,
    Svg,
    Pdf,
    /// An office document or an archive.
    Document,
    Video,
    /// None of the formats that are photos here, nor of those above.
    NotAPhoto,
    /// Empty, or too short to be any picture.
    TooSmall,
    /// Longer than [`super::MAX_BYTES`], or than the caller's own limit.
    TooBig,
    /// More pixels than may be decoded, whatever the file's length.
    TooManyPixels,
    /// Several pictures in one file.
    Animated,
    /// Claims to be a photo, but no picture can be made of it.
    Unreadable,
}

impl Refusal {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::HeicUnavailable => "photo.heic_unavailable",
            Self::Avif => "photo.avif",
            Self::Gif => "photo.gif",
            Self::Bmp => "photo.bmp",
            Self::Tiff => "photo.tiff",
            Self::Svg => "photo.svg",
            Self::Pdf => "photo.pdf",
            Self::Document => "photo.document",
            Self::Video => "photo.video",
            Self::NotAPhoto => "photo.not_a_photo",
            Self::TooSmall => "photo.too_small",
            Self::TooBig => "photo.too_big",
            Self::TooManyPixels => "photo.too_many_pixels",
            Self::Animated => "photo.animated",
            Self::Unreadable => "photo.unreadable",
        }
    }

    /// What happened and what to do, in Chinese.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::HeicUnavailable => {
                "镇里的服务器现在打不开 iPhone 的 HEIC 照片,请从相册另存为 JPG 再传,或在相机设置里选“兼容性最佳”后重拍。"
            }
            Self::Avif => "AVIF 格式的图片不能收,请另存为 JPG 后再传。",
            Self::Gif => "GIF 图不能作为照片,请选择 JPG、PNG、WebP 或 HEIC 格式的照片。",
            Self::Bmp => "BMP 格式的图片不能收,请另存为 JPG 后再传。",
            Self::Tiff => "TIFF 或相机 RAW 格式的照片不能收,请导出为 JPG 后再传。",
            Self::Svg => "SVG 是图形文件,不是照片,请选择拍下的照片。",
            Self::Pdf => "这是 PDF 文件,不是照片。请把这一页截图,或对着纸面拍一张再传。",
            Self::Document => "这是文档或压缩包,不是照片。请把里面的照片取出来,或对着纸面拍一张再传。",
            Self::Video => "视频不能作为照片,请选择照片,或从视频里截一张图再传。",
            Self::NotAPhoto => "这个文件不是照片,请选择 JPG、PNG、WebP 或 HEIC 格式的照片。",
            Self::TooSmall => "照片内容是空的或不完整,请重新选择或重拍后再传。",
            Self::TooBig => "照片文件太大,请在相机设置里调低照片尺寸后重拍,或选“压缩图”再传。",
            Self::TooManyPixels => "照片像素太高,请在相机设置里调低照片尺寸后重拍,或选“压缩图”再传。",
            Self::Animated => "动图不能作为照片,请选择静止的照片。",
            Self::Unreadable => "照片打不开,文件可能已损坏,请重新选择或重拍后再传。",
        }
    }
}
