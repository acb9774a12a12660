//! Tells the linker where the world is described. (A path in .cargo/config.toml would be looked for elsewhere.)

fn main() {
    println!("cargo::rerun-if-changed=world.wit");
    println!(
        "cargo::rustc-link-arg=--component-type={}/world.wit",
        env!("CARGO_MANIFEST_DIR")
    );
}
