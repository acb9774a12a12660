//! A web server for the built book, on this machine only.

use std::{
    convert::Infallible,
    fs,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use anyhow::{Context, Result};
use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderValue, header},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
    routing::get,
};
use tokio::sync::watch;
use tokio_stream::{StreamExt as _, wrappers::WatchStream};
use tower::ServiceExt as _;
use tower_http::{
    services::{ServeDir, ServeFile},
    set_header::SetResponseHeaderLayer,
};
use walkdir::WalkDir;

/// Where pages ask whether they should reload.
const RELOAD: &str = "/__reload";

/// What is served. A build goes to another folder, so that no request finds a book that is half built.
#[derive(Clone)]
pub struct Served {
    folder: Arc<RwLock<PathBuf>>,
    reload: watch::Sender<u64>,
}

impl Served {
    /// Serves this folder, until another takes its place.
    #[must_use]
    pub fn new(folder: PathBuf) -> Served {
        Served {
            folder: Arc::new(RwLock::new(folder)),
            reload: watch::Sender::new(0),
        }
    }

    /// Serves another folder from now on, and has open pages reload.
    pub fn replace(&self, folder: PathBuf) {
        *self.folder.write().unwrap_or_else(PoisonError::into_inner) = folder;
        self.reload.send_modify(|count| *count += 1);
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
    listener.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    // Built anew at any time, so nothing may be kept by the browser.
    let fresh = SetResponseHeaderLayer::overriding(
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-store"),
    );
    let app = Router::new()
        .route(RELOAD, get(reload))
        .fallback(file)
        .layer(fresh)
        .with_state(served);
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        axum::serve(listener, app).await?;
        Ok(())
    })
}

async fn file(State(served): State<Served>, request: Request) -> Response {
    let folder = served.folder();
    let missing = ServeFile::new(folder.join("404.html"));
    match ServeDir::new(folder)
        .not_found_service(missing)
        .oneshot(request)
        .await
    {
        Ok(response) => response.into_response(),
        Err(never) => match never {},
    }
}

async fn reload(State(served): State<Served>) -> impl IntoResponse {
    // The first is the state that the page was loaded in.
    let changes = WatchStream::from_changes(served.reload.subscribe());
    let events = changes.map(|count| Ok::<_, Infallible>(Event::default().data(count.to_string())));
    Sse::new(events).keep_alive(KeepAlive::default())
}

/// Makes the pages of a built book reload when it is built again.
///
/// # Errors
/// If a page cannot be read or written.
pub fn make_reloading(folder: &Path) -> Result<()> {
    let script = format!(
        "<script>addEventListener('load', () => {{ new EventSource('{RELOAD}').onmessage = () => location.reload(); }});</script>\n"
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
