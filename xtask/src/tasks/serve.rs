//! `cargo xtask serve`

use std::{
    fs,
    io::Read as _,
    net::Ipv4Addr,
    path::{Component, Path, PathBuf},
    sync::{Arc, Condvar, Mutex, PoisonError, mpsc},
    thread,
    time::Duration,
};

use anyhow::{Context, Result, anyhow};
use notify_debouncer_mini::{DebounceEventResult, new_debouncer, notify::RecursiveMode};
use tiny_http::{Header, Request, Response, Server, StatusCode};

use crate::{book, house::House, report};

/// Build the book and serve it; a page that is open reloads when something changes
#[derive(clap::Args)]
#[command(after_help = "Example:\n  cargo xtask serve --port 8000")]
pub struct Args {
    /// The port
    #[arg(long, short, default_value_t = 3000)]
    port: u16,
}

/// Counts the builds, and wakes those who wait for the next.
#[derive(Default)]
pub(super) struct Builds {
    count: Mutex<u64>,
    changed: Condvar,
}

impl Builds {
    fn next(&self) {
        *self.count.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.changed.notify_all();
    }

    /// The number of builds, as soon as it is not `seen`, or after half a minute.
    fn wait(&self, seen: u64) -> u64 {
        let count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self
            .changed
            .wait_timeout_while(count, Duration::from_secs(30), |count| *count == seen);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// Asks for the number of builds again and again (each answer waits for a new one), and reloads when it grows.
const RELOAD: &str = "<script>(async () => { let seen = null; for (;;) { try { \
    const build = await (await fetch('/__build?' + (seen ?? ''))).text(); \
    if (seen !== null && build !== seen) location.reload(); seen = build; } \
    catch { await new Promise(wake => setTimeout(wake, 1000)); } } })()</script>";

impl Args {
    /// Serves until it is interrupted.
    ///
    /// # Errors
    /// If the book does not build at first, or the port is taken.
    pub fn serve(&self, house: &House) -> Result<()> {
        // First the port: to wait for a build and then hear that it is taken is annoying.
        let server = Server::http((Ipv4Addr::LOCALHOST, self.port)).map_err(|error| {
            anyhow!(
                "port {} cannot be had ({error}); try cargo xtask serve --port {}",
                self.port,
                self.port.wrapping_add(1)
            )
        })?;
        let folder = house.made("serve");
        book::build(house, Some(&folder))?;
        report::say(
            "Serving",
            &format!(
                "the book at http://localhost:{} (Ctrl-C ends it)",
                self.port
            ),
        );

        let builds = Arc::new(Builds::default());
        {
            let (house, folder, builds) = (house.clone(), folder.clone(), Arc::clone(&builds));
            thread::spawn(move || {
                if let Err(error) = watch(&house, &folder, &builds) {
                    report::warn(&format!("changes are not seen: {error:#}"));
                }
            });
        }
        serve(&server, &folder, Some(&builds));
        Ok(())
    }
}

/// Answers requests for the files of a folder until the program ends. With builds to wait for, pages reload.
pub(super) fn serve(server: &Server, folder: &Path, builds: Option<&Arc<Builds>>) {
    for request in server.incoming_requests() {
        let (folder, builds) = (folder.to_path_buf(), builds.cloned());
        // A thread each: the question for the next build waits.
        thread::spawn(move || {
            // A browser that goes away is no error.
            _ = answer(request, &folder, builds.as_deref());
        });
    }
}

fn watch(house: &House, folder: &Path, builds: &Builds) -> Result<()> {
    let (send, receive) = mpsc::channel();
    let mut debouncer = new_debouncer(
        Duration::from_millis(300),
        move |events: DebounceEventResult| {
            let paths = events.map(|events| {
                events
                    .into_iter()
                    .map(|event| event.path)
                    .collect::<Vec<_>>()
            });
            // The receiver lives as long as the program.
            _ = send.send(paths.unwrap_or_default());
        },
    )?;
    for watched in ["src", "theme", "book.toml", "chapters-code"] {
        let path = house.root().join(watched);
        if path.exists() {
            debouncer
                .watcher()
                .watch(&path, RecursiveMode::Recursive)
                .with_context(|| path.display().to_string())?;
        }
    }
    for mut paths in &receive {
        while let Ok(more) = receive.try_recv() {
            paths.extend(more);
        }
        // What cargo builds, and what a build of the book writes below src/, must not start another.
        let idle = |path: &PathBuf| {
            let below = path.strip_prefix(house.root()).unwrap_or(path);
            below.components().any(|part| part.as_os_str() == "target")
                || below.starts_with("src/modules")
                || below
                    .extension()
                    .is_some_and(|extension| extension == "new")
        };
        paths.retain(|path| !idle(path));
        let Some(first) = paths.first() else { continue };
        report::say("Changed", &house.shown(first));
        match book::build(house, Some(folder)) {
            Ok(_) => builds.next(),
            Err(error) => report::error(&error),
        }
    }
    Ok(())
}

fn answer(request: Request, folder: &Path, builds: Option<&Builds>) -> Result<()> {
    let url = request.url().to_owned();
    let (path, query) = url.split_once('?').unwrap_or((&url, ""));
    if path == "/__build"
        && let Some(builds) = builds
    {
        let build = builds.wait(query.parse().unwrap_or(u64::MAX));
        return Ok(request.respond(Response::from_string(build.to_string()))?);
    }
    let Some((file, found)) = find(folder, path) else {
        return Ok(request.respond(Response::from_string("not found").with_status_code(404))?);
    };
    let mut bytes = Vec::new();
    fs::File::open(&file)?.read_to_end(&mut bytes)?;
    let html = file
        .extension()
        .is_some_and(|extension| extension == "html");
    if html && builds.is_some() {
        bytes.extend_from_slice(RELOAD.as_bytes());
    }
    let mut response =
        Response::from_data(bytes).with_status_code(StatusCode(if found { 200 } else { 404 }));
    for (name, value) in [
        ("Content-Type", content_type(&file)),
        ("Cache-Control", "no-store"),
    ] {
        response.add_header(
            Header::from_bytes(name, value).map_err(|()| anyhow!("{name} is a header"))?,
        );
    }
    Ok(request.respond(response)?)
}

/// The file for a path, and whether it is the one that was asked for (or the page for those that are not there).
fn find(folder: &Path, path: &str) -> Option<(PathBuf, bool)> {
    let decoded = percent_decode(path)?;
    let relative = Path::new(decoded.trim_start_matches('/'));
    // Nothing outside of the book is served.
    let inside = relative
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    if inside {
        let mut file = folder.join(relative);
        if file.is_dir() {
            file.push("index.html");
        }
        if file.is_file() {
            return Some((file, true));
        }
    }
    let missing = folder.join("404.html");
    missing.is_file().then_some((missing, false))
}

fn percent_decode(path: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

fn content_type(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("wasm") => "application/wasm",
        Some("woff2") => "font/woff2",
        Some("txt" | "md") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::{find, percent_decode};

    #[test]
    fn nothing_outside_of_the_book_is_served() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("book")).expect("a folder");
        std::fs::write(folder.path().join("secret.txt"), "x").expect("a file");
        std::fs::write(folder.path().join("book/a b.html"), "x").expect("a file");
        let book = folder.path().join("book");
        assert!(find(&book, "/a%20b.html").is_some_and(|(_, found)| found));
        for path in [
            "/../secret.txt",
            "/%2e%2e/secret.txt",
            "//../secret.txt",
            "/..%2fsecret.txt",
        ] {
            assert!(find(&book, path).is_none(), "{path}");
        }
    }

    #[test]
    fn what_is_no_encoding_is_refused() {
        assert_eq!(percent_decode("/%zz"), None);
        assert_eq!(percent_decode("/%"), None);
    }
}
