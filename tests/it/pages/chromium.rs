//! Debian's chromium without a window, by its driver (W3C `WebDriver`). Each has its own profile and dies with its test.
//!
//! The protocol is a dozen calls with JSON. A client library would bring its features of `serde_json` into the one build that all tests share, and the program
//! under test would be another than the one that is shipped: `thirtyfour` 0.38 turns `preserve_order` on.

use std::{
    io::{BufRead, BufReader},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use base64::Engine;
use reqwest::{Client, Method};
use serde_json::{Value, json};

/// Longest wait for something to stand on a page.
const PATIENCE: Duration = Duration::from_secs(20);
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// Name of a reference to an element, by the standard.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// Keys without a letter, by the standard.
pub const RIGHT: &str = "\u{e014}";
pub const ENTER: &str = "\u{e007}";

/// A browser and its driver.
pub struct Chromium {
    http: Client,
    /// Address of the session.
    session: String,
    process: Child,
}

/// Something on a page.
pub struct Element<'a>(&'a Chromium, String);

impl Element<'_> {
    pub async fn send_keys(&self, text: &str) {
        self.ask(Method::POST, "value", &json!({ "text": text })).await;
    }

    async fn ask(&self, method: Method, what: &str, body: &Value) -> Value {
        self.0.must(method, &format!("element/{}/{what}", self.1), body).await
    }
}

