//! Bits of a JPEG's compressed data, filled up and stuffed as T.81 has it.

#[derive(Default)]
pub struct Bits {
    bytes: Vec<u8>,
    held: u32,
    count: u32,
}

impl Bits {
    /// The lowest `count` bits of `value`, at most sixteen.
    pub fn put(&mut self, value: u32, count: u32) {
        for at in (0..count).rev() {
            self.held = self.held << 1 | value >> at & 1;
            self.count += 1;
            if self.count == 8 {
                self.flush();
            }
        }
    }

    /// `count` bits of zero; fast, because there are millions of them.
    pub fn zeros(&mut self, mut count: u64) {
        while count > 0 && (self.count > 0 || count < 8) {
            self.put(0, 1);
            count -= 1;
        }
        self.bytes.resize(self.bytes.len() + usize::try_from(count / 8).unwrap_or_default(), 0);
        self.zeros_rest(count % 8);
    }

    fn zeros_rest(&mut self, count: u64) {
        for _ in 0..count {
            self.put(0, 1);
        }
    }

    fn flush(&mut self) {
        let byte = u8::try_from(self.held & 0xff).unwrap_or_default();
        self.bytes.push(byte);
        if byte == 0xff {
            self.bytes.push(0);
        }
        (self.held, self.count) = (0, 0);
    }

    /// What there is, its last byte filled up with ones.
    pub fn finish(mut self) -> Vec<u8> {
        while self.count > 0 {
            self.put(1, 1);
        }
        self.bytes
    }
}
