//! Manifests and configs: any bytes are judged, and what is understood can be asked everything.

#![no_main]

use libfuzzer_sys::fuzz_target;
use regfs::manifest::{self, config, media_type};

fuzz_target!(|data: &[u8]| {
    match manifest::parse(data) {
        Ok(manifest) => {
            let _ = media_type::is_manifest(manifest.effective_media_type());
            let _ = manifest.fault().map(|fault| fault.to_string());
            for (_, descriptor) in manifest.references() {
                let _ = descriptor.is_external();
            }
        }
        Err(error) => assert!(!error.to_string().contains('\n')),
    }
    if let Err(error) = config::parse(data) {
        assert!(!error.to_string().contains('\n'));
    }
});
