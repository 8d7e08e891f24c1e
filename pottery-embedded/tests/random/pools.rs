//! What arguments are drawn from: few of everything, so that commands meet what others left.

use std::collections::HashSet;

use pottery_test_support::Rng;

/// Chance, and what has been drawn before.
#[derive(Debug)]
pub(crate) struct Pools {
    pub(crate) rng: Rng,
    /// Relative times: none twice, so that no two times lie so close that a moment decides which is greater.
    times: HashSet<i64>,
}

/// Keys by the type that they mostly have.
const KEYS: &[(&str, &[&str])] = &[
    ("str", &["s1", "s2", "s3"]),
    ("num", &["n1", "n2"]),
    ("bit", &["b1", "b2", "b3"]),
    ("hll", &["p1", "p2", "p3"]),
    ("list", &["l1", "l2", "l3"]),
    ("hash", &["h1", "h2", "h3"]),
    ("set", &["S1", "S2", "S3"]),
    ("zset", &["z1", "z2", "z3"]),
    ("geo", &["g1", "g2"]),
    ("stream", &["t1", "t2"]),
];

const MEMBERS: &[&str] =
    &["a", "b", "c", "d", "e", "f", "ab", "abc", "", "-5", "007", "1.0", "10", "1000000000000", "3", "-0"];

const WEIRD: &[&str] = &[
    "",
    "abc",
    "1.5",
    " 1",
    "1 ",
    "01",
    "+1",
    "-0",
    "-1",
    "nan",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "18446744073709551616",
    "0x10",
    "1e400",
];

/// What `DUMP` said in Redis 7.0 of three strings, a list, two sets, a hash, a sorted set and a stream; and half of one.
const PAYLOADS: &[&[u8]] = &[
    b"\x00\xc0\x05\x0a\x00\x63\x2f\x5f\x66\x83\x2f\xb3\x51",
    b"\x00\x05\x68\x65\x6c\x6c\x6f\x0a\x00\x63\x72\xdf\x76\x65\x34\x20\x0a",
    b"\x00\xc2\x87\xd6\x12\x00\x0a\x00\xe9\x3e\x1e\x36\x2b\x3b\x7c\x5e",
    b"\x12\x01\x02\x0f\x0f\x00\x00\x00\x03\x00\x81\x61\x02\x81\x62\x02\x01\x01\xff\x0a\x00\xe0\x1b\xab\x4a\x47\xce\x59\x22",
    b"\x0b\x0e\x02\x00\x00\x00\x03\x00\x00\x00\x01\x00\x02\x00\x03\x00\x0a\x00\xa5\x02\x5c\xe2\x6d\x6e\x4d\x1b",
    b"\x02\x02\x01\x62\x01\x61\x0a\x00\x75\xd9\x9d\x83\x5e\xf8\x5f\x65",
    b"\x10\x13\x13\x00\x00\x00\x04\x00\x81\x66\x02\x81\x76\x02\x81\x67\x02\x81\x77\x02\xff\x0a\x00\xd9\xde\xc5\xc9\x16\x0f\xb2\x35",
    b"\x11\x14\x14\x00\x00\x00\x04\x00\x81\x61\x02\x01\x01\x81\x62\x02\x83\x32\x2e\x35\x04\xff\x0a\x00\xd4\x4c\x6e\xa4\xf6\x44\xd9\xd7",
    STREAM,
    b"\x00\xc0\x05\x0a\x00\x63\x2f",
];

const STREAM: &[u8] = b"\x13\x01\x10\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01\xc36=\x12=\x00\x00\x00\x19\
    \x00\x02\x01\x01\x01\x02\x01\x81a\x02\x81b\x02\x00 \x09\x00\x00 \x01@\x11\x02\x05\x01\x03`\x09\x02\x03\x01\x04 \x0b@\x13@\x03\
    \x08\x81c\x02\x81x\x02\x06\x01\xff\x02\x02\x01\x01\x01\x01\x02\x03\x01\x01g\x01\x01\x81\xff\xff\xff\xff\xff\xff\xff\xff\x01\
    \x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01\xac\x0b\x97\xfe\xa1\x01\x00\x00\x01\x01\x01c\xac\x0b\x97\
    \xfe\xa1\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01\x0a\x00\x0f\x8enD.\xd54\xfa";

const SCRIPTS: &[&str] = &[
    "return redis.call('get', KEYS[1])",
    "return {1, 2.9, 'x', false, true, nil, 3}",
    "return {KEYS, ARGV}",
    "redis.call('set', KEYS[1], ARGV[1]) return redis.call('incr', KEYS[1])",
    "for i = 1, 3 do redis.call('rpush', KEYS[1], i) end return redis.call('lrange', KEYS[1], 0, -1)",
    "return redis.pcall('lpush', KEYS[1])",
    "return redis.error_reply('MINE no')",
    "redis.call('hset', KEYS[1], ARGV[1], ARGV[2]) redis.call('expire', KEYS[1], -1) return redis.call('exists', KEYS[1])",
    "error('x')",
    "return tostring(tonumber(ARGV[1]))",
    "return redis.call('zadd', KEYS[1], 1, ARGV[1])",
];

