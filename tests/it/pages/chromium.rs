//! Debian's chromium without a window, by its driver. Each has its own profile and dies with its test.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};
use thirtyfour::{By, ChromiumLikeCapabilities, DesiredCapabilities, WebDriver, WebElement, extensions::query::ElementQueryable};

/// Longest wait for something to stand on a page.
const PATIENCE: Duration = Duration::from_secs(20);

/// A browser and its driver.
pub struct Chromium {
    pub driver: WebDriver,
    process: Child,
}

impl Chromium {
    /// A fresh one, of a width in pixels.
    pub async fn start(width: u32, height: u32) -> Self {
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is installed; scripts/test installs it");
        let out = BufReader::new(process.stdout.take().expect("it is a pipe"));
        let port = out.lines().map_while(Result::ok).find_map(|line| {
            let port = line.split_once("started successfully on port ")?.1;
            Some(port.trim_end_matches('.').to_owned())
        });
        let port = port.expect("the driver names its port");
        let mut wanted = DesiredCapabilities::chrome();
        for flag in ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--lang=id"] {
            wanted.add_arg(flag).expect("a flag");
        }
        wanted.add_arg(&format!("--window-size={width},{height}")).expect("a flag");
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), wanted).await.expect("chromium starts");
        let browser = Self { driver, process };
        browser.resize(width, height).await;
        browser.dark(false).await;
        browser
    }

    /// Makes the page as wide as a phone or a wall: a window has a least width of its own.
    pub async fn resize(&self, width: u32, height: u32) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.cdp("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    /// Light or darkness as the system asks for, and nothing that moves.
    pub async fn dark(&self, dark: bool) {
        let value = if dark { "dark" } else { "light" };
        self.cdp(
            "Emulation.setEmulatedMedia",
            json!({ "features": [
            { "name": "prefers-color-scheme", "value": value }, { "name": "prefers-reduced-motion", "value": "reduce" }
        ] }),
        )
        .await;
    }

    async fn cdp(&self, command: &str, params: Value) {
        self.driver.cdp().send_raw(command, params).await.expect("chromium obeys");
    }

    pub async fn open(&self, address: &str) {
        self.driver.goto(address).await.expect("the page opens");
    }

    /// The element, once it stands there.
    pub async fn find(&self, css: &str) -> WebElement {
        self.find_within(css, PATIENCE).await
    }

    /// The same, for what takes its time.
    pub async fn find_within(&self, css: &str, patience: Duration) -> WebElement {
        let found = self.driver.query(By::Css(css)).wait(patience, Duration::from_millis(50)).first().await;
        match found {
            Ok(element) => element,
            Err(error) => panic!("{css} is not on {}: {error}\n{}", self.address().await, self.text().await),
        }
    }

    pub async fn click(&self, css: &str) {
        self.find(css).await.click().await.unwrap_or_else(|error| panic!("{css} cannot be clicked: {error}"));
    }

    pub async fn write(&self, css: &str, text: &str) {
        let field = self.find(css).await;
        field.clear().await.expect("a field");
        field.send_keys(text).await.expect("a field");
    }

    pub async fn address(&self) -> String {
        self.driver.current_url().await.expect("a page is open").to_string()
    }

    /// What can be read on the page.
    pub async fn text(&self) -> String {
        self.driver.find(By::Tag("body")).await.expect("a body").text().await.expect("text")
    }

    pub async fn run(&self, script: &str) -> Value {
        let done = self.driver.execute(script, vec![]).await.unwrap_or_else(|error| panic!("{script}: {error}"));
        done.json().clone()
    }

    /// Nothing is wider than the page.
    pub async fn assert_fits(&self, what: &str) {
        let wide = self.run("const w = document.documentElement.clientWidth; return document.documentElement.scrollWidth <= w ? [] : ['the page'].concat(
            [...document.querySelectorAll('main *, header *')].filter(e => !e.closest('table') && e.getBoundingClientRect().right > w + 1).map(e => e.outerHTML.slice(0, 90)))").await;
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
        self.driver.screenshot(std::path::Path::new(&format!("{folder}/{name}.png"))).await.expect("a picture");
    }

    pub async fn close(self) {
        self.driver.clone().quit().await.expect("chromium ends");
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // a test that failed leaves no browser behind, and does not wait for one that it ended
        drop(self.driver.clone().leak());
        drop(Command::new("kill").arg(self.process.id().to_string()).status());
        drop(self.process.wait());
    }
}
