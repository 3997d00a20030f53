//! One thing of a sound engine broken: exactly the finding that says so, and nothing that is needed called an orphan.

use proptest::prelude::*;
use regfs::finding::Code;

use super::breaking::{DAMAGES, Damage, damage, needed, stage};
use super::{ask, findings, orphans};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn one_damage_makes_exactly_its_finding(
        images in prop::collection::vec(prop::collection::vec(0..5_u8, 2..5), 1..4),
        kind in prop::sample::select(&DAMAGES[..]),
        image in any::<prop::sample::Index>(),
        layer in 0..4_usize,
    ) {
        let mut stage = stage(&images);
        prop_assert_eq!(findings(&stage.engine, &["--deep"]), []);
        prop_assert_eq!(orphans(&stage.engine), []);
        let image = image.index(stage.images.len());
        let needed = needed(&stage);
        let ((code, path), is_deep) = damage(&mut stage, kind, image, layer);
        let mut found = findings(&stage.engine, &["--deep"]);
        // Several names may stand for the image that is gone.
        found.dedup();
        prop_assert_eq!(&found, &[(code.to_owned(), path)], "{:?}", kind);
        if is_deep {
            prop_assert_eq!(findings(&stage.engine, &[]), [], "only the deep look can see it");
        }
        for (what, path) in orphans(&stage.engine) {
            prop_assert!(!needed.contains(&path), "{what} {path} after {kind:?}");
        }
    }
}

#[test]
fn each_damage_makes_exactly_its_finding_in_one_store() {
    for kind in DAMAGES {
        let mut stage = stage(&[vec![0, 1], vec![0, 2]]);
        let needed = needed(&stage);
        let ((code, path), _) = damage(&mut stage, kind, 0, 0);
        let mut found = findings(&stage.engine, &["--deep"]);
        found.dedup();
        assert_eq!(found, [(code.to_owned(), path)], "{kind:?}");
        assert_ne!(ask(&stage.engine, &["verify", "--deep"]).status, 2, "{kind:?}: all of it was looked at");
        let listed = orphans(&stage.engine);
        assert!(listed.iter().all(|(_, path)| !needed.contains(path)), "{kind:?}: {listed:?}");
    }
}

#[test]
fn each_code_of_an_engine_is_what_one_damage_makes() {
    for &code in Code::ALL.iter().filter(|code| code.is_of_engine()) {
        let kind = match code {
            Code::NamesMalformed => Damage::NamesGarbage,
            Code::NameDangling => Damage::NameOfNothing,
            Code::ImageAltered => Damage::ConfigFlipped,
            Code::ImageMalformed => Damage::ConfigSaysNothing,
            Code::LayerMissing => Damage::LayerGone,
            Code::LayerMalformed => Damage::CacheIdGone,
            Code::LayerMismatch => Damage::DiffFlipped,
            Code::LayerDirectoryMissing => Damage::FilesGone,
            Code::LayerContentMismatch => Damage::FileFlipped,
            Code::MountDangling => Damage::MountGone,
            Code::DistributionMismatch => Damage::OriginOther,
            Code::LayerLeftover => Damage::Unfinished,
            other => panic!("no damage makes {other}"),
        };
        let mut stage = stage(&[vec![0, 1], vec![0, 2]]);
        let ((expected, path), _) = damage(&mut stage, kind, 0, 0);
        assert_eq!(expected, code.name());
        assert_eq!(findings(&stage.engine, &["--deep"]), [(expected.to_owned(), path)]);
    }
}
