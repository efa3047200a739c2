//! Closed vocabularies that are stored by an English name and read by their Chinese label.

/// An enum whose variants each have a stored name and a label: `General = "general" "党员大会"`.
macro_rules! named {
    (
        $(#[$meta:meta])*
        pub enum $type:ident { $($(#[$doc:meta])* $variant:ident = $name:literal $label:literal,)* }
    ) => {
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Serialize, serde::Deserialize, poem_openapi::Enum,
        )]
        $(#[$meta])*
        pub enum $type { $($(#[$doc])* #[serde(rename = $name)] #[oai(rename = $name)] $variant,)* }

        #[allow(dead_code, clippy::allow_attributes, reason = "each vocabulary uses what it needs of these")]
        impl $type {
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// As stored and sent.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// As people read it.
            pub fn label(self) -> &'static str {
                match self { $(Self::$variant => $label,)* }
            }

            /// From the stored name.
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.name() == name)
            }

            /// From the label, as a sheet filled in by people gives it.
            pub fn from_label(label: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.label() == label.trim())
            }
        }
    };
}

pub(crate) use named;
