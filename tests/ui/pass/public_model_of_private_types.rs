//! A private field may have a private type.
#![deny(warnings)]

mod game {
    use pottery::{RedisModel, RedisValue};

    #[derive(serde::Serialize, serde::Deserialize, RedisValue, Default)]
    struct Secret(u8);

    #[derive(RedisModel)]
    pub struct Player {
        #[redis(id)]
        pub id: u64,
        secret: Secret,
        secrets: Vec<Secret>,
        #[redis(skip)]
        skipped: Secret,
    }

    impl Player {
        pub fn sum(&self) -> usize {
            usize::from(self.secret.0) + self.secrets.len() + usize::from(self.skipped.0)
        }
    }
}

fn main() {
    let _ = game::Player::sum;
}
