//! What a person writes for an image: whatever parses is safe to join to a path, and shows as what it is.

#![no_main]

use libfuzzer_sys::fuzz_target;
use regfs::manifest::Platform;
use regfs::reference::Reference;
use regfs::units::{parse_duration, parse_rate, parse_size};

fuzz_target!(|text: &str| {
    if let Ok(reference) = text.parse::<Reference>() {
        for name in reference.whole.iter().chain(reference.behind_host.as_ref().map(|(_, name)| name)) {
            let unsafe_part = |part: &str| part.is_empty() || part.starts_with(['.', '_']) || part.contains('\0');
            assert!(!name.as_str().split('/').any(unsafe_part), "{name}");
        }
        let shown = reference.to_string();
        // A host that was left out is not shown, and the tag that was not named is.
        assert_eq!(shown.parse::<Reference>().expect("what is shown parses").to_string(), shown);
        if let Some(tag) = &reference.tag {
            assert!(!tag.as_str().is_empty() && !tag.as_str().contains(['/', '\0']) && !tag.as_str().starts_with('.'));
        }
    }
    let _ = text.parse::<Platform>();
    let _ = (parse_size(text), parse_rate(text), parse_duration(text));
});
