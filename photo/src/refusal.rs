//! Why a file is not taken as a photo: a stable code for programs, a sentence for the person who sent it.

use serde::{Deserialize, Serialize};

/// A photo that is not taken. Nothing about the server is wrong; another photo may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[error("{}", self.code())]
pub enum Refusal {
    /// An iPhone's HEIC, which no decoder here reads yet.
    Heic,
    /// None of the formats that are photos here.
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
            Self::Heic => "photo.heic",
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
            Self::Heic => {
                "iPhone 的 HEIC 照片暂不能收,请在相机设置里选“兼容性最佳”后重拍,或从相册另存为 JPG。"
            }
            Self::NotAPhoto => "这个文件不是照片,请选择 JPG、PNG 或 WebP 格式的照片。",
            Self::TooSmall => "照片内容是空的或不完整,请重新选择或重拍后再传。",
            Self::TooBig => "照片文件太大,请在相机设置里调低照片尺寸后重拍,或选“压缩图”再传。",
            Self::TooManyPixels => {
                "照片像素太高(最多 6400 万像素),请在相机设置里调低照片尺寸后重拍,或选“压缩图”再传。"
            }
            Self::Animated => "动图不能作为照片,请选择静止的照片。",
            Self::Unreadable => "照片打不开,文件可能已损坏,请重新选择或重拍后再传。",
        }
    }
}
