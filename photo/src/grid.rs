//! Area means over any part of a picture.

/// A part of a picture, in shares of its sides: from, to.
#[derive(Clone, Copy)]
pub(super) struct Region {
    pub columns: (f64, f64),
    pub rows: (f64, f64),
}

impl Region {
    pub const WHOLE: Self = Self { columns: (0.0, 1.0), rows: (0.0, 1.0) };

    /// Without so much at every edge.
    pub const fn centre(margin: f64) -> Self {
        Self { columns: (margin, 1.0 - margin), rows: (margin, 1.0 - margin) }
    }
}

/// For each point the sum of all above and to its left, from which the mean of any rectangle follows.
pub(super) struct Sums {
    width: usize,
    height: usize,
    /// Rows of `width + 1`, the first of them zero, as is the first of each.
    corners: Vec<f64>,
}

/// Means of a picture's fields, row by row.
pub(super) struct Grid {
    columns: usize,
    values: Vec<f64>,
}

impl Sums {
    /// None where there is no picture.
    pub fn of(width: usize, luma: &[u8]) -> Option<Self> {
        let height = luma.len().checked_div(width)?;
        if height == 0 {
            return None;
        }
        let mut sums = vec![0.0; (width + 1) * (height + 1)];
        for y in 0..height {
            let mut row = 0.0;
            for x in 0..width {
                row += f64::from(luma[y * width + x]);
                sums[(y + 1) * (width + 1) + x + 1] = sums[y * (width + 1) + x + 1] + row;
            }
        }
        Some(Self { width, height, corners: sums })
    }

    /// The region's means in so many columns and rows; fields may begin and end within a pixel.
    pub fn grid(&self, region: Region, columns: usize, rows: usize) -> Grid {
        let xs = edges(region.columns, self.width, columns);
        let ys = edges(region.rows, self.height, rows);
        let mut values = Vec::with_capacity(columns * rows);
        let line = |y: f64| -> Vec<f64> { xs.iter().map(|x| self.to(*x, y)).collect() };
        let mut above = line(ys[0]);
        for y in ys.windows(2) {
            let below = line(y[1]);
            for (at, x) in xs.windows(2).enumerate() {
                let sum = below[at + 1] - below[at] - above[at + 1] + above[at];
                values.push(sum / ((x[1] - x[0]) * (y[1] - y[0])));
            }
            above = below;
        }
        Grid { columns, values }
    }

    /// The sum of all above and to the left of a point.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a point of the picture, whose sides are small"
    )]
    fn to(&self, x: f64, y: f64) -> f64 {
        let (left, top) = ((x as usize).min(self.width), (y as usize).min(self.height));
        let (right, bottom) = ((left + 1).min(self.width), (top + 1).min(self.height));
        let (dx, dy) = (x.fract(), y.fract());
        let at = |x: usize, y: usize| self.corners[y * (self.width + 1) + x];
        let above = at(left, top) * (1.0 - dx) + at(right, top) * dx;
        let below = at(left, bottom) * (1.0 - dx) + at(right, bottom) * dx;
        above * (1.0 - dy) + below * dy
    }
}

/// Where the fields begin and end, in pixels.
#[expect(clippy::cast_precision_loss, reason = "sides and fields are small")]
fn edges((from, to): (f64, f64), side: usize, fields: usize) -> Vec<f64> {
    let side = side as f64;
    let step = (to - from) * side / fields as f64;
    (0..=fields).map(|field| (from * side + field as f64 * step).clamp(0.0, side)).collect()
}

impl Grid {
    pub fn at(&self, x: usize, y: usize) -> f64 {
        self.values[y * self.columns + x]
    }

    /// Rows and columns exchanged first, then mirrored from left to right, then upside down.
    pub fn turned(&self, exchanged: bool, mirrored: bool, flipped: bool) -> Self {
        let (width, height) = (self.columns, self.values.len() / self.columns);
        let (columns, rows) = if exchanged { (height, width) } else { (width, height) };
        let mut values = Vec::with_capacity(self.values.len());
        for y in 0..rows {
            for x in 0..columns {
                let x = if mirrored { columns - 1 - x } else { x };
                let y = if flipped { rows - 1 - y } else { y };
                values.push(if exchanged { self.at(y, x) } else { self.at(x, y) });
            }
        }
        Self { columns, values }
    }
}
