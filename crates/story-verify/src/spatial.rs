//! The original system's spatial rule, kept as `pixels-400`: two related things support each
//! other when their boxes' centres are near.

use story_core::BoundingBox;

/// The original system's distance in pixels at which nearness is 0.
pub const PIXELS_400: f32 = 400.0;

/// 1 where the centres meet, falling linearly to 0 at `limit` pixels and beyond. Depends on the
/// picture's size in pixels, which is the rule's known fault.
pub fn pixel_nearness(a: &BoundingBox, b: &BoundingBox, limit: f32) -> f32 {
    let ((ax, ay), (bx, by)) = (a.center(), b.center());
    (1.0 - (ax - bx).hypot(ay - by) / limit).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearness_falls_from_one_to_zero() {
        let at = |x: f32| BoundingBox::new(x, 0.0, x + 10.0, 10.0);
        assert_eq!(pixel_nearness(&at(0.0), &at(0.0), PIXELS_400), 1.0);
        assert_eq!(pixel_nearness(&at(0.0), &at(200.0), PIXELS_400), 0.5);
        assert_eq!(pixel_nearness(&at(0.0), &at(900.0), PIXELS_400), 0.0);
    }
}
