//! Where to cut a set of facts that fails as a whole: between deliveries while there are several, then between facts.

/// The two halves; neither is empty. `delivery_of` never falls along `set`. Sets of one cannot be cut.
pub(super) fn split(set: &[usize], delivery_of: impl Fn(usize) -> usize) -> (Vec<usize>, Vec<usize>) {
    assert!(set.len() > 1, "a set of one is the culprit");
    let middle = set.len() / 2;
    let is_border = |at: &usize| delivery_of(set[*at - 1]) != delivery_of(set[*at]);
    let cut = (1..set.len()).filter(is_border).min_by_key(|at| at.abs_diff(middle)).unwrap_or(middle);
    (set[..cut].to_vec(), set[cut..].to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn deliveries_are_kept_together_while_there_are_several() {
        let delivery = |at: usize| [0, 0, 0, 0, 1, 2][at];
        assert_eq!(split(&[0, 1, 2, 3, 4, 5], delivery), (vec![0, 1, 2, 3], vec![4, 5]));
        assert_eq!(split(&[0, 1, 2, 3], delivery), (vec![0, 1], vec![2, 3]));
    }

    proptest! {
        #[test]
        fn cutting_ends_at_sets_of_one_and_loses_nothing(borders in prop::collection::vec(any::<bool>(), 1..60)) {
            let delivery = |at: usize| borders[..=at].iter().filter(|border| **border).count();
            let mut stack = vec![(0..borders.len()).collect::<Vec<_>>()];
            let mut leaves = Vec::new();
            while let Some(set) = stack.pop() {
                if set.len() == 1 {
                    leaves.push(set[0]);
                } else {
                    let (left, right) = split(&set, delivery);
                    prop_assert!(!left.is_empty() && !right.is_empty());
                    stack.push(right);
                    stack.push(left);
                }
            }
            prop_assert_eq!(leaves, (0..borders.len()).collect::<Vec<_>>());
        }
    }
}
