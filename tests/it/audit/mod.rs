//! 操作日志 (invariant 9): whoever changes something leaves an entry, without personal values; the chain shows tampering.

mod chain;
mod entries;
