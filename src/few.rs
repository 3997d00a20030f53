//! The first few of a list, for a sentence that must not grow with a store.

/// The first few, and how many more there are.
pub fn first_few<T: ToString>(all: &[T], few: usize) -> String {
    let shown = all.iter().take(few).map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match all.len().saturating_sub(few) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_left_out_is_counted() {
        assert_eq!(first_few::<u8>(&[], 2), "");
        assert_eq!(first_few(&[1, 2], 2), "1, 2");
        assert_eq!(first_few(&[1, 2, 3, 4], 2), "1, 2 and 2 more");
    }
}
