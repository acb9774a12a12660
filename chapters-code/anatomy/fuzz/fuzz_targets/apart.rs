//! Modules and components: whatever the bytes are, an answer or an error with its place, and answers that cover the file.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let len = bytes.len() as u64;
    match anatomy::take_apart(bytes) {
        Ok(anatomy) => {
            let sizes: u64 = anatomy.sections.iter().map(|section| section.size).sum();
            assert_eq!(sizes, len);
        }
        Err(error) => assert!(error.offset <= len),
    }
    if let Ok(items) = anatomy::items(bytes) {
        let sizes: u64 = items.iter().map(|item| item.size).sum();
        assert_eq!(sizes, len);
    }
    if let Err(error) = anatomy::validate(bytes) {
        assert!(error.offset <= len);
    }
    if let Ok(inspection) = anatomy::inspect(bytes) {
        let savings: u64 = inspection
            .findings
            .iter()
            .map(|finding| finding.saving)
            .sum();
        assert!(savings <= len);
    }
    // Every byte of more than this is more than anybody looks at.
    if bytes.len() > 1 << 16 {
        return;
    }
    if let Ok(spans) = anatomy::annotate(bytes) {
        let covered: Vec<u8> = spans.iter().flat_map(|span| span.bytes.clone()).collect();
        assert_eq!(covered, bytes);
        _ = anatomy::hex_dump(&spans);
    }
    if let Err(error) = anatomy::lines(bytes) {
        assert!(error.offset <= len);
    }
});