impl Chromium {
    /// A fresh one, of a width in pixels.
    pub async fn start(width: u32, height: u32) -> Self {
        let mut driver = Command::new("chromedriver");
        let driver = driver.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0).spawn();
        let mut process = driver.expect("chromedriver is installed; scripts/test installs it");
        let out = BufReader::new(process.stdout.take().expect("it is a pipe"));
        let port = out.lines().map_while(Result::ok).find_map(|line| {
            let port = line.split_once("started successfully on port ")?.1;
            Some(port.trim_end_matches('.').to_owned())
        });
        let address = format!("http://127.0.0.1:{}/session", port.expect("the driver names its port"));
        let size = format!("--window-size={width},{height}");
        let flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--lang=id", &size];
        let wanted = json!({ "capabilities": { "alwaysMatch": { "browserName": "chrome", "goog:chromeOptions": { "args": flags } } } });
        let mut browser = Self { http: Client::new(), session: address.clone(), process };
        let made = browser.must(Method::POST, "", &wanted).await;
        browser.session = format!("{address}/{}", made["sessionId"].as_str().expect("a session"));
        browser.resize(width, height).await;
        browser.dark(false).await;
        browser
    }

    /// Asks the driver; its answer, or its error in words.
    async fn ask(&self, method: Method, what: &str, body: &Value) -> Result<Value, String> {
        let address = format!("{}/{what}", self.session);
        let mut request = self.http.request(method, address.trim_end_matches('/'));
        if !body.is_null() {
            request = request.json(body);
        }
        let answer = request.send().await.map_err(|error| error.to_string())?;
        let is_fine = answer.status().is_success();
        let value = answer.json::<Value>().await.map_err(|error| error.to_string())?["value"].take();
        if is_fine { Ok(value) } else { Err(format!("{}: {}", value["error"], value["message"])) }
    }

    async fn must(&self, method: Method, what: &str, body: &Value) -> Value {
        self.ask(method, what, body).await.unwrap_or_else(|error| panic!("{what}: {error}"))
    }

    /// Makes the page as wide as a phone or a wall: a window has a least width of its own.
    pub async fn resize(&self, width: u32, height: u32) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.cdp("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    /// Light or darkness as the system asks for, and nothing that moves.
    pub async fn dark(&self, dark: bool) {
        let value = if dark { "dark" } else { "light" };
        let features = json!([
            { "name": "prefers-color-scheme", "value": value }, { "name": "prefers-reduced-motion", "value": "reduce" }
        ]);
        self.cdp("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }

    async fn cdp(&self, command: &str, params: Value) {
        self.must(Method::POST, "goog/cdp/execute", &json!({ "cmd": command, "params": params })).await;
    }

    pub async fn open(&self, address: &str) {
        self.must(Method::POST, "url", &json!({ "url": address })).await;
    }

    pub async fn back(&self) {
        self.must(Method::POST, "back", &json!({})).await;
    }

    /// The element, once it stands there.
    pub async fn find(&self, css: &str) -> Element<'_> {
        self.find_within(css, PATIENCE).await
    }

    /// The same, for what takes its time.
    pub async fn find_within(&self, css: &str, patience: Duration) -> Element<'_> {
        let began = Instant::now();
        loop {
            match self.ask(Method::POST, "element", &json!({ "using": "css selector", "value": css })).await {
                Ok(found) => return Element(self, found[ELEMENT].as_str().expect("a reference").to_owned()),
                Err(_) if began.elapsed() < patience => tokio::time::sleep(LOOK_AGAIN).await,
                Err(error) => panic!("{css} is not on {}: {error}\n{}", self.address().await, self.text().await),
            }
        }
    }

    /// What the keys go to.
    pub async fn active(&self) -> Element<'_> {
        let active = self.must(Method::GET, "element/active", &Value::Null).await;
        Element(self, active[ELEMENT].as_str().expect("a reference").to_owned())
    }

    /// Clicks, again where the page changed under the hand.
    pub async fn click(&self, css: &str) {
        let began = Instant::now();
        loop {
            let element = self.find(css).await;
            match self.ask(Method::POST, &format!("element/{}/click", element.1), &json!({})).await {
                Ok(_) => return,
                Err(error) if error.contains("stale element") && began.elapsed() < PATIENCE => {}
                Err(error) => panic!("{css} cannot be clicked: {error}"),
            }
        }
    }

    pub async fn write(&self, css: &str, text: &str) {
        let field = self.find(css).await;
        field.ask(Method::POST, "clear", &json!({})).await;
        field.send_keys(text).await;
    }

    pub async fn address(&self) -> String {
        self.must(Method::GET, "url", &Value::Null).await.as_str().expect("an address").to_owned()
    }

    /// What can be read on the page.
    pub async fn text(&self) -> String {
        self.run("return document.body.innerText").await.as_str().unwrap_or_default().to_owned()
    }

    /// What can be read in an element, once it stands there.
    pub async fn text_of(&self, css: &str) -> String {
        self.find(css).await;
        self.run(&format!("return document.querySelector({}).innerText", json!(css))).await.as_str().unwrap_or_default().to_owned()
    }

    pub async fn run(&self, script: &str) -> Value {
        self.must(Method::POST, "execute/sync", &json!({ "script": script, "args": [] })).await
    }

    /// Runs what calls its last argument when it is done.
    pub async fn run_until_done(&self, script: &str) -> Value {
        self.must(Method::POST, "execute/async", &json!({ "script": script, "args": [] })).await
    }

    /// Nothing is wider than the page.
    pub async fn assert_fits(&self, what: &str) {
        let wide = "const w = document.documentElement.clientWidth, beyond = (e) => !e.closest('table') && e.getBoundingClientRect().right > w + 1;
            return document.documentElement.scrollWidth <= w ? []
              : ['the page', ...[...document.querySelectorAll('main *, header *')].filter(beyond).map(e => e.outerHTML.slice(0, 90))]";
        let wide = self.run(wide).await;
        assert!(wide.as_array().is_some_and(Vec::is_empty), "{what} scrolls sideways: {wide:#}");
    }

    /// A picture of the whole page, to be looked at: `target/screenshots/NAME.png`.
    pub async fn picture(&self, name: &str) {
        let height = self.run("return Math.min(document.documentElement.scrollHeight, 6000)").await.as_u64().unwrap_or(900);
        let width = self.run("return document.documentElement.clientWidth").await.as_u64().unwrap_or(1_280);
        let height = u32::try_from(height).expect("bounded");
        let width = u32::try_from(width).expect("bounded");
        self.resize(width, height).await;
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/screenshots");
        std::fs::create_dir_all(folder).expect("target can be written to");
        let picture = self.must(Method::GET, "screenshot", &Value::Null).await;
        let picture = base64::engine::general_purpose::STANDARD.decode(picture.as_str().expect("text")).expect("base 64");
        std::fs::write(Path::new(folder).join(format!("{name}.png")), picture).expect("written");
    }

    pub async fn close(self) {
        self.must(Method::DELETE, "", &Value::Null).await;
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // the driver and the browser of a test that failed: a group of processes, which this one leads
        drop(Command::new("kill").args(["--", &format!("-{}", self.process.id())]).status());
        drop(self.process.wait());
    }
}
