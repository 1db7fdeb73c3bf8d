//! Every door and every page, knocked at by every role, from the whole country, from here and from elsewhere, by nobody, and with tokens that are over: what
//! each is answered is what [`table`] says, and what is not in the table fails.

mod doors;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;
use reqwest::{Client, Method, StatusCode, header, redirect::Policy};
use salur_domain::actor::{Role, covers};
use salur_tests::{
    in_lab,
    programme::{SOURCE, counters},
};
use serde_json::{Value, json};

use super::{
    callbacks::drawn,
    complaints::{id_of, serial},
    contract::document,
    gallery::paid,
    people::{administrator, made, system},
    support::House,
};
use doors::NO_ID;
use table::{DOORS, FILTERS, PAGES, Row, Where, Who};

/// Requests under way at once.
const AT_ONCE: usize = 12;
/// A stream has no end, who signs out knocks nowhere any more, and passwords are looked at few at a time: each has a test of its own.
const LEFT_OUT: [&str; 3] = ["GET /api/board/events", "POST /sign-in", "POST /sign-out"];
/// Where the families of the world are paid.
const HERE: &str = "19";
const ELSEWHERE: &str = "11";

/// Who knocks.
#[derive(Debug, Clone)]
struct Knocker {
    name: String,
    token: Option<String>,
    /// None: the token is none, or over.
    role: Option<(Role, &'static str)>,
}

/// What a knock came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Came {
    In,
    ToSignIn,
    Forbidden,
    NotFound,
    /// Something else, that is nobody's right answer.
    Otherwise(StatusCode),
}

fn expected(row: &Row, knocker: &Knocker) -> Came {
    let found = if row.is_nowhere { Came::NotFound } else { Came::In };
    let of_role = |act| match knocker.role {
        None => Came::ToSignIn,
        Some((role, _)) if !role.may(act) => Came::Forbidden,
        Some((_, region)) => match row.place {
            Where::Country if !region.is_empty() => Came::Forbidden,
            Where::Here if !covers(region, HERE) => Came::NotFound,
            Where::Named if !covers(region, HERE) => Came::Forbidden,
            _ => found,
        },
    };
    match (row.who, knocker.role) {
        (Who::Anyone, _) => found,
        (Who::Signed, _) | (Who::Somebody, None) => Came::ToSignIn,
        (Who::Somebody, Some(_)) => Came::In,
        (Who::Knows(_), None) => Came::Forbidden,
        (Who::May(act) | Who::Knows(act), _) => of_role(act),
    }
}

fn came(status: StatusCode, location: &str) -> Came {
    match status {
        StatusCode::UNAUTHORIZED => Came::ToSignIn,
        StatusCode::SEE_OTHER if location.starts_with("/sign-in?next=") => Came::ToSignIn,
        StatusCode::FORBIDDEN => Came::Forbidden,
        StatusCode::NOT_FOUND => Came::NotFound,
        _ if status.is_success() || status.is_redirection() => Came::In,
        // it was read, and makes no sense: whoever may not come in is told nothing of that
        StatusCode::BAD_REQUEST
        | StatusCode::CONFLICT
        | StatusCode::GONE
        | StatusCode::UNSUPPORTED_MEDIA_TYPE
        | StatusCode::UNPROCESSABLE_ENTITY
        | StatusCode::PRECONDITION_REQUIRED => Came::In,
        _ => Came::Otherwise(status),
    }
}

/// The world of the matrix: what paths name is there, and of Bangka Belitung.
struct Matrix {
    house: House,
    document: Value,
    http: Client,
    names: BTreeMap<&'static str, String>,
}

impl Matrix {
    async fn open(house: House) -> Self {
        let http = Client::builder().redirect(Policy::none()).build().expect("a client");
        let [counter, ..] = counters();
        let captured = paid(&house, 0, &counter).await;
        let serial = serial(&house, 1).await;
        let complaint = json!({ "serial": serial, "kind": "not_received", "text": "nobody came" });
        assert_eq!(house.call(Method::POST, "/api/complaints", None, Some(&complaint)).await.0, StatusCode::CREATED);
        let complaint = id_of(&house, &serial).await;
        let payment: String = house.world.one(&format!("SELECT payment::text FROM cheques WHERE serial = '{serial}'")).await;
        let sample = drawn(&house, HERE).await;
        let village: String = house.world.one("SELECT min(village) FROM packs").await;
        let names = [
            ("tranche", "BST-4".to_owned()),
            ("village", village),
            ("number", "1".to_owned()),
            ("capture", captured.capture.to_string()),
            ("payment", payment),
            ("complaint", complaint),
            ("sample", sample.0),
            ("called", sample.1),
            ("serial", serial),
            ("device", counter.device.to_owned()),
            ("office", "OFFICE-1".to_owned()),
            ("source", SOURCE.to_owned()),
            ("batch", "tahap-4".to_owned()),
            ("row", "none".to_owned()),
            ("code", "BST-4".to_owned()),
            ("name", "nobody".to_owned()),
            ("n", "1".to_owned()),
            ("by", "regency".to_owned()),
            ("language", "en".to_owned()),
            ("place", HERE.to_owned()),
            ("id", NO_ID.to_owned()),
            ("pack", NO_ID.to_owned()),
            ("webhook", NO_ID.to_owned()),
            ("request", NO_ID.to_owned()),
        ];
        Self { house, document: document(), http, names: names.into() }
    }

