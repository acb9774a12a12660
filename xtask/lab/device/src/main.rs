//! A device's program, on this machine: calls the `app_main` of a program in C that was written for ESP-IDF and
//! carries a module in a header. It shows that the header is right, and runs on the WAMR that `host-wamr` runs on.
//!
//! ```sh
//! DEVICE_C=device.c MODULE_H=module.h cargo run --profile engine --package lab-device --target-dir target/engines
//! ```

// Nothing of it is used from Rust, but the C program has to be linked with it.
use wamrx_sys as _;

#[cfg(device)]
#[expect(unsafe_code, reason = "the program is in C")]
fn main() {
    unsafe extern "C" {
        fn app_main();
    }
    // SAFETY: it takes nothing, returns nothing, and is called once.
    unsafe { app_main() }
}

#[cfg(not(device))]
fn main() {
    eprintln!("lab-device was built without a program: see DEVICE_C and MODULE_H in its source");
    std::process::exit(2);
}
