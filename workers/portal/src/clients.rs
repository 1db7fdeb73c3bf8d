//! Where a request that nobody signed comes from, as far as that can be told: to count by it, and for nothing else. It is written nowhere.
//!
//! The address is that of the connection. Behind a proxy that is the proxy's, so `portal.client_ip_header` may name the header in which the proxy says whom it
//! speaks for; its last entry counts, which the proxy wrote itself. Where none is configured no header is believed: anybody can send one.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv6Addr, SocketAddr},
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::request::Parts,
};

use crate::Portal;

/// Bits of an IPv6 address that one customer has: any below is theirs to choose.
const OF_A_CUSTOMER: u128 = !0 << 64;

/// An address to count by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Client(IpAddr);

impl Client {
    pub(crate) fn of(from: IpAddr) -> Self {
        match from.to_canonical() {
            IpAddr::V6(six) => Self(IpAddr::V6(Ipv6Addr::from_bits(six.to_bits() & OF_A_CUSTOMER))),
            four @ IpAddr::V4(_) => Self(four),
        }
    }
}

impl FromRequestParts<Portal> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, portal: &Portal) -> Result<Self, Infallible> {
        let told = portal.client_ip_header().and_then(|name| parts.headers.get_all(name).iter().next_back());
        let told = told.and_then(|value| value.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
        let connected = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(from)| from.ip());
        Ok(Self::of(told.or(connected).unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_customer_is_one_and_a_mapped_ipv4_is_itself() {
        let of = |text: &str| Client::of(text.parse().expect("an address"));
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
