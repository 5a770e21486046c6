use super::*;
use proptest::prelude::*;

/// The key pair of RFC 8410, sections 10.1 and 10.3.
const RFC_PRIVATE: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----
";
const RFC_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----
";
/// `openssl pkey -pubin -outform DER < RFC_PUBLIC | sha256sum`
const RFC_ID: &str = "a1e9156054e04fac899ae9f275132cdc07a5dbc4ea2c2ad3a1ffc6e0d253681f";
/// `printf 'voxtrace comparison 1\n{"a":1}' > M; openssl pkeyutl -sign -rawin -in M -inkey RFC_PRIVATE | base64 -w0`
const SIGNED_BY_OPENSSL: &str =
    "jASSwRAWKFoozwyVyA5gwD05uDqDqAbZZMZZYLhDFtWv4evKXpP8ib+h25Fjb1/0Uf9JoKxgz+lqAGEVNun+Bw==";

fn key() -> ReportKey {
    ReportKey::from_pem(RFC_PRIVATE).unwrap()
}

#[test]
fn keys_are_read_and_written_as_the_standard_has_them() {
    assert_eq!(key().public().to_pem(), RFC_PUBLIC);
    assert_eq!(key().to_pem(), RFC_PRIVATE);
    assert_eq!(PublicKey::from_pem(RFC_PUBLIC), Ok(key().public()));
    assert_eq!(key().public().id().to_string(), RFC_ID);
}

#[test]
fn a_signature_is_that_of_openssl() {
    let signature = key().sign(SignedKind::Comparison, r#"{"a":1}"#);
    assert_eq!(signature.signature, SIGNED_BY_OPENSSL);
    let signer = signature.check(SignedKind::Comparison, r#"{"a":1}"#);
    assert_eq!(signer, Ok(key().public()));
}

/// RFC 8032, section 7.1, test 3.
#[test]
fn the_library_signs_as_the_standard_says() {
    let bytes = |text: &str| data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap();
    let seed = bytes("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7");
    let key = SigningKey::from_bytes(&seed.try_into().unwrap());
    assert_eq!(
        key.sign(&[0xaf, 0x82]).to_bytes().to_vec(),
        bytes(
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f76\
             0984dc6594a7c15e9716ed28dc027beceea1ec40a"
        )
    );
}

#[test]
fn a_key_that_is_damaged_is_refused_with_what_was_found() {
    let refused = |text: &str| ReportKey::from_pem(text).unwrap_err();
    assert_eq!(refused(RFC_PUBLIC), KeyError::NoPem { expected: PRIVATE });
    assert_eq!(refused(""), KeyError::NoPem { expected: PRIVATE });
    let cut = RFC_PRIVATE.replace("EdVhC", "");
    assert_eq!(refused(&cut), KeyError::NoBase64);
    let short = pem(PRIVATE, &PRIVATE_HEAD, &[1; 31]);
    let (found, expected) = (47, 48);
    assert_eq!(refused(&short), KeyError::Length { found, expected });
    // A key of X25519 has another object id and the same length.
    let mut head = PRIVATE_HEAD;
    head[11] = 0x6e;
    assert_eq!(
        refused(&pem(PRIVATE, &head, &[1; 32])),
        KeyError::OtherAlgorithm
    );
    // y = 2 is the height of no point.
    let mut nowhere = [0; 32];
    nowhere[0] = 2;
    let nowhere = PublicKey::from_pem(&pem(PUBLIC, &PUBLIC_HEAD, &nowhere));
    assert_eq!(nowhere, Err(KeyError::NoPoint));
}

#[test]
fn a_private_key_is_not_in_its_debug_text() {
    let text = format!("{:?}", key());
    assert_eq!(text, format!("ReportKey({RFC_ID})"));
}

#[test]
fn a_signature_of_another_kind_key_or_text_does_not_fit() {
    let signature = key().sign(SignedKind::Comparison, "{}");
    let key_id = signature.key_id;
    let unfit = Err(ReportSignatureError::DoesNotFit { key_id });
    assert_eq!(signature.check(SignedKind::Evaluation, "{}"), unfit);
    assert_eq!(signature.check(SignedKind::Comparison, "{ }"), unfit);

    let other = ReportKey::from_seed([7; 32]).sign(SignedKind::Comparison, "{}");
    let mut mixed = signature.clone();
    mixed.signature.clone_from(&other.signature);
    assert_eq!(mixed.check(SignedKind::Comparison, "{}"), unfit);
    let mut renamed = signature.clone();
    renamed.public_key.clone_from(&other.public_key);
    let (named, found) = (key_id, other.key_id);
    assert_eq!(
        renamed.check(SignedKind::Comparison, "{}"),
        Err(ReportSignatureError::KeyId { named, found })
    );
    for (part, broken) in [
        ("algorithm", "RS256"),
        ("signature", "AAAA"),
        ("public_key", "?"),
    ] {
        let mut value = serde_json::to_value(&signature).unwrap();
        value[part] = broken.into();
        let broken: ReportSignature = serde_json::from_value(value).unwrap();
        let error = broken.check(SignedKind::Comparison, "{}").unwrap_err();
        assert!(
            matches!(error, ReportSignatureError::Malformed { what, .. } if what == part),
            "{error}"
        );
    }
}

/// With a public key of small order one signature fits every message; it must fit none.
#[test]
fn a_key_of_small_order_signs_nothing() {
    let mut identity = [0; 32];
    identity[0] = 1;
    let key_id = PublicKey::from_bytes(&identity).unwrap().id();
    let mut signature = [0; 64];
    signature[0] = 1;
    let forged = ReportSignature {
        algorithm: ALGORITHM.to_owned(),
        key_id,
        public_key: BASE64.encode(&identity),
        signature: BASE64.encode(&signature),
    };
    assert_eq!(
        forged.check(SignedKind::Comparison, "anything"),
        Err(ReportSignatureError::DoesNotFit { key_id })
    );
}

proptest! {
    #[test]
    fn a_signature_fits_its_text_and_no_other(
        seed in any::<[u8; 32]>(), text in ".{1,200}", at in any::<prop::sample::Index>(),
    ) {
        let key = ReportKey::from_seed(seed);
        prop_assert_eq!(ReportKey::from_pem(&key.to_pem()).unwrap().public(), key.public());
        let signature = key.sign(SignedKind::Comparison, &text);
        prop_assert_eq!(&key.sign(SignedKind::Comparison, &text), &signature);
        prop_assert!(signature.check(SignedKind::Comparison, &text).is_ok());
        let mut changed: Vec<char> = text.chars().collect();
        let at = at.index(changed.len());
        changed[at] = if changed[at] == 'x' { 'y' } else { 'x' };
        let changed: String = changed.into_iter().collect();
        prop_assert!(signature.check(SignedKind::Comparison, &changed).is_err());
    }
}
