//! A web server for the built book, on this machine only.

use std::{
    fs,
    io::{self, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex, PoisonError, RwLock},
    thread,
    time::Duration,
};

use anyhow::{Context, Result, anyhow};
use percent_encoding::percent_decode_str;
use pipeline::gzip;
use tiny_http::{Header, Request, Response, Server, StatusCode};
use walkdir::WalkDir;

/// Where pages ask whether they should reload.
const RELOAD: &str = "/__reload";

/// What is served. A build goes to another folder, so that no request finds a book that is half built.
#[derive(Clone)]
pub struct Served {
    folder: Arc<RwLock<PathBuf>>,
    /// How often another folder has taken its place.
    turns: Arc<(Mutex<u64>, Condvar)>,
}

impl Served {
    /// Serves this folder, until another takes its place.
    #[must_use]
    pub fn new(folder: PathBuf) -> Served {
        Served {
            folder: Arc::new(RwLock::new(folder)),
            turns: Arc::default(),
        }
    }

    /// Serves another folder from now on, and has open pages reload.
    pub fn replace(&self, folder: PathBuf) {
        *self.folder.write().unwrap_or_else(PoisonError::into_inner) = folder;
        let (turns, changed) = &*self.turns;
        *turns.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        changed.notify_all();
    }

    fn folder(&self) -> PathBuf {
        self.folder
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// A port of this machine, taken before anything else is done: to wait for a build and then hear that it is not free is
/// annoying. Port 0 is any that is free.
///
/// # Errors
/// If it is taken; the error names another to try.
pub fn take(port: u16) -> Result<TcpListener> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    listener.with_context(|| {
        format!(
            "port {port} cannot be had; try another: --port {}",
            port.wrapping_add(1).max(1024)
        )
    })
}

/// Serves until the program ends.
///
/// # Errors
/// If the port cannot be listened on.
pub fn serve(listener: TcpListener, served: Served) -> Result<()> {
    let server = Server::from_listener(listener, None)
        .map_err(|error| anyhow!(error))
        .context("the server does not start")?;
    let own = server.server_addr().to_ip();
    loop {
        let request = server.recv()?;
        // Of several connections that come at once, the library may leave one lying until a thread is free, and a browser keeps
        // its connections: the page waits for ever. One more connection, closed at once, frees a thread, which looks for the others.
        if let Some(own) = own {
            drop(TcpStream::connect(own));
        }
        let served = served.clone();
        // A page that waits for a change keeps its thread; the others are done at once.
        thread::spawn(move || {
            // A browser that is gone before the answer does not miss it.
            _ = if request.url() == RELOAD {
                reload(request, &served)
            } else {
                file(request, &served.folder())
            };
        });
    }
}

/// Built anew at any time, so nothing may be kept by the browser.
const FRESH: (&str, &str) = ("Cache-Control", "no-store");

fn header((name, value): (&str, &str)) -> Header {
    Header::from_bytes(name, value).unwrap_or_else(|()| unreachable!("{name}: {value}"))
}

/// Answers with a file, a folder's index.html, or the page for what is not there.
fn file(request: Request, folder: &Path) -> io::Result<()> {
    let (path, _) = request.url().split_once('?').unwrap_or((request.url(), ""));
    let asked = below(folder, path);
    if let Some(there) = &asked
        && there.is_dir()
        && !path.ends_with('/')
    {
        let to = format!("{path}/");
        if let Ok(location) = Header::from_bytes("Location", to) {
            return request.respond(Response::empty(308).with_header(location));
        }
    }
    let asked = asked.map(|there| {
        if there.is_dir() {
            there.join("index.html")
        } else {
            there
        }
    });
    let (status, file) = match asked.filter(|file| file.is_file()) {
        Some(file) => (200, file),
        None => (404, folder.join("404.html")),
    };
    let Ok(content) = fs::read(&file) else {
        return request.respond(Response::empty(404).with_header(header(FRESH)));
    };
    let kind = kind(&file);
    let packed = if kind.starts_with("text/") && takes_gzip(&request) {
        gzip::pack(&content).ok()
    } else {
        None
    };
    let encoding = packed
        .as_ref()
        .map(|_| header(("Content-Encoding", "gzip")));
    let mut response = Response::from_data(packed.unwrap_or(content))
        .with_status_code(StatusCode(status))
        // How much there is to come is known, and browsers ask for it.
        .with_chunked_threshold(usize::MAX)
        .with_header(header(("Content-Type", kind)))
        .with_header(header(("Vary", "Accept-Encoding")))
        .with_header(header(FRESH));
    if let Some(encoding) = encoding {
        response.add_header(encoding);
    }
    request.respond(response)
}

/// Whether the browser can unpack what it gets, as all do: pages come as they do from the servers of others.
fn takes_gzip(request: &Request) -> bool {
    let mut headers = request.headers().iter();
    headers.any(|header| {
        header.field.equiv("Accept-Encoding") && header.value.as_str().contains("gzip")
    })
}

/// The file that an address names, if it is one below the folder.
fn below(folder: &Path, path: &str) -> Option<PathBuf> {
    let path = percent_decode_str(path).decode_utf8().ok()?;
    let mut file = folder.to_path_buf();
    for part in path.split('/').filter(|part| !part.is_empty()) {
        if part == "." || part == ".." || part.contains(['\\', ':', '\0']) {
            return None;
        }
        file.push(part);
    }
    Some(file)
}

/// The media type of the files that a book is made of.
fn kind(file: &Path) -> &'static str {
    let ending = file.extension().and_then(|ending| ending.to_str());
    match ending.unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "md" | "txt" => "text/plain; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "wasm" => "application/wasm",
        "gz" => "application/gzip",
        _ => "application/octet-stream",
    }
}