/// Those of the first two scripts, and of none.
const SUMS: &[&str] = &[
    "4e6d8fc8bb01276962cce5371fa795a7763657ae",
    "3c74a4d0ab3b42b2ae4292a8d9a1a07a33bf396d",
    "0000000000000000000000000000000000000000",
];

impl Pools {
    pub(crate) fn new(rng: Rng) -> Pools {
        Pools { rng, times: HashSet::new() }
    }

    fn one(&mut self, of: &[&str]) -> String {
        of[self.rng.usize(..of.len())].to_owned()
    }

    pub(crate) fn chance(&mut self, percent: u32) -> bool {
        self.rng.u32(..100) < percent
    }

    /// Something of the pool with this name.
    ///
    /// # Panics
    /// When there is no such pool.
    pub(crate) fn draw(&mut self, pool: &str) -> Vec<Vec<u8>> {
        if let Some((_, keys)) = KEYS.iter().find(|(name, _)| *name == pool) {
            return vec![if self.chance(94) { self.one(keys).into() } else { self.any_key() }];
        }
        let text = match pool {
            "id" if self.chance(95) => self.id(),
            "new_id" if self.chance(70) => format!("{}-*", self.rng.u32(1..30)),
            "new_id" => self.id(),
            "range_id" => match self.rng.u32(..6) {
                0 | 1 => self.one(&["-", "+"]),
                2 => format!("({}", self.id()),
                3 => self.rng.u32(..30).to_string(),
                _ => self.id(),
            },
            "read_id" => match self.rng.u32(..6) {
                0 | 1 => "0".to_owned(),
                2 => "$".to_owned(),
                _ => self.id(),
            },
            "id" => {
                self.one(&["x", "1-x", "-1", "0-0", "18446744073709551615-18446744073709551615", "*-*", ""])
            }
            "trim" => self.one(&["0", "1", "3", "5-0", "10", "20-1", "x", "-1"]),
            "group" => self.one(&["a", "b"]),
            "consumer" => self.one(&["alice", "bob", "carol"]),
            "wait" => self.one(&["0", "1000000", "-1", "x"]),
            "idle" => self.one(&["0", "0", "0", "1000000", "-1", "x"]),
            "lexed" => self.one(&["x1", "x2"]),
            "any" => return vec![self.any_key()],
            "collection" => {
                let pool = self.one(&["set", "zset", "zset", "list"]);
                return self.draw(&pool);
            }
            "payload" => return vec![PAYLOADS[self.rng.usize(..PAYLOADS.len())].to_vec()],
            "script" => self.one(SCRIPTS),
            "sum" => self.one(SUMS),
            "member" => return vec![self.member()],
            "value" => return vec![self.value()],
            "place" => return self.place(),
            "int" if self.chance(85) => self.rng.i64(-20..200).to_string(),
            "float" if self.chance(80) => (f64::from(self.rng.i32(-80..80)) / 8.0).to_string(),
            "float" => {
                self.one(&["0.1", "3e2", "1e-5", "1e17", "12345678.9", "inf", "-inf", "1e308", "nan", "x"])
            }
            "score" if self.chance(90) => (f64::from(self.rng.i32(-20..40)) / 4.0).to_string(),
            "score" => self.one(&["0.1", "inf", "-inf", "1e17", "3.0000000000000004", "-0", "nan", "x"]),
            "bound" => match self.rng.u32(..10) {
                0..4 => self.rng.i32(-5..10).to_string(),
                4..7 => format!("({}", self.rng.i32(-5..10)),
                7 => "-inf".to_owned(),
                8 => "+inf".to_owned(),
                _ => self.one(&["(x", "x", "(-inf", "1.25"]),
            },
            "lex" => self.one(&["-", "+", "[a", "[b", "(b", "[c", "(e", "[ab", "[", "(", "x", ""]),
            "index" if self.chance(92) => self.rng.i32(-6..8).to_string(),
            "count" if self.chance(90) => self.rng.i32(0..6).to_string(),
            "offset" if self.chance(90) => self.rng.i32(0..120).to_string(),
            "offset" => self.one(&["-1", "536870912", "x", "9223372036854775807"]),
            "bit_offset" if self.chance(92) => self.rng.i32(0..200).to_string(),
            "bit_offset" => self.one(&["-1", "4294967296", "x", "1.5"]),
            "index" | "count" | "int" => self.one(WEIRD),
            "picks" if self.chance(92) => self.rng.i32(-6..7).to_string(),
            "picks" => self.one(&["9223372036854775807", "-9223372036854775808", "x", "100"]),
            "field_type" => {
                self.one(&["u1", "u4", "u8", "i8", "i5", "u16", "i32", "u63", "i64", "u64", "i0", "x"])
            }
            "field_offset" if self.chance(50) => format!("#{}", self.rng.i32(0..6)),
            "field_offset" if self.chance(95) => self.rng.i32(0..60).to_string(),
            "field_offset" => self.one(&["-1", "#-1", "#x", "4294967296"]),
            "unit" if self.chance(95) => self.one(&["m", "km", "mi", "ft", "KM"]),
            "unit" => "x".to_owned(),
            "distance" if self.chance(95) => {
                self.one(&["0", "10", "250", "300000", "5000", "1e7", "20000.5"])
            }
            "distance" => self.one(&["-1", "x", ""]),
            "pattern" => {
                self.one(&["*", "a*", "?", "[a-c]*", "s?", "[hl][12]", "\\*", "[^a]*", "*b*", "z*", ""])
            }
            "type" => self.one(&["string", "list", "set", "zset", "hash", "stream", "x"]),
            "sort_by" => self.one(&["nosort", "s*", "h*->a", "n*"]),
            "sort_get" => self.one(&["#", "s*", "h*->a", "n*"]),
            "database" if self.chance(97) => self.rng.u32(..3).to_string(),
            "database" => self.one(&["15", "16", "-1", "x"]),
            "timeout" if self.chance(95) => self.one(&["0", "1000", "1234.5"]),
            "timeout" => self.one(&["-1", "x", "inf"]),
            "seconds" | "millis" | "second" | "milli" => self.time(pool),
            other => panic!("there is no pool called {other}"),
        };
        vec![text.into()]
    }

