//! Which addresses may be called. A person who may set a partner's address must not be able to make
//! the service call into the network that it stands in.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Ranges of IPv4 that are not the public network.
///
/// # Source
/// IANA IPv4 Special-Purpose Address Registry (RFC 6890 and later entries), and multicast (RFC 5771).
const CLOSED_V4: [(Ipv4Addr, u8); 15] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// The only range of IPv6 from which public addresses are given out.
///
/// # Source
/// IANA Internet Protocol Version 6 Address Space: global unicast is `2000::/3`.
const PUBLIC_V6: (Ipv6Addr, u8) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// Ranges within it that are not public, or that hide an IPv4 address from these rules.
///
/// # Source
/// IANA IPv6 Special-Purpose Address Registry: protocol assignments with Teredo, documentation, 6to4,
/// segment routing.
const CLOSED_V6: [(Ipv6Addr, u8); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Why a text is no range of addresses.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{found:?} is no address or range, expected one such as 127.0.0.1 or 10.1.0.0/16")]
pub struct AddressRangeError {
    found: String,
}

/// An address, or those that share its first bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AddressRange {
    address: IpAddr,
    bits: u8,
}

impl AddressRange {
    /// Whether it holds `address`.
    pub fn holds(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(range), IpAddr::V4(address)) => in_v4(address, (range, self.bits)),
            (IpAddr::V6(range), IpAddr::V6(address)) => in_v6(address, (range, self.bits)),
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl FromStr for AddressRange {
    type Err = AddressRangeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || AddressRangeError {
            found: text.to_owned(),
        };
        let (address, bits) = match text.split_once('/') {
            None => (text, None),
            Some((address, bits)) => (address, Some(bits.parse::<u8>().map_err(|_| wrong())?)),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let most = match address {
            IpAddr::V4(_) => 32,
            IpAddr::V6(_) => 128,
        };
        let bits = bits.unwrap_or(most);
        if bits > most {
            return Err(wrong());
        }
        Ok(Self { address, bits })
    }
}

impl TryFrom<String> for AddressRange {
    type Error = AddressRangeError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

impl From<AddressRange> for String {
    fn from(range: AddressRange) -> Self {
        range.to_string()
    }
}

/// Which addresses may be called: public ones, and those that a setting names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddressPolicy {
    allowed: Vec<AddressRange>,
}

impl AddressPolicy {
    /// Public addresses, and these.
    pub fn allowing(allowed: Vec<AddressRange>) -> Self {
        Self { allowed }
    }

    /// Whether a setting names this address.
    pub fn is_named(&self, address: IpAddr) -> bool {
        let plain = address.to_canonical();
        self.allowed.iter().any(|range| range.holds(plain))
    }

    /// Whether this address may be called.
    pub fn allows(&self, address: IpAddr) -> bool {
        self.is_named(address) || is_public(address)
    }
}

fn is_public(address: IpAddr) -> bool {
    // An IPv4 address in IPv6 clothes is judged as what it is.
    match address.to_canonical() {
        IpAddr::V4(address) => !CLOSED_V4.iter().any(|&range| in_v4(address, range)),
        IpAddr::V6(address) => {
            in_v6(address, PUBLIC_V6) && !CLOSED_V6.iter().any(|&range| in_v6(address, range))
        }
    }
}

fn in_v4(address: Ipv4Addr, (range, bits): (Ipv4Addr, u8)) -> bool {
    let mask = u32::MAX
        .checked_shl(32 - u32::from(bits.min(32)))
        .unwrap_or(0);
    (address.to_bits() ^ range.to_bits()) & mask == 0
}

fn in_v6(address: Ipv6Addr, (range, bits): (Ipv6Addr, u8)) -> bool {
    let mask = u128::MAX
        .checked_shl(128 - u32::from(bits.min(128)))
        .unwrap_or(0);
    (address.to_bits() ^ range.to_bits()) & mask == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_machine_and_network_are_not_called() {
        let policy = AddressPolicy::default();
        for text in [
            "0.0.0.0",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "198.19.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::a00:1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!policy.allows(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn public_addresses_are_called() {
        let policy = AddressPolicy::default();
        for text in [
            "1.1.1.1",
            "8.8.8.8",
            "100.63.255.255",
            "172.32.0.1",
            "223.5.5.5",
            "2606:4700:4700::1111",
            "::ffff:8.8.8.8",
        ] {
            assert!(policy.allows(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn a_setting_names_what_may_be_called_all_the_same() {
        let ranges = ["127.0.0.1", "10.1.0.0/16", "fd00::/8"];
        let policy =
            AddressPolicy::allowing(ranges.iter().map(|range| range.parse().unwrap()).collect());
        let allows = |text: &str| policy.allows(text.parse().unwrap());
        assert!(allows("127.0.0.1") && allows("::ffff:127.0.0.1") && !allows("127.0.0.2"));
        assert!(allows("10.1.255.1") && !allows("10.2.0.1"));
        assert!(allows("fd00::1") && !allows("fc00::1"));
    }

    #[test]
    fn what_is_no_range_is_refused_in_words() {
        for text in [
            "",
            "localhost",
            "10.0.0.0/33",
            "::/129",
            "10.0.0/8",
            "10.0.0.0/-1",
        ] {
            let refused = text.parse::<AddressRange>().unwrap_err().to_string();
            assert!(refused.contains("expected one such as"), "{refused}");
        }
        assert_eq!(
            "0.0.0.0/0".parse::<AddressRange>().unwrap().to_string(),
            "0.0.0.0/0"
        );
    }
}