/// Tells a page of every change from now on, as server-sent events.
fn reload(request: Request, served: &Served) -> io::Result<()> {
    /// So often a page is told that there is nothing new; so it is found out that it is gone.
    const STILL_HERE: Duration = Duration::from_secs(15);
    let (turns, changed) = &*served.turns;
    // Before the page hears that it is connected: a change right after that concerns it.
    let mut known = *turns.lock().unwrap_or_else(PoisonError::into_inner);
    let mut page = request.into_writer();
    let (name, value) = FRESH;
    write!(
        page,
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n{name}: {value}\r\nConnection: close\r\n\r\n"
    )?;
    page.flush()?;
    loop {
        let turn = {
            let now = turns.lock().unwrap_or_else(PoisonError::into_inner);
            // Given up right after the wait: no other page waits while this one is written to.
            *changed
                .wait_timeout_while(now, STILL_HERE, |turn| *turn == known)
                .unwrap_or_else(PoisonError::into_inner)
                .0
        };
        if turn == known {
            page.write_all(b": nothing new\n\n")?;
        } else {
            write!(page, "data: {turn}\n\n")?;
        }
        page.flush()?;
        known = turn;
    }
}

/// Makes the pages of a built book reload when it is built again.
///
/// # Errors
/// If a page cannot be read or written.
pub fn make_reloading(folder: &Path) -> Result<()> {
    let script = format!(
        "<script>addEventListener('load', () => {{ new EventSource('{RELOAD}').onmessage = () => location.reload(); \
         }});</script>\n"
    );
    for entry in WalkDir::new(folder) {
        let entry = entry?;
        if entry
            .path()
            .extension()
            .is_some_and(|extension| extension == "html")
        {
            let page = fs::read_to_string(entry.path())?;
            fs::write(entry.path(), page + &script)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        io::{BufRead as _, BufReader, Read as _, Write as _},
        net::{SocketAddr, TcpStream},
        path::Path,
        thread,
        time::Duration,
    };

    use super::{RELOAD, Served, below, serve, take};

    fn ask(server: SocketAddr, path: &str) -> TcpStream {
        let mut stream = TcpStream::connect(server).expect("a server");
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        )
        .expect("a server that listens");
        stream
    }

    fn answer(server: SocketAddr, path: &str) -> String {
        let mut answer = String::new();
        let mut stream = ask(server, path);
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    }

    #[test]
    fn a_book_is_served_and_pages_hear_of_the_next() {
        let folders = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
        for (at, folder) in folders.iter().enumerate() {
            fs::create_dir(folder.path().join("part")).expect("a folder");
            for (file, text) in [
                ("index.html", format!("book {at}")),
                ("404.html", "not here".into()),
                ("part/index.html", "part".into()),
                ("two words.mjs", "script".into()),
            ] {
                fs::write(folder.path().join(file), text).expect("a file");
            }
        }
        let listener = take(0).expect("a port");
        let server = listener.local_addr().expect("an address");
        let served = Served::new(folders[0].path().into());
        let serving = served.clone();
        thread::spawn(move || serve(listener, serving));

        for (path, status, words) in [
            ("/", "200", "book 0"),
            ("/index.html?x=1", "200", "text/html"),
            ("/two%20words.mjs", "200", "text/javascript"),
            ("/part/", "200", "part"),
            ("/part", "308", "Location: /part/"),
            ("/nowhere", "404", "not here"),
            ("/../server.rs", "404", "not here"),
            ("/%2e%2e/server.rs", "404", "not here"),
        ] {
            let answer = answer(server, path);
            assert!(
                answer.starts_with(&format!("HTTP/1.1 {status}")),
                "{path}: {answer}"
            );
            assert!(answer.contains(words), "{path}: {answer}");
        }
        let mut page = BufReader::new(ask(server, RELOAD)).lines();
        let head: Vec<String> = page
            .by_ref()
            .map_while(Result::ok)
            .take_while(|line| !line.is_empty())
            .collect();
        assert!(
            head.iter().any(|line| line.contains("text/event-stream")),
            "{head:?}"
        );
        served.replace(folders[1].path().into());
        assert_eq!(page.next().expect("an event").expect("a line"), "data: 1");
        assert!(answer(server, "/").contains("book 1"));
    }

    /// As a browser does: more than the library has threads for, all kept.
    #[test]
    fn connections_that_come_at_once_are_all_answered() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("index.html"), "a page").expect("a file");
        let listener = take(0).expect("a port");
        let server = listener.local_addr().expect("an address");
        let served = Served::new(folder.path().into());
        thread::spawn(move || serve(listener, served));
        for _ in 0..10 {
            let open: Vec<TcpStream> = (0..8)
                .map(|_| TcpStream::connect(server).expect("a server"))
                .collect();
            for mut stream in &open {
                write!(stream, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("a listener");
            }
            for stream in &open {
                let limit = Some(Duration::from_secs(20));
                stream.set_read_timeout(limit).expect("a limit");
                let mut line = String::new();
                let read = std::io::BufReader::new(stream).read_line(&mut line);
                assert!(read.is_ok() && line.contains("200"), "{read:?} {line}");
            }
        }
    }

    #[test]
    fn text_comes_packed_to_those_who_can_unpack_it() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("index.html"), "a page ".repeat(1000)).expect("a file");
        fs::write(folder.path().join("a.wasm"), "a module".repeat(1000)).expect("a file");
        let listener = take(0).expect("a port");
        let server = listener.local_addr().expect("an address");
        let served = Served::new(folder.path().into());
        thread::spawn(move || serve(listener, served));
        for (path, accepts, packed) in [
            ("/", "gzip, br", true),
            ("/", "identity", false),
            ("/a.wasm", "gzip", false),
        ] {
            let mut stream = TcpStream::connect(server).expect("a server");
            write!(
                stream,
                "GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: {accepts}\r\nConnection: close\r\n\r\n"
            )
            .expect("a server that listens");
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).expect("an answer");
            assert_eq!(
                answer.len() < 4000,
                packed,
                "{path} {accepts}: {}",
                answer.len()
            );
            let head = String::from_utf8_lossy(&answer);
            assert_eq!(head.contains("Content-Encoding: gzip"), packed, "{head}");
        }
    }

    #[test]
    fn nothing_outside_of_the_folder_is_served() {
        let folder = Path::new("/book");
        for path in [
            "/..",
            "/a/../..",
            "/%2e%2e/x",
            "/a%5c..%5cb",
            "/c:/x",
            "/%00",
            "/%ff",
        ] {
            assert_eq!(below(folder, path), None, "{path}");
        }
        assert_eq!(below(folder, "/a/b.html"), Some("/book/a/b.html".into()));
    }
}