    fn any_key(&mut self) -> Vec<u8> {
        if self.chance(5) {
            return self.one(&["", "missing", "k\0\u{fffd}"]).into();
        }
        let (_, keys) = KEYS[self.rng.usize(..KEYS.len())];
        self.one(keys).into()
    }

    fn member(&mut self) -> Vec<u8> {
        match self.rng.u32(..100) {
            0..60 => self.one(MEMBERS).into(),
            60..95 => self.rng.u32(..400).to_string().into(),
            95..97 => vec![b'x'; self.rng.usize(60..70)],
            97..99 => b"\xff\x00b".to_vec(),
            _ => self.one(WEIRD).into(),
        }
    }

    fn value(&mut self) -> Vec<u8> {
        match self.rng.u32(..10) {
            0..6 => self.member(),
            6..8 => self.rng.i32(-1000..1000).to_string().into(),
            8 => (0..self.rng.usize(..60)).map(|_| self.rng.alphanumeric() as u8).collect(),
            _ => (0..self.rng.usize(..20)).map(|_| self.rng.u8(..)).collect(),
        }
    }

    fn id(&mut self) -> String {
        format!("{}-{}", self.rng.u32(1..30), self.rng.u32(..3))
    }

    /// Longitude and latitude.
    fn place(&mut self) -> Vec<Vec<u8>> {
        let (lon, lat) = match self.rng.u32(..20) {
            0 => ("181", "0"),
            1 => ("0", "86"),
            2 => ("x", "0"),
            3..6 => ("0", "0"),
            6..9 => ("13.361389", "38.115556"),
            9..12 => ("15.087269", "37.502669"),
            12..14 => ("-122.27652", "37.805186"),
            14..16 => ("179.9", "-17.5"),
            16..18 => ("-179.9", "-17.6"),
            _ => ("12.758489", "38.788135"),
        };
        vec![lon.into(), lat.into()]
    }

    /// A time that is over, or so far away that it will not be over before the test is. Those given as distances end
    /// before those given as dates.
    fn time(&mut self, unit: &str) -> String {
        if self.chance(4) {
            return self.one(&["x", "", "9223372036854775807", "-9223372036854775808", "1.5"]);
        }
        let over = self.chance(12);
        let seconds = match unit {
            "seconds" | "millis" if over => -self.rng.i64(0..100),
            "seconds" | "millis" => loop {
                let time = 10_000 + 10 * self.rng.i64(0..100_000);
                if self.times.insert(time) {
                    break time;
                }
            },
            _ if over => self.rng.i64(1..1_000_000),
            _ => 4_102_444_800 + self.rng.i64(0..5),
        };
        match unit {
            "seconds" | "second" => seconds,
            _ => seconds * 1000,
        }
        .to_string()
    }

    /// Something that is rarely right. No number that could be a short time.
    pub(crate) fn weird(&mut self) -> Vec<u8> {
        if self.chance(30) { self.any_key() } else { self.one(WEIRD).into() }
    }
}