    /// Method and address of a row: each name in it is one that is there.
    fn address(&self, row: &Row) -> (Method, String) {
        let (method, path) = row.door.split_once(' ').expect("a method and a path");
        // the same word for different things
        let path = match path {
            _ if path.contains("/payments/{id}") => path.replace("{id}", "{payment}"),
            _ if path.contains("/callbacks/{sample}") => path.replace("{payment}", "{called}"),
            _ if path.contains("/complaints/{id}") => path.replace("{id}", "{complaint}"),
            _ if path.contains("/devices/{code}") => path.replace("{code}", "{device}"),
            _ => path.to_owned(),
        };
        (method.parse().expect("a method"), format!("{}{}", self.house.address, self.filled(&(path + row.query))))
    }

    fn filled(&self, text: &str) -> String {
        let filled = self.names.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value));
        assert!(!filled.contains('{'), "{filled}: nothing is of this name");
        filled
    }

    async fn knock(&self, row: &Row, knocker: &Knocker) -> Came {
        let (method, address) = self.address(row);
        let mut request = self.http.request(method.clone(), address).header("sec-fetch-site", "same-origin");
        if let Some(token) = &knocker.token {
            request = request.bearer_auth(token);
        }
        let path = row.door.split_once(' ').expect("a path").1;
        request = match doors::body(&self.document, &method.as_str().to_lowercase(), path) {
            Some((kind, body)) => request.header(header::CONTENT_TYPE, kind).body(body),
            None if method == Method::POST && !path.starts_with("/api/") => {
                request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(self.filled(row.form))
            }
            None => request,
        };
        let answer = request.send().await.expect("the portal answers");
        let location = answer.headers().get(header::LOCATION).map(|to| to.to_str().expect("text").to_owned()).unwrap_or_default();
        came(answer.status(), &location)
    }

    /// Everybody: each role for the country, for here and for elsewhere, and those who are nobody.
    async fn knockers(&self) -> Vec<Knocker> {
        let house = &self.house;
        let admin = administrator(house).await;
        let mut knockers = Vec::new();
        for (number, role) in Role::ALL.into_iter().enumerate() {
            // a teller's drawer lies here
            let regions = match role {
                Role::Upstream => &[""][..],
                Role::Teller => &["", HERE],
                _ => &["", HERE, ELSEWHERE],
            };
            for (at, region) in regions.iter().copied().enumerate() {
                // keys of people are made of the length of their names
                let name: &'static str = Box::leak(format!("a{}", "b".repeat(3 * number + at + 1)).into_boxed_str());
                let token = if role == Role::Upstream {
                    system(house, &admin, name, SOURCE).await
                } else {
                    let source = role.has_source().then_some(SOURCE);
                    let counter = &counters()[0];
                    let [teller, pay_point] = [counter.teller, "PP-1902"].map(|code| role.has_counter().then_some(code));
                    let wanted = json!({
                        "name": name, "kind": "person", "role": role.as_str(), "region": region, "source": source, "teller": teller, "pay_point": pay_point,
                    });
                    made(house, &admin, name, &wanted).await
                };
                knockers.push(Knocker { name: format!("{role} of {region:?}"), token: Some(token), role: Some((role, region)) });
            }
        }
        let nobody = |name: &str, token: Option<String>| Knocker { name: name.to_owned(), token, role: None };
        let ends = [
            ("revoked.xxxxxxxxxxxxxxxxxxxxxx", "UPDATE actors SET revoked_at = now() WHERE name = $1"),
            ("long-over.xxxxxxxxxxxxxxxxxxxxx", "UPDATE actor_tokens SET expires_at = now() WHERE actor = $1"),
        ];
        for (name, end) in ends {
            let token = made(house, &admin, name, &json!({ "name": name, "kind": "person", "role": "auditor", "region": "" })).await;
            sqlx::query(end).bind(name).execute(&house.world.sql).await.expect("the owner may");
            knockers.push(nobody(name, Some(token)));
        }
        knockers.push(nobody("forged", Some(format!("salur_{}_{}", "0".repeat(16), "0".repeat(64)))));
        knockers.push(nobody("nobody", None));
        knockers
    }
}

/// A form that a page sends: where to, the fields with usual values, and a role that may.
pub struct Form {
    pub method: Method,
    pub path: String,
    pub fields: Vec<(String, String)>,
    pub role: Option<Role>,
}

