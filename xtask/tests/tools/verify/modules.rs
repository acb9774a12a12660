//! The modules that are kept for the pages are the modules that the steps make.

use std::fs;

use project::paths::Project;

use crate::fixture::Book;

#[test]
fn a_module_that_is_not_kept_is_red_until_it_is_accepted() {
    let step = "2-the-library-way/46-bump-std";
    let file = format!("chapters-code/modules/{step}.wasm.gz");
    let book = Book::with(step);
    let help = format!("cargo xtask verify --accept {step}");
    book.red(&[], &["not kept", &file, "is missing", &help]);
    book.done(&["verify", "--accept", step]);
    book.green();
    // It is the file that the real book has, which was made elsewhere.
    let real = fs::read(Project::here().root().join(&file)).unwrap();
    assert!(
        fs::read(book.path(&file)).unwrap() == real,
        "{file} is another one"
    );

    let mut other = pipeline::gzip::unpacked(&book.path(&file))
        .unwrap()
        .unwrap();
    other[100] ^= 1;
    fs::write(book.path(&file), pipeline::gzip::pack(&other).unwrap()).unwrap();
    book.red(
        &[],
        &["not kept", &file, "the first other byte at 100", &help],
    );
    for torn in [&b"no gzip"[..], &real[..real.len() / 2], &real[..0]] {
        fs::write(book.path(&file), torn).unwrap();
        book.red(&[], &["not kept", &file, "is not gzip", &help]);
    }
    book.done(&["verify", "--accept", step]);
    book.green();

    // A build of the book takes it along, and leaves nothing behind.
    let laid_out = book.path(&format!("src/modules/{step}.wasm.gz"));
    book.write("src/modules/stale.wasm.gz", "");
    pipeline::modules::lay_out(&book.project()).unwrap();
    assert_eq!(fs::read(laid_out).unwrap(), real);
    assert!(!book.path("src/modules/stale.wasm.gz").exists());

    let stale = "chapters-code/modules/2-the-library-way/99-gone.wasm.gz";
    fs::copy(book.path(&file), book.path(stale)).unwrap();
    book.red(&[], &[stale, "a stale module", "delete it"]);
}
