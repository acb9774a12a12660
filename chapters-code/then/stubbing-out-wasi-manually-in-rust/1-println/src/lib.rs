/// What a host calls to run a command.
#[no_mangle]
pub extern "C" fn _start() {
    println!("Hello WASI!");
}