/// Every form of [`PAGES`], and the filters of lists.
pub fn forms() -> Vec<Form> {
    let fields = |form: &str| {
        let pairs = form.split('&').filter_map(|field| field.split_once('='));
        pairs.map(|(name, value)| (name.to_owned(), value.replace("{id}", NO_ID))).collect()
    };
    let role = |door: &str| match PAGES.iter().find(|row| row.door == door).expect("it stands in the table").who {
        Who::May(act) => Role::ALL
            .into_iter()
            .find(|role| role.may(act) && !matches!(role, Role::Upstream | Role::Administrator))
            .or(Role::ALL.into_iter().find(|role| role.may(act))),
        _ => None,
    };
    let posted = PAGES.iter().filter(|row| !row.form.is_empty()).map(|row| {
        let path = row.door.split_once(' ').expect("a path").1;
        let path = path
            .replace("{capture}", NO_ID)
            .replace("{id}", NO_ID)
            .replace("{pack}", NO_ID)
            .replace("{sample}", NO_ID)
            .replace("{payment}", NO_ID)
            .replace("{office}", "OFFICE-1")
            .replace("{code}", "BST-4")
            .replace("{name}", "nobody")
            .replace("{tranche}", "BST-4")
            .replace("{village}", "1902011001")
            .replace("{number}", "1");
        Form { method: Method::POST, path, fields: fields(row.form), role: role(row.door) }
    });
    let asked = FILTERS.iter().map(|(door, path, form)| Form {
        method: Method::GET,
        path: (*path).to_owned(),
        fields: fields(form),
        role: role(door),
    });
    let forms: Vec<Form> = posted.chain(asked).collect();
    assert!(forms.iter().all(|form| !form.path.contains('{')), "a path with a name in it leads nowhere");
    forms
}

/// Rows of the table that the portal does not keep to, one line each.
async fn differing(matrix: &Matrix, rows: &[Row], knockers: &[Knocker]) -> Vec<String> {
    let mut differing = Vec::new();
    for row in rows {
        for some in knockers.chunks(AT_ONCE) {
            let mut knocks = Vec::new();
            for knocker in some {
                knocks.push(matrix.knock(row, knocker));
            }
            for (knocker, came) in some.iter().zip(join_all(knocks).await) {
                let expected = expected(row, knocker);
                if came != expected {
                    differing.push(format!("{}: {} came {came:?}, not {expected:?}", row.door, knocker.name));
                }
            }
        }
    }
    differing
}

#[test]
fn every_door_and_every_page_stands_in_the_table_once() {
    let in_table = |rows: &[Row]| rows.iter().map(|row| row.door.to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(in_table(DOORS), doors::documented(&document()), "left: the table; right: the document");
    assert_eq!(in_table(PAGES), doors::pages(), "left: the table; right: the sources");
    assert_eq!(in_table(DOORS).len() + in_table(PAGES).len(), DOORS.len() + PAGES.len(), "none stands twice");
}

/// A social office has many devices behind one address: what each of them signs is not counted together.
#[test]
fn doors_of_devices_are_those_that_devices_sign() {
    const OF_PEOPLE: [&str; 2] = ["/api/sessions", "/sign-in"];
    for row in DOORS.iter().chain(PAGES) {
        let (_, path) = row.door.split_once(' ').expect("method and path");
        let is_signed = matches!(row.who, Who::Signed) && !OF_PEOPLE.contains(&path);
        assert_eq!(salur_portal::signed::is_of_devices(path), is_signed, "{}", row.door);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_role_from_every_region_comes_in_where_the_table_says_and_nowhere_else() {
    in_lab(async |lab| {
        let matrix = Matrix::open(House::open(&lab).await).await;
        let knockers = matrix.knockers().await;
        let rows: Vec<Row> = DOORS.iter().chain(PAGES).copied().filter(|row| !LEFT_OUT.contains(&row.door)).collect();
        let differing = differing(&matrix, &rows, &knockers).await;
        assert!(differing.is_empty(), "{} differ:\n{}", differing.len(), differing.join("\n"));
        assert_eq!(matrix.house.world.violations().await, Vec::<String>::new());
        matrix.house.close().await;
    })
    .await;
}

/// The control: a table that says otherwise is found to be wrong, each kind of row by each kind of lie.
#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_lies_is_caught() {
    in_lab(async |lab| {
        let matrix = Matrix::open(House::open(&lab).await).await;
        let knockers = matrix.knockers().await;
        let row = |door: &str| *DOORS.iter().chain(PAGES).find(|row| row.door == door).expect("it stands in the table");
        let lies = [
            Row { who: Who::Anyone, ..row("GET /api/actors") },
            Row { who: Who::May(salur_domain::actor::Act::SeeHolds), ..row("GET /api/actors") },
            Row { who: Who::Somebody, ..row("GET /api/time") },
            Row { place: Where::All, ..row("GET /api/payments/{id}") },
            Row { place: Where::Country, ..row("GET /proofs") },
            Row { place: Where::All, ..row("POST /api/tranches/{code}/approvals") },
            Row { who: Who::Anyone, ..row("GET /home") },
        ];
        for lie in lies {
            assert!(!differing(&matrix, &[lie], &knockers).await.is_empty(), "{lie:?} was believed");
        }
        matrix.house.close().await;
    })
    .await;
}
